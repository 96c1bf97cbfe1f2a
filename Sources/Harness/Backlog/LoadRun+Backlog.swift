// Backlog and catch-up: the readers stand still while records come in, then they are let go.
internal import Client
internal import Host
internal import Measurement
internal import Results
internal import Topology

extension LoadRun {
    /// Builds the backlog, chills it where the plan says so, and measures until the readers have caught up. The steady phase before
    /// is what the producers' times are compared with.
    ///
    /// Readers stand still by not fetching: their loops, connections and places stay as they are, so that letting them go costs
    /// neither a connection nor a rebalance. Those that are slow on purpose read on all the while, and so do tails beside groups that
    /// are there to catch up.
    /// - Returns: the catch-up by itself; its records are audited with all others when the lanes have stopped. nil where the load was told
    ///   to stop before its readers were let go.
    func catchUp(_ backlog: BacklogPlan) throws -> LoadOutcome? {
        let groups = plan.producerGroups
        guard let whole = lag, !heldBack.isEmpty, let rate = groups.recordsPerSecond else {
            throw HarnessError.impossible("a backlog needs readers, and producers with a rate")
        }
        defer { (plan.producerGroups, lag) = (groups, whole) }
        // A tail beside them is no part of what they are behind.
        lag = LoadLag(consumers, plan.consumerGroups, producers: fleet.producers, whole: heldBack)
        let (offered, building) = (backlog.offered(of: rate), backlog.recordsPerSecond ?? rate)
        plan.producerGroups = groups.scaled(by: building / rate)
        let buildSeconds = try build(for: backlog.buildNanoseconds(groups, plan.consumerGroups))
        guard !isInterrupted else { return nil }
        let unreached = try backlog.cache == .cold ? chill() : []
        plan.producerGroups = groups.scaled(by: offered / rate)
        guard let reading = try read(backlog, isProducing: offered > 0) else { return nil }
        let steady = reading.steady
        let gathered = gather(steady, readersCatchUp: true)
        var outcome = outcome(steady, kind: "catch-up", gathered, audit: (.notRun("audited with the whole run"), [:]), totalBytes: spentBytes)
        let readers = gathered.consumers.filter(\.wasHeldBack)
        // What encrypts for the readers may be at its end before they are.
        let threads = Set(readers.flatMap(\.threads) + target.security.threadIDs)
        let seconds = Double(steady.windowNanoseconds) / 1e9
        var record = CatchUpRecord(
            producers: backlog.producers.rawValue, offeredPerSecond: offered, cache: cacheName(backlog.cache), backlogRecords: reading.behind,
            recordBytes: UInt64(groups.heldBack(from: plan.consumerGroups).meanValueBytes.rounded()), buildSeconds: buildSeconds, seconds: reading.isCaughtUp ? seconds : nil,
            allowedRecords: reading.allowed, readRecordsPerSecond: Double(readers.reduce(0) { $0 + $1.records }) / steady.seconds,
            remainingRecords: reading.remaining,
            readerSaturation: steady.measurement.client.threads.filter { threads.contains($0.tid) }.map(\.saturation).max())
        let readBytes = readers.reduce(0.0) { $0 + Double($1.records) * groups.meanValueBytes(in: $1.plan.topic) }
        record.readBytesPerSecond = readBytes / steady.seconds
        outcome.steady.catchUp = record
        outcome.facts.unreachedStates = unreached
        phases.append(outcome.steady)
        context.record.metrics += record.metrics
        return outcome
    }

    private var heldBack: [any ConsumingLane] {
        zip(plan.consumerGroups, consumers).flatMap { group, lanes in plan.consumerGroups.holdsBack(group) ? lanes : [] }
    }

    private func cacheName(_ cache: BacklogPlan.Cache) -> String {
        switch cache {
        case .asIs: "as it was"
        // The hypervisor's own cache is out of reach.
        case .cold: context.machine.hypervisor == nil ? "cold" : "guest-cold"
        }
    }

    /// Lets the producers write for so long while the readers stand still.
    ///
    /// - Returns: the seconds that it took until everything was acknowledged.
    private func build(for nanoseconds: UInt64) throws -> Double {
        heldBack.forEach { $0.pause() }
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        begin(at: origin, nanoseconds: nanoseconds)
        fleet.producers.forEach { $0.end(at: origin + nanoseconds) }
        var phase = PhaseRecord(name: name("backlog"), kind: "backlog", startedNanoseconds: origin, endedNanoseconds: origin)
        try watch("backlog", from: origin, until: origin + nanoseconds) { second in
            phase.series.append(second)
            return false
        }
        if isInterrupted {
            (phase.complete, phase.notes) = (false, [interruptedText])
            fleet.producers.forEach { $0.end(at: max(origin, MonotonicClock.now())) }
        }
        if try !drain("backlog", includesReaders: false) {
            phase.notes.append("not everything was acknowledged within \(fixed(drainLimitSeconds, 0)) s: the backlog is smaller by that")
        }
        phase.intervals = plan.intervalSeconds.map { length in
            LoadIntervals.records(fleet.producers.map(\.intervalClocks), seconds: max(1, phase.series.count), length: length)
        }
        let lanes = fleet.producers.flatMap { $0.collect() }
        phase.endedNanoseconds = MonotonicClock.now()
        phase.counters["acknowledged_records"] = lanes.reduce(0) { $0 + $1.acknowledgedRecords }
        phase.counters["acknowledged_bytes"] = lanes.reduce(0) { $0 + $1.acknowledgedBytes }
        phases.append(phase)
        return phase.seconds
    }

    /// Takes the log out of the page cache.
    ///
    /// - Returns: what to say where that could not be reached.
    private func chill() throws -> [String] {
        guard let directory = target.dataDirectory else { throw HarnessError.impossible("nobody knows where the broker's log is: ‘backlog.cache: cold’ needs it") }
        let files = try LogFiles(topics: plan.topics, under: directory)
        _ = try files.synchronize()
        let most = VerdictThresholds.coldResidentShareMaximum
        let left = try files.drop(downTo: most, ofLogBytes: Int64(spentBytes))
        return left <= most ? [] : ["backlog: \(percent(left, decimals: 1)) of the log was resident when its readers began"]
    }

    private struct Reading {
        let steady: Steady
        let isCaughtUp: Bool
        /// Records that the readers were behind at the start, and at the end.
        let behind, remaining: UInt64
        /// By which they may be behind when they have caught up.
        let allowed: UInt64
    }

    /// Lets the readers go, and watches them until they have caught up.
    ///
    /// - Returns: nil where the load was told to stop before that.
    private func read(_ backlog: BacklogPlan, isProducing: Bool) throws -> Reading? {
        var goal = CatchUpGoal(plan, consumers: consumers, producers: fleet.producers)
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        let start = origin + BacklogPlan.settleNanoseconds
        let longest = BacklogPlan.settleNanoseconds + backlog.atMostNanoseconds
        if isProducing {
            begin(at: origin, nanoseconds: longest + nanosecondsPerSecond)
            fleet.producers.forEach { $0.boundary(at: start) }
        } else {
            fleet.consumers.forEach { $0.begin(at: origin, maximumSeconds: Int(longest / nanosecondsPerSecond) + 1) }
        }
        fleet.consumers.forEach { $0.boundary(at: start) }
        try sleep(until: start)
        guard !isInterrupted else { return nil }
        var series: [SecondRecord] = []
        let ((before, after, isCaughtUp, remaining, end), measurement) = try context.measure(broker: target.watched) {
            lag?.restart(at: start)
            _ = lag?.look()
            goal.begin(drainShare: backlog.drainShare)
            let before = counts
            heldBack.forEach { $0.resume() }
            let isCaughtUp = try watch("catch-up", from: start, until: start + backlog.atMostNanoseconds, isOver: { goal.isReached() }) { second in
                series.append(second)
                return false
            }
            _ = lag?.look()
            return (before, counts, isCaughtUp && !isInterrupted, goal.remaining(), MonotonicClock.now())
        }
        let lagged = lag?.reading
        let (held, lost) = takeIdle()
        let cut = isInterrupted ? interruptedText : nil
        fleet.producers.forEach { $0.end(at: end) }
        let drained = try drain("drain")
        let steady = Steady(
            measurement: measurement, series: series, before: before, after: after, start: start, windowNanoseconds: end - start, interruption: cut,
            drained: drained, drainSeconds: drainLimitSeconds, besidesErrors: lost, lag: lagged, idle: held)
        return Reading(steady: steady, isCaughtUp: isCaughtUp, behind: goal.behind, remaining: remaining, allowed: goal.allowed)
    }
}
