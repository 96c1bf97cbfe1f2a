// Which leader epoch began at which offset: what a follower asks before it fetches, so that it can cut what only an
// old leader had.
package import Vocabulary

/// Where an epoch's records end.
package struct EpochEnd: Equatable, Sendable {
    /// The largest epoch of the log that is at most the one asked for.
    package let epoch: LeaderEpoch
    /// Behind its last record.
    package let endOffset: Offset
}

/// The epochs of a log, both numbers ascending.
struct LeaderEpochs: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        var epoch: LeaderEpoch
        var startOffset: Offset
    }

    private(set) var entries: [Entry] = []
    /// The last one's epoch, -1 without any: compared with every batch.
    private(set) var latest: LeaderEpoch = -1

    init() {}

    /// - Returns: nil when the numbers do not ascend.
    init?(_ entries: [Entry]) {
        for (one, next) in zip(entries, entries.dropFirst()) {
            guard one.epoch < next.epoch, one.startOffset < next.startOffset else { return nil }
        }
        guard entries.first.map({ $0.epoch >= 0 && $0.startOffset >= 0 }) ?? true else { return nil }
        self.entries = entries
        latest = entries.last?.epoch ?? -1
    }

    /// An epoch's batch stands at `offset`. What contradicts it was cut from the log and goes.
    ///
    /// - Returns: whether anything changed.
    mutating func assign(_ epoch: LeaderEpoch, at offset: Offset) -> Bool {
        guard entries.last(where: { $0.startOffset <= offset })?.epoch != epoch else { return false }
        entries.removeAll { $0.epoch >= epoch || $0.startOffset >= offset }
        entries.append(Entry(epoch: epoch, startOffset: offset))
        latest = epoch
        return true
    }

    /// The log ends at `offset`.
    mutating func truncateEnd(to offset: Offset) -> Bool {
        let count = entries.count
        entries.removeAll { $0.startOffset >= offset }
        latest = entries.last?.epoch ?? -1
        return entries.count != count
    }

    /// The log begins at `offset`: the epoch of the records there begins there.
    mutating func truncateStart(to offset: Offset) -> Bool {
        guard let first = entries.first, first.startOffset < offset else { return false }
        let last = entries.lastIndex { $0.startOffset <= offset }!
        entries.removeFirst(last)
        entries[0].startOffset = offset
        return true
    }

    /// The epoch of the record at `offset`; nil below the first epoch that is known.
    func epoch(at offset: Offset) -> LeaderEpoch? { entries.last { $0.startOffset <= offset }?.epoch }

    /// As Kafka's `LeaderEpochFileCache.endOffsetFor`: nil for an epoch that the log has not reached.
    func end(of epoch: LeaderEpoch, logEnd: Offset) -> EpochEnd? {
        guard epoch >= 0, epoch <= latest else { return nil }
        if epoch == latest { return EpochEnd(epoch: epoch, endOffset: logEnd) }
        let next = entries.firstIndex { $0.epoch > epoch }!
        // Older than the log's first: the follower has nothing in common with it below the start.
        guard next > 0 else { return EpochEnd(epoch: epoch, endOffset: entries[0].startOffset) }
        return EpochEnd(epoch: entries[next - 1].epoch, endOffset: entries[next].startOffset)
    }
}

extension PartitionLog {
    /// The epoch that the record at `offset` was appended in; nil where that is not known.
    package func leaderEpoch(at offset: Offset) -> LeaderEpoch? {
        checkOwner()
        return epochs.epoch(at: offset)
    }

    /// Where the records of `epoch` end, for OffsetForLeaderEpoch; nil for an epoch that no record has reached.
    package func endOffset(forEpoch epoch: LeaderEpoch) -> EpochEnd? {
        checkOwner()
        return epochs.end(of: epoch, logEnd: logEndOffset)
    }
}
