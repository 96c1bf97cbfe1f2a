// A load on a broker, phases and all.
internal import Host
package import Measurement
internal import Results

extension RunContext {
    /// The profile's own load, in topics called after `name`.
    func ownPlan(_ name: String, on target: BrokerTarget) throws -> LoadPlan {
        var plan = LoadPlan(profile, label: "", topic: name)
        plan.topicSets = try topicSets(name, on: target)
        plan.intervalSeconds = options.intervalSeconds
        plan.idle = profile.idlePlan
        return plan
    }

    /// Makes the topic, starts the lanes, runs the phases, audits, and appends phases and facts to the record.
    package func load(_ plan: LoadPlan, on target: BrokerTarget) throws -> LoadOutcome {
        let startedAt = MonotonicClock.now()
        progress.show(.init(phase: plan.label.isEmpty ? "prepare" : "\(plan.label) prepare", elapsedSeconds: 0, totalSeconds: 1))
        let fleet = try makeFleet(plan, target, self)
        let idle = try openIdle(plan, on: target, beside: fleet)
        defer { idle?.stop() }
        return try LoadRun(plan, target, self, fleet: fleet, idle: idle).perform(preparingSince: startedAt)
    }

    /// Writes `plan.byteBudget` record bytes at max rate, untimed, and audits every record of them; adds a phase and its facts to
    /// the record.
    ///
    /// - Returns: what the audit came to; a failed one makes the run INVALID.
    package func fill(_ plan: LoadPlan, on target: BrokerTarget) throws -> AuditOutcome {
        let startedAt = MonotonicClock.now()
        let fleet = try makeFleet(plan, target, self)
        defer { fleet.stop() }
        try write(plan, fleet)
        var phase = PhaseRecord(name: plan.label, kind: "fill", startedNanoseconds: startedAt, endedNanoseconds: MonotonicClock.now())
        phase.counters["acknowledged_bytes"] = fleet.producers.reduce(0) { $0 + $1.live().bytes }
        fleet.stop()
        let audit = try fleet.audit { try self.checkInterruption() }
        for (name, count) in audit.counts { phase.counters["audit_\(name)"] = count }
        var facts = VerdictFacts(phase: plan.label, load: .maxRate)
        facts.audit = audit.outcome
        record.phases.append(phase)
        record.facts.append(facts)
        return audit.outcome
    }

    /// Until the budget is spent and everything is acknowledged.
    private func write(_ plan: LoadPlan, _ fleet: any LoadFleet) throws {
        guard let budget = plan.byteBudget else { throw HarnessError.impossible("a fill needs a byte budget") }
        let start = MonotonicClock.now()
        let share = budget / Int64(fleet.producers.count) + 1
        fleet.producers.forEach { $0.begin(schedule: nil as OpenLoopSchedule?, at: start, maximumSeconds: Self.longestFillSeconds, byteBudget: share) }
        let deadline = start + UInt64(Self.longestFillSeconds) * 1_000_000_000
        var isEnded = false
        while !fleet.producers.allSatisfy({ $0.isDrained }) {
            try checkInterruption()
            if let failure = fleet.failure { throw failure }
            let now = MonotonicClock.now()
            guard now < deadline else { throw HarnessError.impossible("\(plan.label): \(decimalBytes(budget)) were not written within \(Self.longestFillSeconds) s") }
            if !isEnded, fleet.producers.allSatisfy({ $0.live().isBudgetSpent }) {
                fleet.producers.forEach { $0.end(at: now) }
                isEnded = true
            }
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
    }

    private static var longestFillSeconds: Int { 600 }
}
