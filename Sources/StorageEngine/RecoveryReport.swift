package import Vocabulary

/// What a start found in one partition's log and did with it. Damage is a measured value, not an error.
package struct RecoveryReport: Equatable, Sendable {
    package let partition: TopicPartition
    /// Segments kept.
    package internal(set) var segments = 0
    /// Segments taken as their seals say, without a look at their batches.
    package internal(set) var segmentsTrusted = 0
    /// Segments walked from batch to batch.
    package internal(set) var segmentsScanned = 0
    /// Bytes whose checksums were computed: what no fsync had covered.
    package internal(set) var bytesScanned: Int64 = 0
    package internal(set) var bytesKept: Int64 = 0
    /// Bytes of batches that were cut. A preallocated, zero-filled tail is not counted.
    package internal(set) var bytesDropped: Int64 = 0
    /// Why bytes were dropped: where, and what was wrong there.
    package internal(set) var reason: String?
    package internal(set) var indexesRebuilt = 0
    /// Compactions that the crash found between writing a replacement and putting it in place.
    package internal(set) var swapsCompleted = 0
    /// Replacements that were not whole yet, and went.
    package internal(set) var swapsUndone = 0
    /// The snapshot that the producers' sequences were read from; nil when they were replayed from the log's start.
    package internal(set) var snapshotOffset: Offset?
    /// Batches replayed over it.
    package internal(set) var batchesReplayed = 0
    /// Segments whose aborted transactions were found again by that replay.
    package internal(set) var transactionIndexesRebuilt = 0
    /// Files that were there and are no good, and why: replaced by what the log says.
    package internal(set) var complaints: [String] = []
    package internal(set) var nanoseconds: UInt64 = 0
    /// How often each line of the recovery table was met.
    private(set) var rows: [RecoveryTable.Row: Int] = [:]

    init(partition: TopicPartition) { self.partition = partition }

    /// Bytes checked a nanosecond of the log's whole recovery, which is GB/s; nil when none were.
    package var gigabytesPerSecond: Double? {
        bytesScanned > 0 && nanoseconds > 0 ? Double(bytesScanned) / Double(nanoseconds) : nil
    }

    mutating func count(_ row: RecoveryTable.Row) { rows[row, default: 0] += 1 }
}
