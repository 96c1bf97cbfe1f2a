import Bytes
@testable import Records
import Testing

@Suite struct ControlBatchTests {
    private func written(_ marker: EndTransactionMarker, timestamp: Int64 = 5) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xee, count: ControlBatch.size)
        bytes.withUnsafeMutableBytes { ControlBatch.write(marker, timestampMilliseconds: timestamp, into: $0) }
        return bytes
    }

    private func read(_ bytes: [UInt8]) throws -> EndTransactionMarker? {
        try bytes.withUnsafeBytes { try ControlBatch.marker(of: BatchValidation.stored($0)) }
    }

    private func resealed(_ bytes: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = bytes
        change(&bytes)
        let crc = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[BatchLayout.checksummed...])) }
        withUnsafeBytes(of: crc.bigEndian) { bytes.replaceSubrange(BatchLayout.crc..<BatchLayout.crc + 4, with: $0) }
        return bytes
    }

    @Test func `a marker is written as Kafka writes it`() throws {
        let marker = EndTransactionMarker(producerID: 0x0102, producerEpoch: 3, outcome: .commit, coordinatorEpoch: 0x0a0b)
        let bytes = written(marker)
        #expect(bytes.count == 78)
        // attributes 0x30, one record, base sequence −1
        #expect(Array(bytes[21..<23]) == [0, 0x30])
        #expect(Array(bytes[43..<61]) == [0, 0, 0, 0, 0, 0, 1, 2, 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1])
        // length 16, attributes, deltas 0 and 0, key of 4: version 0, type 1, value of 6: version 0, coordinator epoch, no headers
        #expect(Array(bytes[61...]) == [32, 0, 0, 0, 8, 0, 0, 0, 1, 12, 0, 0, 0, 0, 0x0a, 0x0b, 0])
        #expect(try read(bytes) == marker)
    }

    @Test func `a marker reads back, and its transaction version is not stored`() throws {
        for outcome in [EndTransactionMarker.Outcome.abort, .commit] {
            var marker = EndTransactionMarker(
                producerID: .max, producerEpoch: .max, outcome: outcome, coordinatorEpoch: .max, transactionVersion: 2)
            let found = try read(written(marker, timestamp: 1 << 40))
            marker.transactionVersion = 0
            #expect(found == marker)
        }
    }

    @Test func `other control records and emptied batches are no markers`() throws {
        let bytes = written(EndTransactionMarker(producerID: 1, producerEpoch: 0, outcome: .abort, coordinatorEpoch: 0))
        #expect(try read(resealed(bytes) { $0[69] = 2 }) == nil)
        #expect(try read(resealed(bytes) { $0[60] = 0 }) == nil)
        #expect(try read(resealed(bytes) { $0[22] = 0x10 }) == nil)
    }

    @Test func `a control record without a key or with a short value is refused`() {
        let bytes = written(EndTransactionMarker(producerID: 1, producerEpoch: 0, outcome: .abort, coordinatorEpoch: 0))
        // The key's length becomes −1 and its bytes the value's: the record no longer adds up, or has too little.
        #expect(throws: RecordError.self) { try read(resealed(bytes) { $0[65] = 1 }) }
        #expect(throws: RecordError.self) { try read(resealed(bytes) { $0[70] = 10 }) }
    }

    @Test func `a client's control batch is refused although transactions are admitted`() {
        let bytes = written(EndTransactionMarker(producerID: 1, producerEpoch: 0, outcome: .abort, coordinatorEpoch: 0))
        bytes.withUnsafeBytes { raw in
            _ = #expect(throws: RecordError.control) { try BatchValidation.produced(raw, admitsTransactions: true) }
        }
    }
}
