// What a producer knows of one partition.
internal import Vocabulary

struct PartitionState {
    /// Index of its leader among the producer's nodes.
    var node: Int
    /// The batch that takes records.
    var open: Int32?
    /// Sealed batches that are not in flight, in order.
    var sealed = SlotQueue()
    /// Of `sealed`, those sent before.
    var retrying = 0
    var inFlight = 0
    /// Whether it stands in its node's queue of partitions with something to send.
    var isReady = false
    /// A retry waits until then.
    var notBefore: UInt64 = 0
    /// The next record's stamp.
    var nextSequence: UInt64 = 0
    /// The next batch's sequence at the broker; wraps from Int32.max to 0.
    var nextBaseSequence: Int32 = 0
    var nextOrdinal: UInt64 = 0
    /// Set when an idempotent partition can never go on.
    var failure: ProduceFailure?

    /// Whether a retry must wait until what is in flight has come back, so that batches stay in order.
    var isHeld: Bool { retrying > 0 && inFlight > 0 }
}

/// A first-in, first-out queue of partition numbers that reuses its memory.
struct PartitionQueue {
    private var items: ContiguousArray<Int32> = []
    private var first = 0

    var isEmpty: Bool { first == items.count }
    var count: Int { items.count - first }

    mutating func append(_ partition: Int32) { items.append(partition) }

    mutating func popFirst() -> Int32? {
        guard first < items.count else { return nil }
        let item = items[first]
        first &+= 1
        if first == items.count { removeAll() }
        return item
    }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        first = 0
    }
}
