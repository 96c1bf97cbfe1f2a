// What one producer sent: kept by its lane, read by the judge.

/// Sequences handed to the producer and acknowledged to it, per partition. Belongs to the lane's thread until the
/// lane has stopped.
package final class SentBook: @unchecked Sendable {
    // @unchecked: one writer, the lane; the judge reads when the lane's thread is gone or idle.
    let producer: UInt32
    /// Whether the values carry stamps: without them only counts can be compared.
    let isStamped: Bool
    /// Whether the broker has to keep the order of what this producer sends: it is idempotent, or it sent
    /// nothing twice.
    var keepsOrder: Bool
    private(set) var acknowledged: ContiguousArray<SequenceRanges>
    /// Of transactions that were aborted: readers of committed records must not get them.
    private(set) var aborted: ContiguousArray<SequenceRanges>
    /// Per partition, the sequence behind the last that was handed over.
    private(set) var handed: ContiguousArray<UInt64>

    init(producer: UInt32, partitions: Int, isStamped: Bool, keepsOrder: Bool) {
        self.producer = producer
        self.isStamped = isStamped
        self.keepsOrder = keepsOrder
        acknowledged = ContiguousArray(repeating: SequenceRanges(), count: partitions)
        aborted = acknowledged
        handed = ContiguousArray(repeating: 0, count: partitions)
    }

    /// A batch was acknowledged. Allocates nothing while no gap opens.
    func acknowledge(_ partition: Int32, first: UInt64, count: Int) {
        acknowledged[Int(partition)].insert(first..<first &+ UInt64(count))
    }

    /// The transaction of a batch was aborted.
    func abort(_ partition: Int32, first: UInt64, count: Int) {
        aborted[Int(partition)].insert(first..<first &+ UInt64(count))
    }

    /// Sequences below `sequence` were handed over.
    func handOver(_ partition: Int32, upTo sequence: UInt64) { handed[Int(partition)] = sequence }

    var acknowledgedCount: UInt64 { acknowledged.reduce(0) { $0 + $1.count } }
    var abortedCount: UInt64 { aborted.reduce(0) { $0 + $1.count } }
    var handedCount: UInt64 { handed.reduce(0, +) }
}
