import Bytes
import Records
import Testing

/// A batch of one record "a" → "b" at timestamp 1000, as a well-behaved producer sends it.
private func batch() -> [UInt8] {
    var writer = ByteWriter()
    writer.int64(0)
    writer.int32(0)
    writer.int32(-1)
    writer.int8(2)
    writer.uint32(0)
    writer.int16(0)
    writer.int32(0)
    writer.int64(1000)
    writer.int64(1000)
    writer.int64(-1)
    writer.int16(-1)
    writer.int32(-1)
    writer.int32(1)
    let body: [UInt8] = [0, 0, 0, 2, 0x61, 2, 0x62, 0]
    writer.varint(Int32(body.count))
    writer.write(body)
    writer.patch(Int32(writer.count - BatchLayout.lengthOverhead), at: BatchLayout.batchLength)
    return sealed(Array(writer.bytes))
}

/// `bytes` with the checksum that belongs to them.
private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let crc = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[BatchLayout.checksummed...])) }
    for n in 0..<4 { bytes[BatchLayout.crc + n] = UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * n)) }
    return bytes
}

private func patched(_ position: Int, _ values: UInt8...) -> [UInt8] {
    var bytes = batch()
    for (n, value) in values.enumerated() { bytes[position + n] = value }
    return sealed(bytes)
}

private func validate(_ bytes: [UInt8]) throws {
    _ = try bytes.withUnsafeBytes { try BatchValidation.produced($0).recordCount }
}

@Suite struct BatchValidationTests {
    @Test func `every single flipped bit behind the checksum is caught`() {
        let good = batch()
        for byte in BatchLayout.crc..<good.count {
            for bit in 0..<8 {
                var bytes = good
                bytes[byte] ^= 1 << bit
                #expect(throws: RecordError.self, "byte \(byte) bit \(bit)") { try validate(bytes) }
            }
        }
    }

    @Test func `a batch cut at any byte is refused`() {
        let good = batch()
        for count in 0..<good.count {
            #expect(throws: RecordError.self, "\(count) bytes") { try validate(Array(good[..<count])) }
        }
    }

    @Test func `a correct checksum over a wrong count is refused`() {
        #expect(throws: RecordError.count(recordCount: 2, lastOffsetDelta: 0)) { try validate(patched(60, 2)) }
        var two = patched(60, 2)
        two[26] = 1
        #expect(throws: RecordError.self) { try validate(sealed(two)) }
    }

    @Test func `an absurd count is refused before anything is walked`() {
        var bytes = patched(57, 0x7f, 0xff, 0xff, 0xff)
        bytes.replaceSubrange(23..<27, with: [0x7f, 0xff, 0xff, 0xfe])
        #expect(throws: RecordError.walkedCount(1, headerSays: .max)) { try validate(sealed(bytes)) }
    }

    @Test func `a batch with another one behind it is refused`() {
        #expect(throws: RecordError.self) { try validate(batch() + batch()) }
    }

    @Test func `a maximum timestamp that no record has is refused`() {
        #expect(throws: RecordError.timestamps(max: 1001, walked: 1000)) { try validate(patched(41, 0x03, 0xe9)) }
    }

    @Test func `a producer id without a sequence is refused`() {
        #expect(throws: RecordError.producer(id: 5, epoch: -1, baseSequence: -1)) {
            try validate(patched(43, 0, 0, 0, 0, 0, 0, 0, 5))
        }
    }

    @Test func `an unknown codec is refused`() {
        #expect(throws: RecordError.codec(5)) { try validate(patched(22, 5)) }
    }

    @Test func `a marker or a record of a transaction is refused from a client`() {
        #expect(throws: RecordError.control) { try validate(patched(22, 0x20)) }
        #expect(throws: RecordError.transactional) { try validate(patched(22, 0x10)) }
    }

    @Test func `a good batch reads back and the broker's stamps leave it good`() throws {
        var bytes = batch()
        try validate(bytes)
        try bytes.withUnsafeMutableBytes { raw in
            let batch = MutableBatch(raw)
            batch.assign(baseOffset: 4_000_000_000, leaderEpoch: 7)
            let view = try BatchValidation.produced(UnsafeRawBufferPointer(raw))
            #expect(view.baseOffset == 4_000_000_000)
            #expect(view.nextOffset == 4_000_000_001)
            #expect(view.leaderEpoch == 7)
            var records = RecordIterator(view.records)
            let record = try records.next()
            #expect(record?.key.map(Array.init) == [0x61])
            #expect(record?.value.map(Array.init) == [0x62])
            #expect(try records.next() == nil)
        }
    }
}

extension RecordView? {
    fileprivate static func == (record: RecordView?, _: _OptionalNilComparisonType) -> Bool {
        if case .none = record { true } else { false }
    }
}
