// Which batches a reader of committed records passes over.
import Records
import Testing
import Vocabulary
import Wire

@testable import Client

@Suite struct AbortedBatchesTests {
    /// One record of `producer` at `offset`, transactional.
    private func batch(_ producer: ProducerID, at offset: Offset) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 200, alignment: 16)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 1)
        _ = [UInt8(1)].withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: 1) }
        let made = builder.finish(producerID: producer, producerEpoch: 0, baseSequence: 0)
        made[BatchLayout.attributes + 1] |= 0x10
        MutableBatch(made).assign(baseOffset: offset, leaderEpoch: 0)
        return Array(made)
    }

    private func marker(_ producer: ProducerID, _ outcome: EndTransactionMarker.Outcome, at offset: Offset) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: ControlBatch.size)
        bytes.withUnsafeMutableBytes {
            let marker = EndTransactionMarker(producerID: producer, producerEpoch: 0, outcome: outcome, coordinatorEpoch: 0)
            ControlBatch.write(marker, timestampMilliseconds: 1, into: $0)
            MutableBatch($0).assign(baseOffset: offset, leaderEpoch: 0)
        }
        return bytes
    }

    /// Offsets of the data batches that are passed over.
    private func passedOver(_ log: [[UInt8]], _ transactions: [FetchResponse.AbortedTransaction]) -> [Offset] {
        var aborted = AbortedBatches(transactions)
        return log.compactMap { bytes in
            bytes.withUnsafeBytes {
                let view = BatchView(unchecked: $0)
                return aborted.includes(view) && !view.isControl ? view.baseOffset : nil
            }
        }
    }

    @Test func `an aborted transaction is passed over up to its marker, the same producer's next one is not`() {
        let log = [
            batch(7, at: 0), marker(7, .commit, at: 1), batch(7, at: 2), batch(7, at: 3), marker(7, .abort, at: 4), batch(7, at: 5),
            marker(7, .commit, at: 6),
        ]
        #expect(passedOver(log, [.init(producerID: 7, firstOffset: 2)]) == [2, 3])
    }

    @Test func `transactions of several producers lie in each other, whatever the order of the list`() {
        let log = [
            batch(1, at: 0), batch(2, at: 1), batch(3, at: 2), marker(1, .abort, at: 3), batch(2, at: 4), marker(2, .commit, at: 5),
            batch(3, at: 6), marker(3, .abort, at: 7), batch(3, at: 8),
        ]
        let listed: [FetchResponse.AbortedTransaction] = [.init(producerID: 3, firstOffset: 2), .init(producerID: 1, firstOffset: 0)]
        #expect(passedOver(log, listed) == [0, 2, 6])
    }

    @Test func `a fetch that begins inside an aborted transaction passes the rest of it over`() {
        let log = [batch(9, at: 50), marker(9, .abort, at: 51), batch(9, at: 52)]
        #expect(passedOver(log, [.init(producerID: 9, firstOffset: 10)]) == [50])
        #expect(passedOver(log, []) == [])
    }
}
