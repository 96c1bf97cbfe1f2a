import Bytes
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Files whose checksums are right and whose contents are not: whatever they say, it is taken or refused, never believed
/// into a crash.
@Suite struct ProducerDecodingTests {
    private func checksum(_ bytes: ArraySlice<UInt8>, continuing seed: UInt32 = 0) -> [UInt8] {
        let crc = Array(bytes).withUnsafeBytes { CRC32C.checksum($0, continuing: seed) }
        return withUnsafeBytes(of: crc.bigEndian) { Array($0) }
    }

    @Test func `a snapshot of any content with the right checksum is refused or can be lived with`() throws {
        let producers: [ProducerState.Remembered] = (0..<4).map { id in
            .init(
                id: id, epoch: 1, coordinatorEpoch: 2, timestamp: 3, lastOffset: 40 + id, transactionStart: id == 2 ? 41 : nil,
                batches: (0..<id).map { SequencedBatch(firstSequence: Int32($0), lastSequence: Int32($0), lastOffset: 30 + $0) })
        }
        let good = ProducerSnapshot.encode(producers)
        var generator = SplitMix(41)
        var taken = 0
        for round in 0..<4000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 6..<bytes.count, using: &generator)] = round % 3 == 0 ? 0xff : UInt8.random(in: 0...255, using: &generator)
            }
            if round % 5 == 0 { bytes.removeLast(Int.random(in: 1...30, using: &generator)) }
            bytes.replaceSubrange(2..<6, with: checksum(bytes[6...]))
            guard let decoded = try? ProducerSnapshot.decode(bytes) else { continue }
            taken += 1
            let state = ProducerState()
            state.restore(decoded)
            #expect(state.remembered().count <= decoded.count)
            batch(1, producer: 2, epoch: 9, sequence: 0, isTransactional: true).withUnsafeBytes { raw in
                state.stage(BatchView(unchecked: raw), baseOffset: 50, index: 0)
                state.commit(below: 1)
            }
            let marker = EndTransactionMarker(producerID: 2, producerEpoch: 9, outcome: .abort, coordinatorEpoch: 9)
            state.replay(marker, at: 51, timestamp: 0)
            #expect(state.ongoingTransaction(of: 2) == nil)
            #expect(state.takeAborted().count == 1)
        }
        #expect(taken > 1000)
    }

    @Test func `a transaction index of any content with the right checksum is refused or can be searched`() throws {
        let rig = try Rig()
        for round in Int32(0)..<6 {
            try rig.stageInTransaction(7, round)
            try rig.end(.abort(7))
        }
        try rig.close()
        let path = rig.path(0, ".txnindex")
        let good = rig.disk.bytes(of: path)!
        let entries = good.count - TransactionIndex.entryBytes
        var generator = SplitMix(43)
        var taken = 0
        for round in 0..<600 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<(entries + 18), using: &generator)
                bytes[place] = round % 2 == 0 ? bytes[place] ^ 1 : UInt8.random(in: 0...255, using: &generator)
            }
            bytes.replaceSubrange((entries + 18)..<(entries + 22), with: checksum(bytes[..<(entries + 18)]))
            rig.disk.damage(path) { $0 = bytes }
            try rig.open()
            if rig.report.transactionIndexesRebuilt == 0 { taken += 1 }
            for from in Offset(0)..<12 { _ = try rig.log.abortedTransactions(from: from, upTo: 12) }
            if rig.report.transactionIndexesRebuilt > 0 {
                #expect(try rig.log.abortedTransactions(from: 0, upTo: 12).map(\.firstOffset) == [0, 2, 4, 6, 8, 10])
            }
            try rig.close()
        }
        #expect(taken > 20 && taken < 500)
    }
}
