// A search on the load that a profile's producers and consumers describe, on a broker of its own or somebody else's.
internal import Host
internal import Results

enum OwnSearch {
    static func run(_ search: SearchPlan, _ context: RunContext) throws {
        if context.external != nil {
            let target = try context.externalTarget()
            return try context.search(search, context.ownPlan("tidemark-search", on: target), on: target)
        }
        let broker = try context.startBroker(context.profile.broker, label: "broker")
        var plan = try context.ownPlan("tidemark-search", on: broker.target)
        // The highest rates write memory that nobody has touched for a while: made ready, as for a load that nothing holds back.
        try WarmMemory.make(OwnLoad.warmBytes, for: &plan, context)
        try context.search(search, plan, on: broker.target)
        context.stop(broker)
    }
}

extension RunContext {
    /// Makes the topic, starts the lanes, searches, measures at what was found, audits, and puts all of it into the record.
    func search(_ search: SearchPlan, _ plan: LoadPlan, on target: BrokerTarget) throws {
        let startedAt = MonotonicClock.now()
        progress.show(.init(phase: "prepare", elapsedSeconds: 0, totalSeconds: 1))
        let fleet = try makeFleet(plan, target, self)
        let idle = try openIdle(plan, on: target, beside: fleet)
        defer { idle?.stop() }
        let run = LoadRun(plan, target, self, fleet: fleet, idle: idle)
        try run.search(search, preparingSince: startedAt)
    }
}
