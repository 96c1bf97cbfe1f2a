// The measured window of a load: looked for, opened at a boundary, watched, drained.
internal import Host
internal import Measurement
internal import Results

extension LoadRun {
    struct Steady {
        let measurement: PhaseMeasurement
        let series: [SecondRecord]
        /// Two looks at the lanes, between which the phase lies.
        let before, after: LaneCounts
        var acknowledgedRecords: UInt64 { after.records - before.records }
        var acknowledgedBytes: UInt64 { after.bytes - before.bytes }
        /// By all groups: what two of them read counts twice.
        var consumedBytes: UInt64 { after.consumedBytes - before.consumedBytes }
        var seconds: Double { Double(after.time - before.time) / 1e9 }
        /// When the first intended record was due, and the first second of the series begins. CLOCK_MONOTONIC nanoseconds.
        let start: UInt64
        /// From there to where the schedule, or the load, ended.
        let windowNanoseconds: UInt64
        var note: String?
        var endedEarly = false
        /// What to say where it was told to stop before its time; nil: it wasn't.
        var interruption: String?
        let drained: Bool
        /// How long that was waited for.
        let drainSeconds: Double
        var perturbations: [PerturbationRecord] = []
        /// Errors of what was done beside the lanes, by name.
        var besidesErrors: [String: UInt64] = [:]
        /// nil: nobody reads.
        let lag: LoadLag.Reading?
        var cache: LogCacheReading?
        /// At its end; nil: there are no other connections than the lanes'.
        var idle: IdleConnections.Count?
    }

    /// - Parameter kind: what the measured window is called.
    func steady(_ kind: String = "steady") throws -> Steady {
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        // Lanes get a second more than can be needed: the boundary lies a moment after the decision.
        begin(
            at: origin, nanoseconds: plan.phases.steadyWaitNanoseconds + plan.phases.steadyNanoseconds + 2 * nanosecondsPerSecond,
            isShaped: true)
        let note = try settle(from: origin)
        try requireUninterrupted()
        guard !isBudgetSpent else {
            throw HarnessError.impossible(
                "\(name(kind)): all \(decimalBytes(plan.budgetInForce ?? 0)) that the load may write were written before it began; "
                    + "allow more (headlines.append.atMost) or shorten warmUp and steadyWait")
        }
        let start = MonotonicClock.now() + Self.leadNanoseconds
        fleet.producers.forEach { $0.boundary(at: start) }
        fleet.consumers.forEach { $0.boundary(at: start) }
        var end = start + plan.phases.steadyNanoseconds
        for (group, lanes) in zip(plan.producerGroups, producers) where group.mode == .open { lanes.forEach { $0.end(at: end) } }
        phases.append(PhaseRecord(name: name("settle"), kind: "settle", startedNanoseconds: origin, endedNanoseconds: start))
        try sleep(until: start)
        try requireUninterrupted()
        let perturbations =
            plan.perturbations.isEmpty
            ? nil : Perturbations(plan.perturbations, start: start, target: target, topics: plan.topics, members: members, context)
        defer { perturbations?.letGo() }
        try plan.beforeSteady?()
        var series: [SecondRecord] = []
        let ((early, before, after), measurement) = try context.measure(broker: target.watched) {
            lag?.restart(at: start)
            _ = lag?.look()
            let before = counts
            let early = try watch(kind, from: start, until: end, perturbations) { second in
                series.append(second)
                return false
            }
            return (early, before, counts)
        }
        let (held, lost) = takeIdle()
        // A phase that ended early may have left the broker stopped, and what follows waits for its answers.
        try perturbations?.finish()
        let lagged = lag?.reading
        let cut = isInterrupted ? "\(interruptedText) after \(fixed(Double(MonotonicClock.now() - start) / 1e9, 1)) of \(fixed(Double(end - start) / 1e9, 0)) s" : nil
        if early || !plan.isOpenLoop {
            end = early ? MonotonicClock.now() : end
            fleet.producers.forEach { $0.end(at: end) }
        }
        if cut == nil { try plan.afterSteady?() }
        let cache = LogCacheReading.take(of: target, topics: plan.topics)
        let drained = try drain("drain")
        return Steady(
            measurement: measurement, series: series, before: before, after: after, start: start, windowNanoseconds: end - start, note: note,
            endedEarly: early && cut == nil, interruption: cut, drained: drained, drainSeconds: drainLimitSeconds, perturbations: perturbations?.done ?? [],
            besidesErrors: (perturbations?.errors ?? [:]).merging(lost, uniquingKeysWith: +), lag: lagged, cache: cache, idle: held)
    }

    /// Lanes that share partitions as a group.
    private var members: [any ConsumingLane] { zip(plan.consumerGroups, consumers).flatMap { group, lanes in group.group == nil ? [] : lanes } }

    /// Waits for the steady state, at most as long as the profile allows.
    ///
    /// - Returns: what to say when there was none.
    private func settle(from origin: UInt64) throws -> String? {
        let limit = Int(plan.phases.steadyWaitNanoseconds / nanosecondsPerSecond)
        if let isSettled = plan.isSettled { return try settle(from: origin, seconds: limit, isSettled) }
        guard limit >= 3 else {
            if plan.phases.steadyWaitNanoseconds > 0 { try sleep(until: origin + plan.phases.steadyWaitNanoseconds) }
            return "steady state not looked for: the wait for it is under 3s"
        }
        var detector = SteadyState(limit: limit)
        var outcome = SteadyState.Outcome.waiting
        _ = try watch("settling", from: origin, until: origin + UInt64(limit + 1) * nanosecondsPerSecond) { second in
            outcome = detector.add(Double(second.records))
            return outcome != .waiting
        }
        switch outcome {
        case .steady: return nil
        case .waiting: return "no steady state within \(limit) s"
        case .noSteadyState(let slope, let variation):
            return "no steady state within \(limit) s: slope \(fixed(slope * 100, 1)) %, variation \(fixed(variation * 100, 1)) %"
        }
    }

    /// The same, where something else than the rates says that it is there.
    private func settle(from origin: UInt64, seconds: Int, _ isSettled: (UInt64) -> Bool) throws -> String? {
        var isThere = false
        try watch("settling", from: origin, until: origin + UInt64(seconds + 1) * nanosecondsPerSecond) { _ in
            isThere = isSettled(appendedBytes)
            return isThere
        }
        return isThere ? nil : "no steady state within \(seconds) s"
    }
}
