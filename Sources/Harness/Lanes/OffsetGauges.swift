// Offsets of partitions that one lane knows and any thread may read.
internal import Synchronization
package import Vocabulary

/// One offset a partition in an array that never moves, so that a lane tells its place with a store and nothing else. An offset that
/// is not known is nil, and none goes back.
package final class OffsetGauges: @unchecked Sendable {
    // @unchecked: the memory is made and given back here, and in between every cell is used by atomic operations only.
    package let count: Int
    private let cells: UnsafeMutablePointer<Atomic<Offset>>

    /// What stands in a cell that knows nothing: no offset is negative.
    private static let unknown: Offset = -1

    package init(partitions count: Int) {
        precondition(count > 0, "gauges of \(count) partitions")
        self.count = count
        cells = .allocate(capacity: count)
        for partition in 0..<count { (cells + partition).initialize(to: Atomic(Self.unknown)) }
    }

    deinit {
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    /// By the lane's thread alone; what was stored before is seen by whoever sees this.
    @inline(__always)
    package func advance(_ partition: Int32, to offset: Offset) {
        let cell = cells + Int(partition)
        if offset > cell.pointee.load(ordering: .relaxed) { cell.pointee.store(offset, ordering: .releasing) }
    }

    /// By any of several lanes that share the gauges.
    ///
    /// - Returns: how far it was before: what lies between is the caller's, and nobody else's.
    func claim(_ partition: Int32, upTo offset: Offset) -> Offset {
        (cells + Int(partition)).pointee.max(offset, ordering: .acquiringAndReleasing).oldValue
    }

    /// By any thread.
    package func offset(of partition: Int) -> Offset? {
        precondition((0..<count).contains(partition), "partition \(partition) of \(count)")
        let offset = cells[partition].load(ordering: .acquiring)
        return offset == Self.unknown ? nil : offset
    }
}

/// How far a consumer lane has come in each of its partitions, and how far it knows their logs to reach.
package struct ReaderOffsets: Sendable {
    /// The next offset that the lane's clients get; nil for partitions that others read.
    package let positions: OffsetGauges
    /// The high watermark as the last answer told it.
    package let ends: OffsetGauges

    package init(partitions count: Int) {
        positions = OffsetGauges(partitions: count)
        ends = OffsetGauges(partitions: count)
    }

    /// By the lane's thread. The end first: whoever sees a position sees an end that is not below it.
    @inline(__always)
    func advance(_ partition: Int32, position: Offset, end: Offset) {
        ends.advance(partition, to: end)
        positions.advance(partition, to: position)
    }

    /// As `advance`, by any of several lanes between which partitions go to and fro.
    func raise(_ partition: Int32, position: Offset, end: Offset) {
        _ = ends.claim(partition, upTo: end)
        _ = positions.claim(partition, upTo: position)
    }
}
