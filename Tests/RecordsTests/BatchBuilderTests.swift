import Bytes
import Records
import Testing

private let base: Int64 = 1_700_000_000_000

/// What `build` writes into memory of `capacity` bytes, filled with noise before.
private func batch(
    capacity: Int = 1 << 20, producer: (Int64, Int16, Int32) = (-1, -1, -1), timestamp: Int64 = base,
    _ build: (inout BatchBuilder) -> Void
) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0xa5)
    var builder = BatchBuilder(into: memory)
    builder.begin(timestampMilliseconds: timestamp)
    build(&builder)
    return Array(builder.finish(producerID: producer.0, producerEpoch: producer.1, baseSequence: producer.2))
}

private func add(_ builder: inout BatchBuilder, _ key: [UInt8]?, _ value: [UInt8]?, at timestamp: Int64 = base) -> Bool {
    func pointing<R>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
    return pointing(key) { key in
        pointing(value) { value in builder.append(key: key, value: value, timestampMilliseconds: timestamp) }
    }
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func repeated(_ letter: String, _ count: Int) -> [UInt8] { Array(repeating: bytes(letter)[0], count: count) }

@Suite struct BatchBuilderTests {
    @Test func `a record that does not fit leaves the batch as it was`() throws {
        let built = batch(capacity: 200) { builder in
            #expect(add(&builder, nil, repeated("x", 100)))
            let before = builder.byteCount
            #expect(!add(&builder, nil, repeated("x", 100)))
            #expect(builder.byteCount == before && builder.recordCount == 1)
        }
        let count = try built.withUnsafeBytes { try BatchValidation.produced($0).recordCount }
        #expect(count == 1)
    }

    @Test func `a run of which nothing fits leaves no timestamp behind`() throws {
        let pool = PayloadPool(valueSize: 100, seed: 1, byteCount: 1 << 12)
        let stamp = PayloadStamp(producer: 0, sequence: 0, intendedNanoseconds: 0, partition: 0)
        var cursor = 0
        let built = batch(capacity: 200) { builder in
            #expect(builder.appendRun(5, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base) == 1)
            #expect(builder.appendRun(5, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base + 7) == 0)
        }
        let latest = try built.withUnsafeBytes { try BatchValidation.produced($0).maxTimestamp }
        #expect(latest == base)
    }

    @Test func `the last record may end with the memory`() throws {
        // 61 of header, 7 of record around a value of 20.
        let built = batch(capacity: 61 + 7 + 20) { builder in #expect(add(&builder, nil, repeated("x", 20))) }
        #expect(built.count == 88)
        _ = try built.withUnsafeBytes { try BatchValidation.produced($0).recordCount }
    }

    @Test func `batches are those of an independent client, byte for byte`() {
        #expect(GoldenBatches.is("single", batch(timestamp: 1000) { _ = add(&$0, bytes("a"), bytes("b"), at: 1000) }))
        #expect(GoldenBatches.is("nulls", batch {
            _ = add(&$0, nil, bytes("v"))
            _ = add(&$0, bytes("k"), nil)
            _ = add(&$0, nil, nil)
            _ = add(&$0, [], [])
        }))
        #expect(GoldenBatches.is("timestamps", batch {
            for (n, delta) in [0, 63, 64, 8191, 8192, 1_048_576, 5, -1].enumerated() {
                _ = add(&$0, nil, repeated("x", n), at: base + Int64(delta))
            }
        }))
        #expect(GoldenBatches.is("producer", batch(producer: (4711, 3, 2_147_483_600)) {
            for n in 0..<200 {
                let value = Array(repeating: bytes("value \(n)"), count: n % 40).flatMap { $0 }
                _ = add(&$0, bytes("key-\(n)"), value, at: base + Int64(n / 10))
            }
        }))
        #expect(GoldenBatches.is("lengths", batch {
            for n in [0, 1, 55, 56, 57, 63, 64, 127, 128, 8170, 8191, 8192, 8193, 20000] {
                _ = add(&$0, repeated("k", n / 2), repeated("v", n))
            }
        }))
    }

    @Test func `stamped runs are those of an independent client, byte for byte`() {
        let pool = PayloadPool(valueSize: 100, seed: 42, byteCount: 7 * 68)
        #expect(pool.slotCount == 7)
        let stamp = PayloadStamp(producer: 5, sequence: 1000, intendedNanoseconds: 123_456_789, partition: 2)
        let run = batch(producer: (9, 0, 0)) {
            var cursor = 0
            #expect($0.appendRun(150, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base) == 150)
            #expect(cursor == 150 % 7)
        }
        #expect(GoldenBatches.is("stamped", run))
        let singles = batch(producer: (9, 0, 0)) {
            var cursor = 0
            for n in 0..<150 {
                var stamp = stamp
                stamp.sequence += UInt64(n)
                #expect($0.append(stamp, from: pool, cursor: &cursor, key: nil, timestampMilliseconds: base))
            }
        }
        #expect(GoldenBatches.is("stamped", singles))
        let bare = PayloadPool(valueSize: 32, seed: 1, byteCount: 1)
        #expect(GoldenBatches.is("bare", batch {
            var cursor = 0
            let first = PayloadStamp(producer: 1, sequence: 0, intendedNanoseconds: 7, partition: 0)
            _ = $0.appendRun(3, first: first, from: bare, cursor: &cursor, timestampMilliseconds: base)
        }))
    }

    @Test(arguments: [1, 20, 31, 32, 33, 57, 64, 100, 1024])
    func `a run is what single appends write, at every width of every varint`(valueSize: Int) throws {
        let pool = PayloadPool(valueSize: valueSize, seed: 3, byteCount: 4096)
        let stamp = PayloadStamp(producer: 1, sequence: 0, intendedNanoseconds: 99, partition: 0)
        // Beyond 8,192 records the offset delta takes three bytes; a timestamp 70 ms on takes two.
        let count = valueSize == 64 ? 9000 : 300
        for timestampDelta in [Int64(0), 70, -5] {
            let run = batch { builder in
                var cursor = 0
                let appended = builder.appendRun(
                    count, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base + timestampDelta)
                #expect(appended == count)
            }
            let single = batch { builder in
                var cursor = 0
                var stamp = stamp
                for _ in 0..<count {
                    #expect(builder.append(stamp, from: pool, cursor: &cursor, key: nil, timestampMilliseconds: base + timestampDelta))
                    stamp.sequence += 1
                }
            }
            let same = run == single
            #expect(same, "\(timestampDelta) ms")
            let walked = try run.withUnsafeBytes { try BatchValidation.produced($0).recordCount }
            #expect(walked == Int32(count))
        }
    }

    @Test func `a run stops where the memory does and goes on in the next batch`() throws {
        let pool = PayloadPool(valueSize: 100, seed: 3, byteCount: 4096)
        let stamp = PayloadStamp(producer: 1, sequence: 0, intendedNanoseconds: 99, partition: 0)
        let built = batch(capacity: 1000) { builder in
            var cursor = 0
            let appended = builder.appendRun(100, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base)
            #expect(appended == Int(builder.recordCount) && appended == 8)
        }
        _ = try built.withUnsafeBytes { try BatchValidation.produced($0).recordCount }
    }

    @Test func `a run that finds no room leaves no trace, in the timestamps neither`() throws {
        let pool = PayloadPool(valueSize: 100, seed: 3, byteCount: 4096)
        let stamp = PayloadStamp(producer: 1, sequence: 0, intendedNanoseconds: 99, partition: 0)
        let built = batch(capacity: 1000) { builder in
            var cursor = 0
            _ = builder.appendRun(100, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base)
            let more = builder.appendRun(100, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: base + 5)
            #expect(more == 0)
        }
        _ = try built.withUnsafeBytes { try BatchValidation.produced($0).recordCount }
    }

    @Test(arguments: [nil, 8] as [Int?], [0, 1, 3])
    func `records of many sizes, with keys and headers, are whole and carry their stamps`(keyBytes: Int?, headerCount: Int) throws {
        let pool = PayloadPool(valueSizes: 32...3000, mean: 500, seed: 3, byteCount: 1 << 16)
        let headers = headerCount == 0 ? nil : RecordHeaders(count: headerCount, valueBytes: 20, seed: 5)
        let key = keyBytes.map { repeated("k", $0) }
        let sizes = (0..<200).map { 32 + $0 * 7919 % 2969 } + [32, 3000]
        var position = 0
        let built = batch { builder in
            for (n, size) in sizes.enumerated() {
                let stamp = PayloadStamp(producer: 1, sequence: UInt64(n), intendedNanoseconds: 99, partition: 0)
                let isTaken = (key ?? []).withUnsafeBytes { bytes in
                    builder.append(
                        stamp, valueSize: size, from: pool, position: &position, key: key == nil ? nil : bytes,
                        headers: headers?.block(n % headers!.blockCount), timestampMilliseconds: base)
                }
                #expect(isTaken)
            }
        }
        try built.withUnsafeBytes { bytes in
            let view = try BatchValidation.produced(bytes)
            #expect(view.recordCount == Int32(sizes.count))
            var records = RecordIterator(view.records)
            for (n, size) in sizes.enumerated() {
                let record = try #require(try records.next()), value = try #require(record.value)
                #expect(value.count == size && PayloadStamp.verify(value) && PayloadStamp(reading: value)?.sequence == UInt64(n))
                #expect(record.key.map { Array($0) } == key)
                #expect(record.headers.count == (headers?.blockBytes ?? 1))
                if let headers { #expect(Array(record.headers) == Array(headers.block(n % headers.blockCount))) }
            }
            #expect(try records.next() == nil)
        }
    }

    @Test func `one size is built as it is by slots, where the pool's text is the slot's`() {
        let pool = PayloadPool(valueSize: 100, seed: 3, byteCount: 4096)
        let stamp = PayloadStamp(producer: 1, sequence: 0, intendedNanoseconds: 99, partition: 0)
        var (cursor, position) = (0, 0)
        let slots = batch { builder in
            for _ in 0..<50 { _ = builder.append(stamp, from: pool, cursor: &cursor, key: nil, timestampMilliseconds: base) }
            #expect(cursor == 50)
        }
        let stretches = batch { builder in
            for _ in 0..<50 {
                _ = builder.append(stamp, valueSize: 100, from: pool, position: &position, key: nil, headers: nil, timestampMilliseconds: base)
            }
            #expect(position == 50 * 68)
        }
        #expect(slots == stretches)
    }

    @Test func `a record of some size that does not fit leaves batch and pool as they were`() {
        let pool = PayloadPool(valueSizes: 32...200, mean: 100, seed: 3, byteCount: 4096)
        let stamp = PayloadStamp(producer: 1, sequence: 0, intendedNanoseconds: 99, partition: 0)
        var position = 0
        _ = batch(capacity: 300) { builder in
            _ = builder.append(stamp, valueSize: 200, from: pool, position: &position, key: nil, headers: nil, timestampMilliseconds: base)
            let (bytes, place) = (builder.byteCount, position)
            let isTaken = builder.append(stamp, valueSize: 40, from: pool, position: &position, key: nil, headers: nil, timestampMilliseconds: base)
            #expect(!isTaken && builder.byteCount == bytes && position == place && builder.recordCount == 1)
        }
    }

    @Test func `headers are as they were asked for, and their values do not repeat`() throws {
        let headers = RecordHeaders(count: 2, valueBytes: 16, seed: 1)
        #expect(headers.blockBytes == RecordHeaders.encodedBytes(count: 2, valueBytes: 16) && headers.blockBytes == 1 + 2 * (1 + 2 + 1 + 16))
        #expect(headers.blockCount == 256)
        let blocks = (0..<headers.blockCount).map { Array(headers.block($0)) }
        #expect(Set(blocks).count == 256)
        // Count 2; length 2, “h0”, length 16.
        #expect(Array(blocks[7].prefix(5)) == [4, 4, 0x68, 0x30, 32] && Array(blocks[7][21..<25]) == [4, 0x68, 0x31, 32])
        #expect(RecordHeaders(count: 100, valueBytes: 65_536, seed: 1).blockCount == 1)
        #expect(Array(RecordHeaders(count: 2, valueBytes: 16, seed: 1).block(9)) == blocks[9])
        #expect(Array(RecordHeaders(count: 2, valueBytes: 16, seed: 2).block(9)) != blocks[9])
    }

    @Test func `a re-sealed batch passes with its new producer`() throws {
        var built = batch { _ = add(&$0, nil, bytes("v")) }
        built.withUnsafeMutableBytes { BatchBuilder.reseal($0, producerID: 77, producerEpoch: 1, baseSequence: 5) }
        let id = try built.withUnsafeBytes { try BatchValidation.produced($0).producerID }
        #expect(id == 77)
    }
}

@Suite struct PayloadStampTests {
    @Test func `a flipped bit anywhere in a stamped value is seen`() {
        var value = [UInt8](repeating: 9, count: 50)
        let stamp = PayloadStamp(producer: 1, sequence: 2, intendedNanoseconds: 3, partition: 4)
        value.withUnsafeMutableBytes { stamp.write(into: $0) }
        #expect(value.withUnsafeBytes { PayloadStamp.verify($0) })
        #expect(value.withUnsafeBytes { PayloadStamp(reading: $0) } == stamp)
        for byte in value.indices {
            for bit in 0..<8 {
                value[byte] ^= 1 << bit
                #expect(!value.withUnsafeBytes { PayloadStamp.verify($0) }, "byte \(byte) bit \(bit)")
                value[byte] ^= 1 << bit
            }
        }
    }

    @Test func `a value without room or magic has no stamp`() {
        let short = [UInt8](repeating: 0, count: 31)
        #expect(short.withUnsafeBytes { PayloadStamp(reading: $0) } == nil)
        #expect(!short.withUnsafeBytes { PayloadStamp.verify($0) })
        let other = [UInt8](repeating: 0x54, count: 40)
        #expect(other.withUnsafeBytes { PayloadStamp(reading: $0) } == nil)
    }

    @Test func `the same seed gives the same pool and another seed another`() {
        let pools = [7, 7, 8].map { PayloadPool(valueSize: 100, seed: $0, byteCount: 4096) }
        #expect(Array(pools[0].body(3)) == Array(pools[1].body(3)))
        #expect(Array(pools[0].body(3)) != Array(pools[2].body(3)))
    }
}

@Suite struct Murmur2Tests {
    // Vectors of Kafka's own UtilsTest.testMurmur2.
    @Test(arguments: [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func `the hash is Kafka's`(key: String, hash: Int32) {
        #expect(bytes(key).withUnsafeBytes { Murmur2.hash($0) } == hash)
    }

    @Test func `a negative hash still names a partition`() {
        let partition = bytes("21").withUnsafeBytes { Murmur2.partition($0, of: 7) }
        #expect(partition == (Int32(-973_932_308) & Int32.max) % 7)
    }
}

@Suite struct CRC32CJoinTests {
    @Test func `joined checksums are the checksum of the whole`() {
        let whole = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        for split in [0, 1, 28, 31, 700, 4093, 5000] {
            let (a, b) = whole.withUnsafeBytes {
                (CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<split])), CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[split...])))
            }
            let join = CRC32CJoin(appending: 5000 - split)
            #expect(join.joined(a, b) == whole.withUnsafeBytes { CRC32C.checksum($0) }, "split at \(split)")
        }
    }

    @Test func `the short path gives the same checksum`() {
        let bytes = (0..<100).map { UInt8($0) }
        for count in 0...100 {
            bytes.withUnsafeBytes {
                #expect(CRC32C.short($0.baseAddress!, count: count) == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<count])))
            }
        }
    }
}
