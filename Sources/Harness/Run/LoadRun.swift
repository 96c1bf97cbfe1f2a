// The phases of a load: prepare → warm-up → drain barrier → schedule restart → steady → cool-down.
internal import Client
internal import Host
internal import Measurement
internal import Results

/// Drives the lanes of one load through its phases. Lives on the control thread.
final class LoadRun {
    private let plan: LoadPlan
    private let target: BrokerTarget
    private let context: RunContext
    private let fleet: any LoadFleet
    /// By group, in the order of the plan.
    private let producers: [[any ProducingLane]]
    private let consumers: [[any ConsumingLane]]
    private var phases: [PhaseRecord] = []
    private var preparedAt = MonotonicClock.now()

    /// Between the order to start and the first intended record: every lane has it by then.
    static let leadNanoseconds: UInt64 = 30_000_000
    /// How long a barrier waits for acknowledgements and consumers before it counts the rest as unknown.
    static let drainSeconds = 30.0

    init(_ plan: LoadPlan, _ target: BrokerTarget, _ context: RunContext, fleet: any LoadFleet) {
        self.plan = plan
        self.target = target
        self.context = context
        self.fleet = fleet
        producers = grouped(fleet.producers, plan.producerGroups.map(\.count))
        consumers = grouped(fleet.consumers, plan.consumerGroups.map(\.count))
    }

    /// - Parameter startedAt: when preparing began.
    func perform(preparingSince startedAt: UInt64) throws -> LoadOutcome {
        preparedAt = MonotonicClock.now()
        phases.append(PhaseRecord(name: name("prepare"), kind: "prepare", startedNanoseconds: startedAt, endedNanoseconds: preparedAt))
        defer { fleet.stop() }
        try warmUp()
        let steady = try steady()
        try coolDown()
        let totalBytes = spentBytes
        let threads = producers.map { $0.map(\.threadID) } + consumers.map { $0.map(\.threadID) }
        fleet.stop()
        return try conclude(steady, totalBytes, threads)
    }

    private func name(_ kind: String) -> String { plan.label.isEmpty ? kind : "\(plan.label) \(kind)" }

    // MARK: warm-up and barrier

    private func warmUp() throws {
        guard plan.phases.warmUpNanoseconds > 0 else { return }
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        let end = origin + plan.phases.warmUpNanoseconds
        begin(at: origin, nanoseconds: plan.phases.warmUpNanoseconds)
        try watch("warm-up", from: origin, until: end) { _ in false }
        let early = fleet.producers.contains { $0.live().isBudgetSpent }
        fleet.producers.forEach { $0.end(at: end) }
        let drained = try drain("drain")
        let records = fleet.producers.flatMap { $0.collect() }.reduce(0) { $0 + $1.acknowledgedRecords }
        _ = fleet.consumers.flatMap { $0.collect() }
        var phase = PhaseRecord(name: name("warm-up"), kind: "warm-up", startedNanoseconds: origin, endedNanoseconds: end)
        phase.counters["acknowledged_records"] = records
        if early { phase.notes.append("the byte budget ended the warm-up early") }
        phases.append(phase)
        var barrier = PhaseRecord(name: name("drain"), kind: "drain", startedNanoseconds: end, endedNanoseconds: MonotonicClock.now())
        if !drained { barrier.notes.append("not everything was acknowledged and consumed within \(fixed(Self.drainSeconds, 0)) s") }
        phases.append(barrier)
    }

    /// - Parameter isShaped: whether rates go as their groups say; else they stay.
    private func begin(at origin: UInt64, nanoseconds: UInt64, isShaped: Bool = false) {
        plan.onProgress?(spentBytes)
        let seconds = Int(nanoseconds / nanosecondsPerSecond) + Int(Self.drainSeconds) + 2
        let spent = bounded.reduce(0) { $0 + Int64($1.live().bytes) }
        let share = plan.budgetInForce.map { max(0, ($0 - spent) / Int64(max(1, bounded.count))) }
        fleet.consumers.forEach { $0.begin(at: origin, maximumSeconds: seconds) }
        for (group, lanes) in zip(plan.producerGroups, producers) {
            let schedule = group.schedule(nanoseconds: nanoseconds, shape: isShaped ? group.rateShape : nil)
            let budget = plan.isBounded(group) ? share : nil
            lanes.forEach { $0.begin(schedule: schedule, at: origin, maximumSeconds: seconds, byteBudget: budget) }
        }
    }

    /// The lanes that a byte budget holds.
    private var bounded: [any ProducingLane] {
        zip(plan.producerGroups, producers).flatMap { group, lanes in plan.isBounded(group) ? lanes : [] }
    }

    /// Whether none of the lanes that a budget holds may send any more.
    private var isBudgetSpent: Bool {
        let lanes = bounded
        return !lanes.isEmpty && lanes.allSatisfy { $0.live().isBudgetSpent }
    }

    private var spentBytes: UInt64 { fleet.producers.reduce(0) { $0 + $1.live().bytes } }

    /// Waits until every record is acknowledged and the tail consumers have seen as many as were acknowledged.
    ///
    /// - Returns: whether that happened; if not, the lanes have given up on the rest.
    private func drain(_ phase: String) throws -> Bool {
        let start = MonotonicClock.now()
        let deadline = start + UInt64(Self.drainSeconds * 1e9)
        while MonotonicClock.now() < deadline {
            try check()
            if fleet.producers.allSatisfy({ $0.isDrained }), consumersCaughtUp { return true }
            let elapsed = Double(MonotonicClock.now() - start) / 1e9
            if elapsed > 0.5 { context.progress.show(.init(phase: name(phase), elapsedSeconds: elapsed, totalSeconds: Self.drainSeconds)) }
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
        fleet.producers.forEach { $0.abandon() }
        return false
    }

    /// Each group by itself, those aside that are slow on purpose.
    private var consumersCaughtUp: Bool {
        let acknowledged = fleet.producers.reduce(0) { $0 + $1.live().records }
        return zip(plan.consumerGroups, consumers).allSatisfy { group, lanes in
            group.isSlow || lanes.isEmpty || lanes.reduce(0) { $0 + $1.live().records } >= acknowledged
        }
    }

    // MARK: steady

    struct Steady {
        let measurement: PhaseMeasurement
        let series: [SecondRecord]
        /// Two looks at the lanes, between which the phase lies.
        let before, after: LaneCounts
        var acknowledgedRecords: UInt64 { after.records - before.records }
        var acknowledgedBytes: UInt64 { after.bytes - before.bytes }
        var seconds: Double { Double(after.time - before.time) / 1e9 }
        /// From the first intended record to where the schedule, or the load, ended.
        let windowNanoseconds: UInt64
        let note: String?
        let endedEarly: Bool
        let drained: Bool
        let perturbations: [PerturbationRecord]
        let cache: LogCacheReading?
    }

    private func steady() throws -> Steady {
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        // Lanes get a second more than can be needed: the boundary lies a moment after the decision.
        begin(
            at: origin, nanoseconds: plan.phases.steadyWaitNanoseconds + plan.phases.steadyNanoseconds + 2 * nanosecondsPerSecond,
            isShaped: true)
        let note = try settle(from: origin)
        guard !isBudgetSpent else {
            throw HarnessError.impossible(
                "\(name("steady")): all \(decimalBytes(plan.budgetInForce ?? 0)) that the load may write were written before it began; "
                    + "allow more (headlines.append.atMost) or shorten warmUp and steadyWait")
        }
        let start = MonotonicClock.now() + Self.leadNanoseconds
        fleet.producers.forEach { $0.boundary(at: start) }
        fleet.consumers.forEach { $0.boundary(at: start) }
        var end = start + plan.phases.steadyNanoseconds
        for (group, lanes) in zip(plan.producerGroups, producers) where group.mode == .open { lanes.forEach { $0.end(at: end) } }
        phases.append(PhaseRecord(name: name("settle"), kind: "settle", startedNanoseconds: origin, endedNanoseconds: start))
        try context.sleep(until: start)
        let perturbations = target.process.map { Perturbations(plan.perturbations, start: start, broker: $0, topic: plan.topic) }
        defer { perturbations?.proceed() }
        var series: [SecondRecord] = []
        let ((early, before, after), measurement) = try context.measure(broker: target.watched) {
            let before = counts
            let early = try watch("steady", from: start, until: end, perturbations) { second in
                series.append(second)
                return false
            }
            return (early, before, counts)
        }
        // A phase that ended early may have left the broker stopped, and what follows waits for its answers.
        perturbations?.proceed()
        if early || !plan.isOpenLoop {
            end = early ? MonotonicClock.now() : end
            fleet.producers.forEach { $0.end(at: end) }
        }
        try plan.afterSteady?()
        let cache = LogCacheReading.take(of: target, topic: plan.topic)
        let drained = try drain("drain")
        return Steady(
            measurement: measurement, series: series, before: before, after: after, windowNanoseconds: end - start, note: note,
            endedEarly: early, drained: drained, perturbations: perturbations?.done ?? [], cache: cache)
    }

    /// Waits for the steady state, at most as long as the profile allows.
    ///
    /// - Returns: what to say when there was none.
    private func settle(from origin: UInt64) throws -> String? {
        let limit = Int(plan.phases.steadyWaitNanoseconds / nanosecondsPerSecond)
        guard limit >= 3 else {
            if plan.phases.steadyWaitNanoseconds > 0 { try context.sleep(until: origin + plan.phases.steadyWaitNanoseconds) }
            return "steady state not looked for: phases.steadyWait is under 3s"
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

    private func coolDown() throws {
        let start = MonotonicClock.now()
        guard plan.phases.coolDownNanoseconds > 0 else { return }
        try context.sleep(until: start + plan.phases.coolDownNanoseconds)
        phases.append(PhaseRecord(name: name("cool-down"), kind: "cool-down", startedNanoseconds: start, endedNanoseconds: MonotonicClock.now()))
    }

    /// - Throws: what ended the run, a broker or a lane before its time.
    private func check() throws {
        try context.checkInterruption()
        if let failure = fleet.failure { throw failure }
    }

    // MARK: watching

    /// Looks at the lanes every 20 ms, reports each whole second, shows progress. Where the byte budget is spent the phase ends
    /// at once: a rate over the idle rest of it would be too low.
    ///
    /// - Parameter second: gets each whole second; true ends the phase early.
    /// - Returns: whether it ended early.
    @discardableResult
    private func watch(
        _ kind: String, from origin: UInt64, until end: UInt64, _ perturbations: Perturbations? = nil, _ second: (SecondRecord) -> Bool
    ) throws -> Bool {
        var reported = 0
        var last = counts
        var broker = BrokerWatch(target.process)
        while true {
            try check()
            try perturbations?.act()
            plan.onProgress?(spentBytes)
            let now = MonotonicClock.now()
            if now >= origin + UInt64(reported + 1) * nanosecondsPerSecond {
                let live = counts
                var record = self.second(reported, last, live, origin)
                record.broker = broker?.second()
                last = live
                reported += 1
                try context.writer.append(SeriesLine(phase: name(kind), kind: kind, second: record))
                show(kind, record, now, origin, end)
                if second(record) { return true }
            }
            guard now < end else { return false }
            if isBudgetSpent { return true }
            MonotonicClock.sleep(until: min(end, now + 20_000_000, perturbations?.next ?? .max))
        }
    }

    private var counts: LaneCounts { LaneCounts(producers, consumers) }

    private func second(_ n: Int, _ before: LaneCounts, _ now: LaneCounts, _ origin: UInt64) -> SecondRecord {
        let recorders = fleet.producers.compactMap(\.responseRecorder)
        let closed = recorders.map(\.closedWindows).min() ?? 0
        let window = closed > 0 ? mergedWindow(recorders, second: min(n, closed - 1)) : nil
        return SecondRecord(
            second: n, records: now.records - before.records, bytes: now.bytes - before.bytes,
            responseP50Nanoseconds: window?.p50Nanoseconds, responseP99Nanoseconds: window?.p99Nanoseconds,
            responseMaximumNanoseconds: window.flatMap { $0.count > 0 ? $0.maximumNanoseconds : nil },
            queued: now.outstanding, consumedRecords: fleet.consumers.isEmpty ? nil : now.consumed - before.consumed)
    }

    private func show(_ kind: String, _ second: SecondRecord, _ now: UInt64, _ origin: UInt64, _ end: UInt64) {
        var moment = ProgressLine.Moment(
            phase: name(kind), elapsedSeconds: Double(now - min(now, origin)) / 1e9, totalSeconds: Double(end - origin) / 1e9)
        moment.recordsPerSecond = Double(second.records)
        moment.bytesPerSecond = Double(second.bytes)
        moment.responseP99Nanoseconds = second.responseP99Nanoseconds
        context.progress.show(moment)
    }

    // MARK: conclusion

    /// - Parameter threads: by group, producers before consumers.
    private func conclude(_ steady: Steady, _ totalBytes: UInt64, _ threads: [[Int32]]) throws -> LoadOutcome {
        let sent = zip(zip(plan.producerGroups, producers), threads).map { entry, threads in
            // Each lane's second phase: the first is what came before. Its seconds are looked at before it is collected.
            let recorders = entry.1.compactMap(\.responseRecorder)
            return ProducerGroupPhase(plan: entry.0, lanes: entry.1.compactMap { $0.collect().dropFirst().first }, threads: threads, recorders: recorders)
        }
        let read = zip(zip(plan.consumerGroups, consumers), threads.dropFirst(producers.count)).enumerated().map { n, element in
            let ((group, lanes), threads) = element
            return ConsumerGroupPhase(
                plan: group, lanes: lanes.compactMap { $0.collect().dropFirst().first }, threads: threads, before: steady.before.read[n],
                after: steady.after.read[n], acknowledged: steady.after.records)
        }
        var audit: (outcome: AuditOutcome, counts: [String: UInt64]) = (.notRun("the null broker keeps nothing"), [:])
        if plan.isAudited {
            context.progress.note("auditing \(name("records"))")
            audit = try fleet.audit { try self.context.checkInterruption() }
        }
        let outcome = LoadConclusion(
            plan: plan, steady: steady, producerGroups: sent, consumerGroups: read, relayThreads: target.security.threadIDs, audit: audit,
            earlier: phases, totalBytes: totalBytes, missing: target.missingReason, calibrated: CalibratedRates(context.record.calibration.before)
        ).outcome()
        context.record.phases += outcome.phases
        context.record.facts += [outcome.facts] + outcome.groupFacts
        return outcome
    }
}
