// The load that a profile's producers and consumers describe, on a broker of its own.
internal import Results

enum OwnLoad {
    /// Made ready for a load that nothing holds back: what its log needs before retention gives memory back.
    static let warmBytes: Int64 = 1 << 30

    static func run(_ context: RunContext) throws {
        if let search = context.profile.search { return try OwnSearch.run(search, context) }
        if context.external != nil {
            guard !context.profile.allPerturbations.contains(where: { $0.needsOwnBroker }) else {
                throw HarnessError.impossible(
                    "‘perturb’ stops and kills processes and drops caches of a broker that the run started; this one is somebody else's, for which there is ‘churn’ only")
            }
            let target = try context.externalTarget()
            if context.profile.backlog?.cache == .cold, target.dataDirectory == nil {
                throw HarnessError.impossible("‘backlog.cache: cold’ takes a broker's log out of the page cache of this host: say where it is with --broker-data-dir")
            }
            var plan = try context.ownPlan("tidemark-load", on: target)
            plan.disturb(by: context.profile.perturbations)
            plan.backlog = context.profile.backlog
            let outcome = try context.load(plan, on: target)
            context.record.limiter = outcome.limiter()
            try goOn(plan, on: target, context)
            return try OwnCeiling.judge(outcome, context)
        }
        try LoadPlan.checkMeans(context.profile.allPerturbations, context)
        let broker = try context.startBroker(context.profile.loadBroker, label: "broker")
        var plan = try context.ownPlan("tidemark-load", on: broker.target)
        plan.disturb(by: context.profile.perturbations)
        plan.backlog = context.profile.backlog
        if !plan.isOpenLoop {
            try WarmMemory.make(min(plan.budgetInForce ?? .max, Self.warmBytes), for: &plan, context)
        }
        let outcome = try context.load(plan, on: broker.target)
        context.record.limiter = outcome.limiter()
        try goOn(plan, on: broker.target, context)
        context.stop(broker)
        try OwnCeiling.judge(outcome, context)
    }

    /// With the profile's later phases, on the topics that the first has filled.
    private static func goOn(_ first: LoadPlan, on target: BrokerTarget, _ context: RunContext) throws {
        for later in context.profile.later {
            context.progress.note("then: \(later.name)")
            var plan = LoadPlan(context.profile.changed(for: later), label: later.label, topic: first.topic)
            plan.topicSets = first.topicSets
            plan.intervalSeconds = first.intervalSeconds
            plan.idle = first.idle
            plan.disturb(by: later.perturbations)
            _ = try context.load(plan, on: target)
            try context.publish()
        }
    }
}
