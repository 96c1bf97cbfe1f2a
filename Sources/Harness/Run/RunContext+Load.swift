// A load on a broker, phases and all.
internal import Host
internal import Measurement

extension RunContext {
    /// Makes the topic, starts the lanes, runs the phases, audits, and appends phases and facts to the record.
    package func load(_ plan: LoadPlan, on target: BrokerTarget) throws -> LoadOutcome {
        let startedAt = MonotonicClock.now()
        progress.show(.init(phase: plan.label.isEmpty ? "prepare" : "\(plan.label) prepare", elapsedSeconds: 0, totalSeconds: 1))
        let fleet = try makeFleet(plan, target, self)
        return try LoadRun(plan, target, self, fleet: fleet).perform(preparingSince: startedAt)
    }

    /// Writes `plan.byteBudget` record bytes at max rate, untimed, and audits them.
    ///
    /// - Returns: acknowledged record bytes.
    package func fill(_ plan: LoadPlan, on target: BrokerTarget) throws -> Int64 {
        guard let budget = plan.byteBudget else { throw HarnessError.impossible("a fill needs a byte budget") }
        let fleet = try makeFleet(plan, target, self)
        defer { fleet.stop() }
        let start = MonotonicClock.now()
        let share = budget / Int64(fleet.producers.count) + 1
        fleet.producers.forEach { $0.begin(schedule: nil as OpenLoopSchedule?, at: start, maximumSeconds: Self.longestFillSeconds, byteBudget: share) }
        let deadline = start + UInt64(Self.longestFillSeconds) * 1_000_000_000
        var isEnded = false
        while !fleet.producers.allSatisfy({ $0.isDrained }) {
            try checkInterruption()
            let now = MonotonicClock.now()
            guard now < deadline else { throw HarnessError.impossible("\(plan.label): \(decimalBytes(budget)) were not written within \(Self.longestFillSeconds) s") }
            if !isEnded, fleet.producers.allSatisfy({ $0.live().isBudgetSpent }) {
                fleet.producers.forEach { $0.end(at: now) }
                isEnded = true
            }
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
        let written = fleet.producers.reduce(0) { $0 + Int64($1.live().bytes) }
        fleet.stop()
        if plan.isAudited {
            let (outcome, _) = try fleet.audit { try self.checkInterruption() }
            if case .failed(let sentences) = outcome {
                throw HarnessError.impossible("\(plan.label): the audit of the filled log failed: \(sentences.joined(separator: "; "))")
            }
        }
        return written
    }

    private static var longestFillSeconds: Int { 600 }
}
