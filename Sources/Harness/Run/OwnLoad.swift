// The load that a profile's producers and consumers describe, on a broker of its own.
internal import Results

enum OwnLoad {
    static func run(_ context: RunContext) throws {
        if context.external != nil {
            // A name of its own per run: somebody else's broker keeps its topics.
            let plan = LoadPlan(context.profile, label: "", topic: "tidemark-load-" + context.record.identity.shortID)
            context.record.limiter = try context.load(plan, on: context.externalTarget()).limiter()
            return
        }
        let broker = try context.startBroker(context.profile.broker, label: "broker")
        let plan = LoadPlan(context.profile, label: "", topic: "tidemark-load")
        context.record.limiter = try context.load(plan, on: broker.target).limiter()
        context.stop(broker)
    }
}
