// What lies in the log before a load is measured: written by the lanes of the load themselves, so that its audit covers it.
internal import Host
internal import Measurement
internal import Results

extension LoadRun {
    /// Writes the stored bytes, as fast as the lanes can, and waits until all of them are acknowledged.
    ///
    /// - Throws: `HarnessError` where that takes too long; the log would hold less than it is told to.
    func fill() throws {
        guard plan.storedBytes > 0 else { return }
        precondition(plan.producerGroups.allSatisfy { $0.mode != .open }, "what is stored is written without a schedule")
        let seconds = Self.fillSeconds(plan.storedBytes)
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        // What follows the load as it goes is not for this.
        let follower = plan.onProgress
        plan.onProgress = nil
        defer { plan.onProgress = follower }
        beginFill(at: origin, seconds: seconds)
        try watch("fill", from: origin, until: origin + UInt64(seconds) * nanosecondsPerSecond) { _ in false }
        let isWhole = isBudgetSpent
        let over = max(origin, MonotonicClock.now())
        fleet.producers.forEach { $0.end(at: over) }
        let drained = try drain("fill")
        _ = fleet.producers.flatMap { $0.collect() }
        _ = fleet.consumers.flatMap { $0.collect() }
        filledBytes = spentBytes
        var phase = PhaseRecord(name: name("fill"), kind: "fill", startedNanoseconds: origin, endedNanoseconds: over, complete: !isInterrupted)
        phase.counters["acknowledged_records"] = fleet.producers.reduce(0) { $0 + $1.live().records }
        phase.counters["acknowledged_bytes"] = filledBytes
        if isInterrupted { phase.notes.append(interruptedText) } else if isWhole, drained, let counted = try plan.afterFill?() {
            phase.counters.merge(counted) { $1 }
        }
        phase.endedNanoseconds = MonotonicClock.now()
        phases.append(phase)
        try requireUninterrupted()
        guard isWhole, drained else {
            throw HarnessError.impossible("\(name("fill")): \(decimalBytes(plan.storedBytes)) were not written and acknowledged within \(seconds) s")
        }
    }

    private func beginFill(at origin: UInt64, seconds: Int) {
        let most = seconds + Int(Self.drainSeconds) + 2
        fleet.consumers.forEach { $0.begin(at: origin, maximumSeconds: most) }
        let count = Int64(fleet.producers.count)
        for (group, lanes) in zip(plan.producerGroups, producers) {
            // A lane stops below its share: with one record more, all of it is stored.
            let share = (plan.storedBytes + count - 1) / count + Int64(group.recordBytes) - 1
            lanes.forEach { $0.begin(schedule: nil, at: origin, maximumSeconds: most, byteBudget: share) }
        }
    }

    /// How long it may take: as a slow disk writes, with a minute to spare.
    private static func fillSeconds(_ bytes: Int64) -> Int { 60 + Int(bytes / slowBytesPerSecond) }
    static let slowBytesPerSecond: Int64 = 20_000_000
}
