// Transactions put into a rig's log, and a reader of committed records.
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

extension EndTransactionMarker {
    static func commit(_ producer: ProducerID, epoch: ProducerEpoch = 0, coordinator: Int32 = 0) -> Self {
        Self(producerID: producer, producerEpoch: epoch, outcome: .commit, coordinatorEpoch: coordinator)
    }

    static func abort(_ producer: ProducerID, epoch: ProducerEpoch = 0, coordinator: Int32 = 0) -> Self {
        Self(producerID: producer, producerEpoch: epoch, outcome: .abort, coordinatorEpoch: coordinator)
    }
}

/// A data batch as a reader of committed records gets it.
struct CommittedBatch: Equatable {
    var baseOffset: Offset
    var producer: ProducerID
    var count: Int32
}

extension Rig {
    /// Stages a batch of a transaction.
    @discardableResult func stageInTransaction(
        _ producer: ProducerID, _ sequence: Int32, count: Int = 1, epoch: ProducerEpoch = 0, valueBytes: Int = 10
    ) throws -> Staged {
        let bytes = batch(count, producer: producer, epoch: epoch, sequence: sequence, valueBytes: valueBytes, isTransactional: true)
        return try log.stage(buffers.hold(bytes), admits: .trusted)
    }

    @discardableResult func stage(_ marker: EndTransactionMarker) throws -> Staged {
        try log.stage(marker, timestampMilliseconds: 1000)
    }

    func end(_ marker: EndTransactionMarker) throws {
        _ = try stage(marker)
        _ = try write()
    }

    /// What a consumer makes of the log up to the last stable offset: it asks for the aborted transactions of what it
    /// read and passes over their batches until it meets their markers.
    func readCommitted(from start: Offset = 0, maxBytes: Int = 1 << 20) throws -> [CommittedBatch] {
        var result: [CommittedBatch] = []
        try forEachCommitted(from: start, maxBytes: maxBytes) { view in
            result.append(CommittedBatch(baseOffset: view.baseOffset, producer: view.producerID, count: view.recordCount))
        }
        return result
    }

    func forEachCommitted(from start: Offset = 0, maxBytes: Int = 1 << 20, _ body: (BatchView) throws -> Void) throws {
        var offset = start
        while let slice = try log.read(from: offset, maxBytes: maxBytes, atLeastOneBatch: true, upTo: log.lastStableOffset) {
            var waiting = try log.abortedTransactions(from: offset, upTo: slice.nextOffset).sorted { $0.firstOffset < $1.firstOffset }
            var passing: Set<ProducerID> = []
            try forEachBatch(of: slice) { view in
                while let first = waiting.first, first.firstOffset < view.nextOffset {
                    passing.insert(first.producerID)
                    waiting.removeFirst()
                }
                if view.isControl {
                    if try ControlBatch.marker(of: view)?.outcome == .abort { passing.remove(view.producerID) }
                } else if !(view.isTransactional && passing.contains(view.producerID)) {
                    try body(view)
                }
            }
            offset = slice.nextOffset
        }
    }

    private func forEachBatch(of slice: LogSlice, _ body: (BatchView) throws -> Void) throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
        defer { memory.deallocate() }
        try #require(try slice.file.read(into: memory, at: slice.position) == slice.count)
        var position = 0
        while position < slice.count {
            let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: memory[position...]))
            try body(view)
            position += view.size
        }
    }
}
