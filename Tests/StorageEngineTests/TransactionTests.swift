import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct TransactionTests {
    private func aborted(_ producer: ProducerID, _ first: Offset, _ last: Offset, stable: Offset) -> AbortedTransaction {
        AbortedTransaction(producerID: producer, firstOffset: first, lastOffset: last, lastStableOffset: stable)
    }

    @Test func `at the door a client's control batch and an unannounced transaction are refused`() throws {
        let rig = try Rig()
        let bytes = batch(1, producer: 7, epoch: 0, sequence: 0, isTransactional: true)
        #expect(throws: StorageError.record(.transactional)) { try rig.stage(bytes) }
        var control = bytes
        control[BatchLayout.attributes + 1] = 0x30
        #expect(throws: StorageError.record(.control)) {
            try rig.log.stage(rig.buffers.hold(sealed(control)), admits: .trusted)
        }
        let anonymous = batch(1, isTransactional: true)
        #expect(throws: StorageError.record(.producer(id: -1, epoch: -1, baseSequence: -1))) {
            try rig.log.stage(rig.buffers.hold(anonymous), admits: .trusted)
        }
        #expect(rig.log.stagedCount == 0)
    }

    @Test func `the last stable offset is the first of the oldest open transaction`() throws {
        let rig = try Rig()
        try rig.append(batch(2))
        #expect(rig.log.lastStableOffset == 2)
        try rig.stageInTransaction(7, 0, count: 3)
        #expect(rig.log.lastStableOffset == 2)
        _ = try rig.write()
        try rig.stageInTransaction(8, 0)
        try rig.append(batch(1))
        #expect((rig.log.lastStableOffset, rig.log.highWatermark) == (2, 7))
        try rig.end(.commit(7))
        #expect(rig.log.lastStableOffset == 5)
        #expect(rig.log.ongoingTransaction(of: 8) == OngoingTransaction(firstOffset: 5, producerEpoch: 0))
        #expect(rig.log.ongoingTransaction(of: 7) == nil)
        try rig.end(.abort(8))
        #expect((rig.log.lastStableOffset, rig.log.highWatermark) == (9, 9))
    }

    @Test func `a transaction that ended holds the last stable offset until the high watermark has passed its marker`() throws {
        let rig = try Rig(["flush.messages": "1"])
        rig.handleFlushes()
        try rig.append(batch(1))
        rig.log.setFlushHandler(nil)
        try rig.stageInTransaction(7, 0)
        _ = try rig.write()
        #expect((rig.log.highWatermark, rig.log.lastStableOffset) == (1, 1))
        rig.handleFlushes()
        // A flush tells how far it came when it is delivered: both transactions' ends are behind it.
        try rig.stageInTransaction(8, 0)
        _ = try rig.log.writeStaged()
        try rig.stage(.commit(7))
        _ = try rig.log.writeStaged()
        #expect((rig.log.highWatermark, rig.log.lastStableOffset) == (1, 1))
        rig.deliverFlushes()
        #expect((rig.log.highWatermark, rig.log.lastStableOffset) == (4, 2))
    }

    @Test func `aborted transactions are listed by what they touch, and committed ones never`() throws {
        let rig = try Rig()
        try rig.stageInTransaction(7, 0)  // 0
        try rig.stageInTransaction(8, 0)  // 1
        try rig.stageInTransaction(9, 0)  // 2
        try rig.stage(.abort(8))  // 3
        try rig.stage(.commit(7))  // 4
        try rig.stageInTransaction(8, 1)  // 5
        try rig.stage(.abort(9))  // 6
        try rig.stage(.abort(8))  // 7
        _ = try rig.write()
        let all = [aborted(8, 1, 3, stable: 0), aborted(9, 2, 6, stable: 5), aborted(8, 5, 7, stable: 8)]
        #expect(try rig.log.abortedTransactions(from: 0, upTo: 8) == all)
        #expect(try rig.log.abortedTransactions(from: 0, upTo: 1) == [])
        #expect(try rig.log.abortedTransactions(from: 0, upTo: 2) == [all[0]])
        #expect(try rig.log.abortedTransactions(from: 4, upTo: 5) == [all[1]])
        #expect(try rig.log.abortedTransactions(from: 7, upTo: 8) == [all[2]])
        #expect(try rig.log.abortedTransactions(from: 8, upTo: 8) == [])
        #expect(try rig.readCommitted() == [CommittedBatch(baseOffset: 0, producer: 7, count: 1)])
    }

    @Test func `the producers of a partition are told as they are written`() throws {
        let rig = try Rig()
        try rig.append(batch(3, producer: 5, epoch: 1, sequence: 0, timestamp: 700))
        try rig.stageInTransaction(7, 0, count: 2)
        _ = try rig.write()
        try rig.end(.abort(9, epoch: 4, coordinator: 6))
        // Staged is not written yet.
        try rig.stageInTransaction(9, 0, epoch: 4)
        let expected = [
            ActiveProducer(producerID: 5, producerEpoch: 1, lastSequence: 2, lastTimestamp: 702, coordinatorEpoch: nil, transactionStart: nil),
            ActiveProducer(producerID: 7, producerEpoch: 0, lastSequence: 1, lastTimestamp: 1001, coordinatorEpoch: nil, transactionStart: 3),
            ActiveProducer(producerID: 9, producerEpoch: 4, lastSequence: nil, lastTimestamp: 1000, coordinatorEpoch: 6, transactionStart: nil),
        ]
        #expect(rig.log.activeProducers() == expected)
        try rig.crash()
        #expect(rig.log.activeProducers() == expected)
    }

    @Test func `a marker that ends nothing takes an offset, fences, and is listed nowhere`() throws {
        let rig = try Rig()
        try rig.end(.abort(7, epoch: 3, coordinator: 2))
        #expect((rig.log.logEndOffset, rig.log.lastStableOffset) == (1, 1))
        #expect(try rig.log.abortedTransactions(from: 0, upTo: 1).isEmpty)
        #expect(throws: StorageError.producerFenced(producer: 7, got: 2, current: 3)) { try rig.stageInTransaction(7, 0, epoch: 2) }
        #expect(rig.disk.bytes(of: rig.path(0, ".txnindex")) == nil)
    }

    @Test func `a transaction and its end in one write are both there behind it`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        for round: Int32 in 0..<8 {
            try rig.stageInTransaction(7, round, valueBytes: 400)
            try rig.stage(round % 2 == 0 ? .abort(7) : .commit(7))
        }
        _ = try rig.write()
        #expect(rig.log.lastStableOffset == 16)
        #expect(try rig.log.abortedTransactions(from: 0, upTo: 16).map(\.firstOffset) == [0, 4, 8, 12])
        #expect(try rig.readCommitted().map(\.baseOffset) == [2, 6, 10, 14])
        #expect(rig.log.segments.count > 4)
    }

    @Test func `a failed write leaves no trace of the transactions in it`() throws {
        let rig = try Rig()
        try rig.stageInTransaction(7, 0)
        _ = try rig.write()
        try rig.stageInTransaction(8, 0)
        try rig.stage(.abort(7))
        rig.disk.plan(.fails(EIO), at: 1)
        #expect(throws: StorageError.self) { try rig.write() }
        #expect(rig.log.ongoingTransaction(of: 8) == nil)
        #expect(rig.log.ongoingTransaction(of: 7) != nil)
        rig.storage.abandon()
        try rig.crash()
        #expect((rig.log.logEndOffset, rig.log.lastStableOffset) == (1, 0))
    }

    @Test func `many aborted transactions are found through the file and through memory`() throws {
        let rig = try Rig()
        let count = 3 * StorageLimits.indexTailEntries + 17
        for round in 0..<count {
            try rig.stageInTransaction(7, Int32(round))
            try rig.stage(.abort(7))
            if round % 20 == 0 { _ = try rig.write() }
        }
        _ = try rig.write()
        for round in stride(from: 0, to: count, by: 7) {
            let first = Offset(2 * round)
            #expect(try rig.log.abortedTransactions(from: first, upTo: first + 2).map(\.firstOffset) == [first])
            #expect(try rig.log.abortedTransactions(from: first + 1, upTo: first + 3).map(\.firstOffset) == (round + 1 < count ? [first, first + 2] : [first]))
        }
        #expect(try rig.log.abortedTransactions(from: 0, upTo: rig.log.logEndOffset).count == count)
        try rig.reopen()
        #expect(rig.report.complaints == [])
        #expect(try rig.log.abortedTransactions(from: 0, upTo: rig.log.logEndOffset).count == count)
        try rig.stageInTransaction(7, Int32(count))
        try rig.end(.abort(7))
        #expect(try rig.log.abortedTransactions(from: 0, upTo: rig.log.logEndOffset).count == count + 1)
        try rig.reopen()
        #expect(rig.report.transactionIndexesRebuilt == 0)
        #expect(try rig.log.abortedTransactions(from: 0, upTo: rig.log.logEndOffset).count == count + 1)
    }
}
