// The load that a profile's producers and consumers describe, on a broker of its own.
internal import Results

enum OwnLoad {
    /// Made ready for a load that nothing holds back: what its log needs before retention gives memory back.
    private static let warmBytes: Int64 = 1 << 30

    static func run(_ context: RunContext) throws {
        if context.external != nil {
            guard context.profile.perturbations.isEmpty else {
                throw HarnessError.impossible("‘perturb’ stops processes and drops caches of a broker that the run started; this one is somebody else's")
            }
            let target = try context.externalTarget()
            let plan = LoadPlan(context.profile, label: "", topic: context.topic("tidemark-load", on: target))
            context.record.limiter = try context.load(plan, on: target).limiter()
            return
        }
        let broker = try context.startBroker(context.profile.broker, label: "broker")
        var plan = LoadPlan(context.profile, label: "", topic: "tidemark-load")
        plan.perturbations = context.profile.perturbations
        if !plan.isOpenLoop {
            try WarmMemory.make(min(plan.budgetInForce ?? .max, Self.warmBytes), for: &plan, context)
        }
        context.record.limiter = try context.load(plan, on: broker.target).limiter()
        context.stop(broker)
    }
}
