// The phases of a load: prepare → (fill) → warm-up → drain barrier → schedule restart → steady → (backlog → catch-up) → cool-down.
internal import Host
internal import Measurement
internal import Results

/// Drives the lanes of one load through its phases. Lives on the control thread.
final class LoadRun {
    /// A search changes its rate and its durations between two phases, never within one.
    var plan: LoadPlan
    let target: BrokerTarget
    let context: RunContext
    let fleet: any LoadFleet
    /// nil: there are no other connections than the fleet's.
    let idle: IdleConnections?
    /// Of those, the ones whose end has been told.
    private var idleTold = 0
    /// By group, in the order of the plan.
    let producers: [[any ProducingLane]]
    let consumers: [[any ConsumingLane]]
    var phases: [PhaseRecord] = []
    /// Acknowledged before the warm-up, of what is stored.
    var filledBytes: UInt64 = 0
    /// nil: nobody reads.
    var lag: LoadLag?
    /// What told the load to stop before its time, and when: what is under way is then brought to its end and kept, and nothing more is
    /// begun. nil: nothing has.
    private(set) var interruption: (signal: Int32, at: UInt64)?

    /// Between the order to start and the first intended record: every lane has it by then.
    static let leadNanoseconds: UInt64 = 30_000_000
    /// How long a barrier waits for acknowledgements and consumers before it counts the rest as unknown.
    static let drainSeconds = 30.0
    /// The same after Ctrl-C.
    static let interruptedDrainSeconds = 2.0

    init(_ plan: LoadPlan, _ target: BrokerTarget, _ context: RunContext, fleet: any LoadFleet, idle: IdleConnections? = nil) {
        self.idle = idle
        self.plan = plan
        self.target = target
        self.context = context
        self.fleet = fleet
        producers = grouped(fleet.producers, plan.producerGroups.map(\.count))
        consumers = grouped(fleet.consumers, plan.consumerGroups.map(\.count))
        lag = LoadLag(consumers, plan.consumerGroups, producers: fleet.producers)
    }

    /// - Parameter startedAt: when preparing began.
    /// - Throws: what ended it, `.interrupted` too; whatever there was by then is in the record.
    func perform(preparingSince startedAt: UInt64) throws -> LoadOutcome {
        prepared(since: startedAt)
        defer { fleet.stop() }
        do { return try measured() } catch {
            context.record.phases += phases
            throw error
        }
    }

    private func measured() throws -> LoadOutcome {
        try fill()
        try warmUp()
        let steady = try steady()
        // A later load of the same lanes forgets what they recorded.
        let gathered = plan.backlog == nil ? nil : gather(steady)
        let caughtUp = try isInterrupted ? nil : plan.backlog.flatMap { try catchUp($0) }
        if !isInterrupted { try coolDown() }
        let totalBytes = spentBytes
        fleet.stop()
        let outcome = try conclude(steady, gathered ?? gather(steady), caughtUp, totalBytes)
        try requireUninterrupted()
        return outcome
    }

    func prepared(since startedAt: UInt64) {
        phases.append(PhaseRecord(name: name("prepare"), kind: "prepare", startedNanoseconds: startedAt, endedNanoseconds: MonotonicClock.now()))
    }

    func name(_ kind: String) -> String { plan.label.isEmpty ? kind : "\(plan.label) \(kind)" }

    /// What has become of the idle connections. One that is lost is an error of the window in which it is missed first: a search has many.
    func takeIdle() -> (count: IdleConnections.Count?, errors: [String: UInt64]) {
        guard let count = idle?.count else { return (nil, [:]) }
        defer { idleTold = count.closed }
        return (count, count.errors(of: target.address, beyond: idleTold))
    }

    // MARK: warm-up and barrier

    func warmUp() throws {
        guard plan.phases.warmUpNanoseconds > 0 else { return }
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        let end = origin + plan.phases.warmUpNanoseconds
        begin(at: origin, nanoseconds: plan.phases.warmUpNanoseconds)
        try watch("warm-up", from: origin, until: end) { _ in false }
        let early = fleet.producers.contains { $0.live().isBudgetSpent }
        let isCut = isInterrupted
        let over = isCut ? max(origin, MonotonicClock.now()) : end
        fleet.producers.forEach { $0.end(at: over) }
        let drained = try drain("drain")
        let records = fleet.producers.flatMap { $0.collect() }.reduce(0) { $0 + $1.acknowledgedRecords }
        _ = fleet.consumers.flatMap { $0.collect() }
        var phase = PhaseRecord(name: name("warm-up"), kind: "warm-up", startedNanoseconds: origin, endedNanoseconds: over, complete: !isCut)
        phase.counters["acknowledged_records"] = records
        if early { phase.notes.append("the byte budget ended the warm-up early") }
        if isCut { phase.notes.append(interruptedText) }
        phases.append(phase)
        var barrier = PhaseRecord(name: name("drain"), kind: "drain", startedNanoseconds: over, endedNanoseconds: MonotonicClock.now())
        if !drained { barrier.notes.append("not everything was acknowledged and consumed within \(fixed(drainLimitSeconds, 0)) s") }
        phases.append(barrier)
        try requireUninterrupted()
    }

    /// - Parameter isShaped: whether rates go as their groups say; else they stay.
    func begin(at origin: UInt64, nanoseconds: UInt64, isShaped: Bool = false) {
        plan.onProgress?(appendedBytes)
        let seconds = Int(nanoseconds / nanosecondsPerSecond) + Int(Self.drainSeconds) + 2
        let spent = bounded.reduce(0) { $0 + Int64($1.live().bytes) } - Int64(filledBytes)
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
    var isBudgetSpent: Bool {
        let lanes = bounded
        return !lanes.isEmpty && lanes.allSatisfy { $0.live().isBudgetSpent }
    }

    /// In the log, of the load.
    var spentBytes: UInt64 { fleet.producers.reduce(0) { $0 + $1.live().bytes } }
    /// The same without what is stored.
    var appendedBytes: UInt64 { spentBytes - filledBytes }

    /// Waits until every record is acknowledged and the tail consumers are through with what was acknowledged.
    ///
    /// - Parameter includesReaders: false where they are held back on purpose.
    /// - Returns: whether that happened; if not, the lanes have given up on the rest.
    func drain(_ phase: String, includesReaders: Bool = true) throws -> Bool {
        let start = MonotonicClock.now()
        let deadline = start + UInt64(Self.drainSeconds * 1e9)
        while MonotonicClock.now() < min(deadline, interruption.map { $0.at + UInt64(Self.interruptedDrainSeconds * 1e9) } ?? .max) {
            try check()
            if fleet.producers.allSatisfy({ $0.isDrained }), !includesReaders || consumersCaughtUp { return true }
            let elapsed = Double(MonotonicClock.now() - start) / 1e9
            if elapsed > 0.5 { context.progress.show(.init(phase: name(phase), elapsedSeconds: elapsed, totalSeconds: Self.drainSeconds)) }
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
        fleet.producers.forEach { $0.abandon() }
        return false
    }

    func coolDown() throws {
        let start = MonotonicClock.now()
        guard plan.phases.coolDownNanoseconds > 0 else { return }
        try sleep(until: start + plan.phases.coolDownNanoseconds)
        phases.append(PhaseRecord(name: name("cool-down"), kind: "cool-down", startedNanoseconds: start, endedNanoseconds: MonotonicClock.now()))
    }

    /// Looks for Ctrl-C, too, which is nothing thrown: see `interruption`.
    ///
    /// - Throws: what ended the run, a broker or a lane before its time.
    func check() throws {
        if interruption == nil, let signal = context.interruption.conclude() {
            interruption = (signal, MonotonicClock.now())
            context.progress.note("stopping, and keeping what was measured; Ctrl-C once more ends at once")
        }
        try context.checkInterruption()
        if let failure = fleet.failure { throw failure }
    }
}
