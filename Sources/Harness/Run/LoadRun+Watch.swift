// Looking at the lanes of a load while a phase lasts: each second a line of the series, and progress for people.
internal import Host
internal import Measurement
internal import Results

extension LoadRun {
    /// Looks at the lanes every 20 ms, reports each whole second, shows progress. Where the byte budget is spent the phase ends
    /// at once: a rate over the idle rest of it would be too low. So does one that is told to stop.
    ///
    /// - Parameters:
    ///   - isOver: asked at each look; true ends the phase early.
    ///   - second: gets each whole second; true ends the phase early.
    /// - Returns: whether it ended early.
    @discardableResult
    func watch(
        _ kind: String, from origin: UInt64, until end: UInt64, _ perturbations: Perturbations? = nil, isOver: () -> Bool = { false },
        _ second: (SecondRecord) -> Bool
    ) throws -> Bool {
        var reported = 0
        let first = counts
        var last = first
        var broker = target.watched.map { BrokerWatch($0) }
        var device = context.device.map { DeviceWatch($0) }
        while true {
            try check()
            try perturbations?.act()
            plan.onProgress?(appendedBytes)
            let now = MonotonicClock.now()
            if now >= origin + UInt64(reported + 1) * nanosecondsPerSecond {
                let live = counts
                var record = self.second(reported, last, live)
                record.broker = broker?.second()
                if let hits = broker?.cacheHits() { (record.hitRate, record.hitRateSampledBytes) = (hits.share, hits.sampledBytes) }
                if let moved = device?.second() { (record.deviceReadBytes, record.deviceWrittenBytes) = (moved.read, moved.written) }
                last = live
                reported += 1
                try context.writer.append(SeriesLine(phase: name(kind), kind: kind, second: record))
                show(kind, record, live, since: first, brokerCPU: broker?.cpuShare, from: origin, until: end)
                if second(record) { return true }
            }
            guard now < end else { return false }
            if isInterrupted || isBudgetSpent || isOver() { return true }
            MonotonicClock.sleep(until: min(end, now + 20_000_000, perturbations?.next ?? .max))
        }
    }

    var counts: LaneCounts { LaneCounts(producers, consumers, plan) }

    private func second(_ n: Int, _ before: LaneCounts, _ now: LaneCounts) -> SecondRecord {
        let window = closedWindow(fleet.producers.compactMap(\.responseRecorder), n)
        let behind = lag?.look()
        var record = SecondRecord(
            second: n, records: now.records - before.records, bytes: now.bytes - before.bytes,
            responseP50Nanoseconds: window?.p50Nanoseconds, responseP99Nanoseconds: window?.p99Nanoseconds,
            responseMaximumNanoseconds: window.flatMap { $0.count > 0 ? $0.maximumNanoseconds : nil },
            queued: now.outstanding, consumedRecords: fleet.consumers.isEmpty ? nil : now.consumed - before.consumed,
            lagMaximumRecords: behind?.maximum, lagRecords: behind?.sum)
        record.setSchedule(closedWindow(fleet.producers.compactMap(\.scheduleLagRecorder), n))
        record.setService(closedWindow(fleet.producers.compactMap(\.serviceRecorder), n))
        if !fleet.consumers.isEmpty { record.consumedBytes = now.consumedBytes - before.consumedBytes }
        if hasSchedule { record.lateRecords = now.late - before.late }
        if now.failed > before.failed { record.failedRecords = now.failed - before.failed }
        record.unreadRecords = now.unread
        return record
    }

    private var hasSchedule: Bool { plan.producerGroups.contains { $0.mode == .open } }

    /// Second `n` of the phase by one clock of the producers, or the last that every lane has closed.
    private func closedWindow(_ recorders: [LatencyRecorder], _ n: Int) -> LatencyWindow? {
        // Producers that are stopped on purpose show what they recorded before.
        guard plan.producerGroups.recordsPerSecond != 0 else { return nil }
        let closed = recorders.map(\.closedWindows).min() ?? 0
        return closed > 0 ? mergedWindow(recorders, second: min(n, closed - 1)) : nil
    }

    /// Over all groups.
    private func show(
        _ kind: String, _ second: SecondRecord, _ live: LaneCounts, since first: LaneCounts, brokerCPU: Double?, from origin: UInt64, until end: UInt64
    ) {
        let elapsed = live.time - min(live.time, origin)
        var moment = ProgressLine.Moment(phase: name(kind), elapsedSeconds: Double(elapsed) / 1e9, totalSeconds: Double(end - origin) / 1e9)
        moment.loop = plan.isOpenLoop ? nil : plan.modeText
        moment.recordsPerSecond = Double(second.records)
        moment.bytesPerSecond = Double(second.bytes)
        moment.responseP50Nanoseconds = second.responseP50Nanoseconds
        moment.responseP99Nanoseconds = second.responseP99Nanoseconds
        moment.outstandingRecords = second.queued
        // Of the middle of the second that is shown.
        moment.offeredPerSecond = plan.producerGroups.offered(after: elapsed - min(elapsed, nanosecondsPerSecond / 2), isShaped: kind == "steady")
        if hasSchedule { moment.lateRecords = live.late - first.late }
        moment.consumedPerSecond = second.consumedRecords.map { Double($0) }
        moment.behindRecords = second.lagRecords
        (moment.brokerCPUShare, moment.cacheHitShare) = (brokerCPU, second.hitRate)
        if !fleet.consumers.isEmpty { moment.cacheHitMissing = ResidencySampling(target).missing }
        context.progress.show(moment)
    }
}
