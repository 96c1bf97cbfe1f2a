// Planning reads: where the bytes are, and whether they are in memory.
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension Shard {
    /// What a partition has from an offset on.
    func read(_ partition: Partition, _ wanted: ReadRequest) -> ReadOutcome {
        let log = partition.log
        if let outage = log.outage { return ReadOutcome(errorCode: ErrorCode(outage)) }
        var outcome = ReadOutcome(
            errorCode: fence(wanted.position.leaderEpoch, log.leaderEpoch), highWatermark: log.highWatermark,
            lastStableOffset: log.lastStableOffset, logStartOffset: log.logStartOffset)
        guard outcome.errorCode == .none else { return outcome }
        let offset = wanted.position.offset
        if wanted.position.lastFetchedEpoch >= 0, !compare(wanted.position, log, &outcome) { return outcome }
        do {
            outcome.slice = try log.read(
                from: offset, maxBytes: min(wanted.position.maxBytes, wanted.limitBytes), atLeastOneBatch: wanted.atLeastOneBatch,
                upTo: wanted.isCommitted ? outcome.lastStableOffset : nil)
            if wanted.isCommitted, let slice = outcome.slice {
                outcome.aborted = try log.abortedTransactions(from: offset, upTo: slice.nextOffset)
            }
        } catch {
            outcome.errorCode = ErrorCode(error)
            outcome.slice = nil
            if case .offsetOutOfRange = error { return outcome }
            broker.log.limited(.readFailed, "\(log.partition) at offset \(offset): \(error)", BrokerLog.about(log.partition))
            return outcome
        }
        if let slice = outcome.slice { outcome.isHot = isHot(slice, from: offset, of: partition) }
        return outcome
    }

    /// Whether what the client has below its position is what this log has there, by its terms (KIP-595).
    private func compare(_ position: FetchPosition, _ log: PartitionLog, _ outcome: inout ReadOutcome) -> Bool {
        guard position.offset >= log.logStartOffset, let end = log.endOffset(forEpoch: position.lastFetchedEpoch) else {
            outcome.errorCode = .offsetOutOfRange
            return false
        }
        guard end.epoch < position.lastFetchedEpoch || end.endOffset < position.offset else { return true }
        outcome.divergence = end
        return false
    }

    /// A client's idea of the leader's term, −1 for none, against ours.
    func fence(_ claimed: LeaderEpoch, _ current: LeaderEpoch) -> ErrorCode {
        if claimed < 0 || claimed == current { return .none }
        return claimed < current ? .fencedLeaderEpoch : .unknownLeaderEpoch
    }

    /// Bytes from which the kernel is asked even about what was served a moment ago: one cachestat costs a microsecond,
    /// under a hundredth of sending so much, and a read from the disk would stall everyone on this loop.
    private static let askedBytes = 65_536

    /// Recently appended: yes without asking; recently served: also, if it is little. Else one cachestat. Where only
    /// mincore could tell, at the cost of a mapping, recently served means yes.
    private func isHot(_ slice: LogSlice, from offset: Offset, of partition: Partition) -> Bool {
        let offsets = offset..<max(offset, slice.nextOffset)
        let pages = pageRange(slice)
        sample(slice, pages)
        if partition.hot.holdsAppended(offsets, now: loop.now) { return true }
        let wasServed = partition.hot.holdsServed(offsets, now: loop.now)
        if wasServed, slice.count < Self.askedBytes { return true }
        let instrument = partition.instrument ?? PageCache.instrument(for: slice.file.descriptor)
        partition.instrument = instrument
        partition.hot.served(offsets, now: loop.now)
        guard instrument == .cachestat else { return wasServed }
        ownSystemCalls &+= 1
        guard let residency = try? PageCache.residency(of: slice.file.descriptor, in: pages, by: .cachestat) else { return true }
        return residency.residentBytes >= Int64(pages.count)
    }

    private func pageRange(_ slice: LogSlice) -> Range<Int64> {
        let start = slice.position / PageCache.pageSize * PageCache.pageSize
        let end = (slice.position + Int64(slice.count) + PageCache.pageSize - 1) / PageCache.pageSize * PageCache.pageSize
        return start..<end
    }

    /// Counts how much of every n-th served range was resident before it was served.
    private func sample(_ slice: LogSlice, _ pages: Range<Int64>) {
        let interval = broker.live.residencyInterval
        guard interval > 0 else { return }
        rangesSinceSample += 1
        guard rangesSinceSample >= interval else { return }
        rangesSinceSample = 0
        let instrument = PageCache.instrument(for: slice.file.descriptor)
        guard let residency = try? PageCache.residency(of: slice.file.descriptor, in: pages, by: instrument) else { return }
        ownSystemCalls &+= 4
        counters.add(.residencySampledBytes, pages.count)
        counters.add(.residencyResidentBytes, Int(min(residency.residentBytes, Int64(pages.count))))
    }
}
