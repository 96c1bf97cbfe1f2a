// One group's committed offsets: those that count, and those that wait for the log or for the end of a transaction.

internal import Vocabulary

struct OffsetTable: Sendable {
    /// A position with its place in the order of the group's writes, which is the order of the log.
    struct Entry: Sendable {
        var committed: CommittedOffset
        var order: UInt64
    }

    private(set) var committed: [TopicPartition: Entry] = [:]
    /// In the log, but counting only when the producer's transaction commits.
    private(set) var transactional: [ProducerID: [TopicPartition: Entry]] = [:]
    /// Commits that the log has not confirmed, by partition.
    private var inFlight: [TopicPartition: Int] = [:]
    private var transactionalInFlight: [TopicPartition: Int] = [:]
    /// Partitions deleted while commits of them were in flight: commits asked for before this place no longer count.
    private var deletions: [TopicPartition: UInt64] = [:]

    /// Entries of any kind: what the bound on a group's offsets counts.
    var size: Int { committed.count + inFlight.count + transactional.values.reduce(0) { $0 + $1.count } }
    var isEmpty: Bool { committed.isEmpty && transactional.isEmpty && inFlight.isEmpty }

    /// Whether the partition's offset may change by a transaction that has not ended.
    func isUnstable(_ partition: TopicPartition) -> Bool {
        transactionalInFlight[partition] != nil || transactional.values.contains { $0[partition] != nil }
    }

    func isPending(_ partition: TopicPartition) -> Bool { inFlight[partition] != nil || isUnstable(partition) }

    func knows(_ partition: TopicPartition) -> Bool { committed[partition] != nil || isPending(partition) }

    /// Every partition that the log may hold an offset of, sorted.
    var known: [TopicPartition] {
        Set(committed.keys).union(inFlight.keys).union(transactional.values.flatMap(\.keys)).inOrder
    }

    /// A commit was asked of the log.
    mutating func began(_ partitions: [TopicPartition], isTransactional: Bool) {
        for partition in partitions {
            inFlight[partition, default: 0] += 1
            if isTransactional { transactionalInFlight[partition, default: 0] += 1 }
        }
    }

    /// The log has the commit, or never will.
    ///
    /// - Parameter order: where the commit stands among the group's writes.
    mutating func ended(
        _ positions: [(TopicPartition, CommittedOffset)], order: UInt64, producerID: ProducerID?, isWritten: Bool
    ) {
        for (partition, position) in positions {
            if isWritten, deletions[partition].map({ $0 < order }) ?? true {
                store(partition, Entry(committed: position, order: order), producerID)
            }
            Self.decrement(&inFlight, partition)
            if producerID != nil { Self.decrement(&transactionalInFlight, partition) }
            if inFlight[partition] == nil { deletions[partition] = nil }
        }
    }

    mutating func store(_ partition: TopicPartition, _ entry: Entry, _ producerID: ProducerID?) {
        if let producerID {
            transactional[producerID, default: [:]][partition] = entry
        } else {
            committed[partition] = entry
        }
    }

    /// The producer's transaction is over: its offsets count from now on, or never.
    mutating func end(_ producerID: ProducerID, isCommitted: Bool) {
        guard let entries = transactional.removeValue(forKey: producerID), isCommitted else { return }
        for (partition, entry) in entries where committed[partition].map({ $0.order < entry.order }) ?? true {
            committed[partition] = entry
        }
    }

    /// - Parameter order: of the tombstone among the group's writes.
    mutating func delete(_ partition: TopicPartition, order: UInt64) {
        committed[partition] = nil
        for producer in Array(transactional.keys) {
            transactional[producer]?[partition] = nil
            if transactional[producer]?.isEmpty ?? false { transactional[producer] = nil }
        }
        if inFlight[partition] != nil { deletions[partition] = order }
    }

    private static func decrement(_ counts: inout [TopicPartition: Int], _ partition: TopicPartition) {
        guard let count = counts[partition] else { preconditionFailure("no commit of \(partition) is in flight") }
        counts[partition] = count == 1 ? nil : count - 1
    }
}

extension OffsetTable {
    /// Partitions whose offsets nobody will want again (KIP-211), sorted.
    ///
    /// A group with members keeps what they subscribe to; an empty one keeps all until `retention` after it became empty; one
    /// that never had members counts from each commit.
    func expired(in group: GroupMachine, wallMilliseconds now: Int64, retentionMilliseconds retention: Int64) -> [TopicPartition] {
        committed.filter { partition, entry in
            guard !isPending(partition), let since = Self.unusedSince(partition, entry.committed, group) else { return false }
            return entry.committed.expireMilliseconds.map { $0 <= now } ?? (now - since >= retention)
        }.keys.inOrder
    }

    /// From when an offset's retention counts; nil while it is in use.
    private static func unusedSince(_ partition: TopicPartition, _ committed: CommittedOffset, _ group: GroupMachine) -> Int64? {
        guard group.protocolType != nil else { return committed.commitMilliseconds }
        switch group.state {
        case .empty: return max(group.stateMilliseconds ?? committed.commitMilliseconds, committed.commitMilliseconds)
        case .stable:
            guard let topics = group.subscribedTopics, group.protocolType == ConsumerSubscription.protocolType,
                !topics.contains(partition.topic)
            else { return nil }
            return committed.commitMilliseconds
        case .preparingRebalance, .completingRebalance, .dead: return nil
        }
    }
}
