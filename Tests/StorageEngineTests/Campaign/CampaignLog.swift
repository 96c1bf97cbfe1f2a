// What a campaign knows of one log: every batch it ever wrote, and what it was promised of them.
import Records
@testable import StorageEngine
import Vocabulary

/// A batch as the log got it.
struct WrittenBatch {
    var base: Offset
    var next: Offset
    /// With its base offset and leader epoch.
    var bytes: [UInt8]
    /// One a record, from `base` on.
    var timestamps: [Int64]
    var producer: ProducerID
    var sequence: Int32
    /// One a record.
    var keys: [String?]
    var values: [String?]
    /// Of a batch that ends its producer's transaction.
    var outcome: EndTransactionMarker.Outcome?

    var leaderEpoch: LeaderEpoch { bytes.withUnsafeBytes { BatchView(unchecked: $0).leaderEpoch } }
}

/// The naive model of one log.
struct CampaignLog {
    enum Kind: String, CaseIterable {
        /// Acknowledged is forced.
        case forced
        /// Forced by the way, when a segment is old enough or somebody asks.
        case lazy
        /// Forced, and the last record of each key stays.
        case compacted
        /// Forced; every batch belongs to a transaction.
        case transactional
    }

    let kind: Kind
    var partition: TopicPartition { TopicPartition(topic: kind.rawValue, partition: 0) }
    /// By base offset, without gaps. Those that are on their way are among them.
    private(set) var batches: [WrittenBatch] = []
    /// Everything below was acknowledged as forced.
    var promisedEnd: Offset = 0
    /// Where the log begins for its readers.
    var start: Offset = 0
    /// Where it begins for good: no crash brings back what is below.
    var forcedStart: Offset = 0
    /// The next sequence of each producer.
    var sequences: [ProducerID: Int32] = [:]

    init(_ kind: Kind) { self.kind = kind }

    var end: Offset { max(batches.last?.next ?? 0, start) }

    mutating func add(_ batch: WrittenBatch) {
        batches.append(batch)
        note(batch)
    }

    private mutating func note(_ batch: WrittenBatch) {
        if batch.outcome != nil { return }
        sequences[batch.producer] = batch.sequence + Int32(batch.timestamps.count)
    }

    /// The log was cut, by a crash or on purpose.
    mutating func cut(to end: Offset) {
        while let last = batches.last, last.base >= end { batches.removeLast() }
        promisedEnd = min(promisedEnd, end)
        sequences = [:]
        for batch in batches { note(batch) }
    }

    /// Where the open transaction of each producer begins, and the aborted ones, by their markers.
    func transactions(below end: Offset) -> (open: [ProducerID: Offset], aborted: [AbortedTransaction]) {
        var open: [ProducerID: Offset] = [:]
        var aborted: [AbortedTransaction] = []
        for batch in batches where batch.base < end {
            guard let outcome = batch.outcome else {
                open[batch.producer] = open[batch.producer] ?? batch.base
                continue
            }
            guard let first = open.removeValue(forKey: batch.producer), outcome == .abort else { continue }
            aborted.append(
                AbortedTransaction(
                    producerID: batch.producer, firstOffset: first, lastOffset: batch.base,
                    lastStableOffset: open.values.min() ?? batch.base + 1))
        }
        return (open, aborted)
    }

    /// The index of the batch that holds `offset`, or of the first one behind it.
    func index(of offset: Offset) -> Int {
        var (low, high) = (0, batches.count)
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].next <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The batch that was written at `base`.
    func batch(at base: Offset) -> WrittenBatch? {
        let index = index(of: base)
        return index < batches.count && batches[index].base == base ? batches[index] : nil
    }

    /// The first record in `range` with a timestamp of at least `time`, by looking at all of them.
    func firstRecord(in range: Range<Offset>, atOrAfter time: Int64) -> TimestampedOffset? {
        for batch in batches where batch.next > range.lowerBound && batch.base < range.upperBound {
            for (index, timestamp) in batch.timestamps.enumerated() where timestamp >= time {
                let offset = batch.base + Offset(index)
                if range.contains(offset) { return TimestampedOffset(offset: offset, timestamp: timestamp) }
            }
        }
        return nil
    }

    /// The offset of each key's last record below `end`.
    func lastOffsets(below end: Offset) -> [String: Offset] {
        var result: [String: Offset] = [:]
        for batch in batches where batch.base < end {
            for (index, key) in batch.keys.enumerated() { if let key { result[key] = batch.base + Offset(index) } }
        }
        return result
    }
}
