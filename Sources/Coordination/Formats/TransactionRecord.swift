// What `__transaction_state` keeps: one record for each transactional id, byte for byte as Kafka writes it.
//
//   key    version i16 = 0 · transactionalId
//   value  version i16 · producerId i64 · producerEpoch i16 · timeout i32 · status i8 · partitions? · updated i64 · started i64
//      partitions   topic · partition ids i32; null when the transaction is empty
//      version 1 is flexible: compact strings and arrays, tagged fields behind each entry and at the end
//         (0: previous producer id i64 · 1: next producer id · 2: the client's transaction version)
//
// Times are milliseconds since 1970. We write version 1 and read both. Source: TransactionLogKey, TransactionLogValue.
package import Vocabulary

/// Where a transactional id stands; `rawValue` is the status byte.
package enum TransactionState: Int8, Hashable, Sendable, CaseIterable {
    case empty = 0, ongoing = 1, prepareCommit = 2, prepareAbort = 3, completeCommit = 4, completeAbort = 5
    /// Being forgotten; never written.
    case dead = 6
    /// Being aborted on behalf of a newer producer; Kafka's name for a state that is never written.
    case prepareEpochFence = 7

    /// Kafka's name for it, as DescribeTransactions and ListTransactions show it.
    package var name: String {
        switch self {
        case .empty: "Empty"
        case .ongoing: "Ongoing"
        case .prepareCommit: "PrepareCommit"
        case .prepareAbort: "PrepareAbort"
        case .completeCommit: "CompleteCommit"
        case .completeAbort: "CompleteAbort"
        case .dead: "Dead"
        case .prepareEpochFence: "PrepareEpochFence"
        }
    }
}

/// A transactional id as its record keeps it.
package struct TransactionSnapshot: Hashable, Sendable {
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    /// The id before the last change of ids, which a retry may still name; nil before the first.
    package var previousProducerID: ProducerID?
    package var timeoutMilliseconds: Int32
    package var state: TransactionState
    /// Sorted by topic, then partition.
    package var partitions: [TopicPartition]
    package var updatedMilliseconds: Int64
    /// When the running or last transaction began; nil when there was none under this epoch.
    package var startedMilliseconds: Int64?
}

/// One record of `__transaction_state`; a nil snapshot is a tombstone.
package struct TransactionRecord: Hashable, Sendable {
    package var transactionalID: String
    package var snapshot: TransactionSnapshot?

    package var encoded: StateRecord {
        var key = RecordFieldWriter(version: 0)
        key.string(transactionalID)
        return StateRecord(key: key.written, value: snapshot.map(Self.value))
    }

    package init(transactionalID: String, snapshot: TransactionSnapshot?) {
        self.transactionalID = transactionalID
        self.snapshot = snapshot
    }

    /// Reads a record; nil for a key version of a later protocol, which a loader passes over.
    package init?(_ record: StateRecord) throws(StateRecordError) {
        let id: String? = try RecordFieldReader.read(record.key) { reader throws(StateRecordError) in
            try reader.integer(Int16.self) == 0 ? reader.string() : nil
        }
        guard let id else { return nil }
        transactionalID = id
        if let value = record.value { snapshot = try Self.snapshot(value) } else { snapshot = nil }
    }

    private static func value(_ snapshot: TransactionSnapshot) -> [UInt8] {
        var writer = RecordFieldWriter(version: 1, isFlexible: true)
        writer.integer(snapshot.producerID)
        writer.integer(snapshot.producerEpoch)
        writer.integer(snapshot.timeoutMilliseconds)
        writer.integer(snapshot.state.rawValue)
        let topics = byTopic(snapshot.partitions)
        writer.count(snapshot.state == .empty ? nil : topics.count)
        if snapshot.state != .empty {
            for (topic, partitions) in topics {
                writer.string(topic)
                writer.count(partitions.count)
                for partition in partitions { writer.integer(partition) }
                writer.noTags()
            }
        }
        writer.integer(snapshot.updatedMilliseconds)
        writer.integer(snapshot.startedMilliseconds ?? -1)
        guard let previous = snapshot.previousProducerID else {
            writer.noTags()
            return writer.written
        }
        writer.unsignedVarint(1)
        writer.unsignedVarint(0)
        writer.unsignedVarint(8)
        writer.integer(previous)
        return writer.written
    }

    /// Runs of one topic, in the order given.
    private static func byTopic(_ partitions: [TopicPartition]) -> [(topic: String, partitions: [Int32])] {
        var topics: [(topic: String, partitions: [Int32])] = []
        for partition in partitions {
            if topics.last?.topic != partition.topic { topics.append((partition.topic, [])) }
            topics[topics.count - 1].partitions.append(partition.partition)
        }
        return topics
    }

    private static func snapshot(_ value: [UInt8]) throws(StateRecordError) -> TransactionSnapshot {
        try RecordFieldReader.read(value) { reader throws(StateRecordError) in
            let version: Int16 = try reader.integer()
            guard (0...1).contains(version) else { throw .version(version) }
            reader.isFlexible = version == 1
            let id: ProducerID = try reader.integer()
            let epoch: ProducerEpoch = try reader.integer()
            let timeout: Int32 = try reader.integer()
            let status: Int8 = try reader.integer()
            guard let state = TransactionState(rawValue: status) else { throw .invalid(at: 16) }
            let partitions = try readPartitions(&reader)
            let updated: Int64 = try reader.integer()
            let started: Int64 = try reader.integer()
            var previous: ProducerID?
            try reader.tags { tag, field throws(StateRecordError) in
                guard tag == 0 else { return }
                let id: ProducerID = try field.integer()
                previous = id < 0 ? nil : id
            }
            return TransactionSnapshot(
                producerID: id, producerEpoch: epoch, previousProducerID: previous, timeoutMilliseconds: timeout, state: state,
                partitions: partitions, updatedMilliseconds: updated, startedMilliseconds: started < 0 ? nil : started)
        }
    }

    private static func readPartitions(_ reader: inout RecordFieldReader) throws(StateRecordError) -> [TopicPartition] {
        guard let topics = try reader.nullableCount(ofAtLeast: 2) else { return [] }
        var partitions: [TopicPartition] = []
        for _ in 0..<topics {
            let topic = try reader.string()
            for _ in 0..<(try reader.count(ofAtLeast: 4)) {
                partitions.append(TopicPartition(topic: topic, partition: try reader.integer()))
            }
            try reader.tags()
        }
        return partitions.inOrder
    }
}
