// `perturb:` in a profile: what is done to the broker on purpose, and when.

package struct PerturbationPlan: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// The broker's process is stopped (SIGSTOP) for so long.
        case pause(nanoseconds: UInt64)
        /// The page cache of the load's log files is dropped.
        case dropCache
    }
    /// From the start of the steady phase.
    package var atNanoseconds: UInt64
    package var action: Action

    package var nanoseconds: UInt64 { if case .pause(let nanoseconds) = action { nanoseconds } else { 0 } }

    /// In the order of their times.
    static func read(_ top: ProfileSection, steadyNanoseconds: UInt64) throws(ProfileError) -> [PerturbationPlan] {
        let plans: [PerturbationPlan] = try top.list("perturb") { (node, name) throws(ProfileError) -> PerturbationPlan in
            let section = try ProfileSection(node, path: name, keys: ["at", "pause", "dropCache"])
            let at = try section.required("at", try section.duration("at"))
            let pause = try section.duration("pause")
            let drops = try section.bool("dropCache") ?? false
            guard (pause != nil) != drops else { throw node.place.error("‘\(name)’ must have one of ‘pause: 200ms’ and ‘dropCache: true’") }
            if let pause, !(1_000_000...60_000_000_000).contains(pause) { throw section.error("pause", "‘\(name).pause’ must be from 1ms to 60s") }
            let plan = PerturbationPlan(atNanoseconds: at, action: pause.map { .pause(nanoseconds: $0) } ?? .dropCache)
            guard at.addingReportingOverflow(plan.nanoseconds).partialValue < steadyNanoseconds, at < steadyNanoseconds else {
                throw section.error("at", "‘\(name)’ must end within ‘phases.steady’")
            }
            return plan
        } ?? []
        let sorted = plans.sorted { $0.atNanoseconds < $1.atNanoseconds }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.atNanoseconds + one.nanoseconds > next.atNanoseconds {
            throw top.error("perturb", "‘perturb’ has one that begins before another has ended")
        }
        if !plans.isEmpty, !top.has("producers") { throw top.error("perturb", "‘perturb’ disturbs the load of ‘producers’, which is missing") }
        if !plans.isEmpty, top.has("gate") { throw top.error("perturb", "a comparison of builds is not disturbed: no ‘perturb’ with ‘gate’") }
        return sorted
    }
}
