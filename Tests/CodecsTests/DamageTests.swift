// Input that no compressor wrote whole: cut at every byte, damaged at random, made up, made to explode.
import Codecs
import Glibc
import Records
import Testing

@Suite struct DamageTests {
    @Test(arguments: GoldenCodec.all)
    func `a golden stream cut at any byte is truncated, or whole up to the cut where streams follow one another`(golden: GoldenCodec) throws {
        let decompressor = Decompressor()
        let plain = golden.plain
        var surprises: [String] = []
        for cut in 0..<golden.compressed.count {
            do {
                let decoded = try decompressor.bytes(golden.compressed[..<cut], golden.codec, limit: plain.count)
                let isWhole = golden.mayEndEarly && memcmp(plain, decoded, decoded.count) == 0
                if !isWhole { surprises.append("cut at \(cut) gave \(decoded.count) bytes") }
            } catch {
                if error != .truncated(golden.codec) { surprises.append("cut at \(cut): \(error)") }
            }
        }
        #expect(surprises == [])
        // Nothing of the damage stays behind.
        #expect(try decompressor.bytes(golden.compressed, golden.codec, limit: plain.count) == plain)
    }

    @Test(arguments: GoldenCodec.all.filter { $0.plaintext == "counted" })
    func `a damaged stream gives an error or bytes within the limit`(golden: GoldenCodec) throws {
        let decompressor = Decompressor()
        let limit = golden.plain.count + 100
        var largest = 0
        for seed in 1...300 as ClosedRange<UInt64> {
            var random = SeededBytes(seed: seed)
            var damaged = golden.compressed
            for _ in 0...random.below(4) { damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8)) }
            if random.below(3) == 0 { damaged += random.bytes(random.below(20)) }
            largest = max(largest, (try? decompressor.bytes(damaged, golden.codec, limit: limit))?.count ?? 0)
        }
        #expect(largest <= limit)
        #expect(try decompressor.bytes(golden.compressed, golden.codec, limit: limit) == golden.plain)
    }

    @Test(arguments: everyCodec, [true, false])
    func `made-up bytes give an error or bytes within the limit`(codec: CompressionCodec, startsRight: Bool) {
        let decompressor = Decompressor()
        let starts: [CompressionCodec: [UInt8]] = [
            .gzip: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], .snappy: [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0],
            .lz4: [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82], .zstd: [0x28, 0xb5, 0x2f, 0xfd],
        ]
        var largest = 0
        for seed in 1...2000 as ClosedRange<UInt64> {
            var random = SeededBytes(seed: seed)
            let bytes = (startsRight ? starts[codec]! : []) + random.bytes(random.below(400))
            largest = max(largest, (try? decompressor.bytes(bytes, codec, limit: 10_000))?.count ?? 0)
        }
        #expect(largest <= 10_000)
    }

    @Test(arguments: everyCodec)
    func `no input is truncated input`(codec: CompressionCodec) {
        #expect(throws: CodecError.truncated(codec)) { try Decompressor().bytes([], codec, limit: 10) }
    }

    @Test func `a limit below the output by one byte is refused by name, at the output it is enough`() throws {
        let decompressor = Decompressor()
        for golden in GoldenCodec.all where golden.plaintext != "empty" {
            let size = golden.plain.count
            for limit in [0, size / 2, size - 1] where limit < size {
                #expect(throws: CodecError.tooLarge(golden.codec, limit: limit), "\(golden.testDescription)") {
                    try decompressor.bytes(golden.compressed, golden.codec, limit: limit)
                }
            }
            #expect(try decompressor.bytes(golden.compressed, golden.codec, limit: size) == golden.plain)
        }
    }

    @Test(arguments: everyCodec)
    func `a bomb is refused at the limit`(codec: CompressionCodec) throws {
        let bomb = try Compressor().bytes([UInt8](repeating: 0, count: 64 << 20), codec)
        let limit = 1 << 20
        let decompressor = Decompressor()
        #expect(throws: CodecError.tooLarge(codec, limit: limit)) { try decompressor.bytes(bomb, codec, limit: limit) }
        #expect(decompressor.outputMemoryBytes <= limit, "a bomb of \(bomb.count) bytes")
    }

    @Test func `a frame of few bytes that claims gigabytes takes no memory for them`() {
        // Snappy: a length of 2 GiB in front of nothing. Zstd: one segment of 2³² bytes, then an empty last block.
        let claims: [(CompressionCodec, [UInt8])] = [
            (.snappy, [0x80, 0x80, 0x80, 0x80, 0x08, 0]),
            (.zstd, [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
            // Zstd with a window of 2 GiB and no size.
            (.zstd, [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0]),
        ]
        for (codec, bytes) in claims {
            let decompressor = Decompressor()
            let count = (try? decompressor.bytes(bytes, codec, limit: Int(Int32.max)))?.count
            #expect(count ?? 0 == 0)
            #expect(decompressor.outputMemoryBytes <= 1 << 16)
        }
    }

    @Test func `bytes behind the end of a stream are refused`() {
        for golden in GoldenCodec.all where golden.variant != "block" && !golden.variant.hasPrefix("xerial") {
            #expect(throws: CodecError.self, "\(golden.testDescription)") {
                try Decompressor().bytes(golden.compressed + Array("trailing".utf8), golden.codec, limit: 1 << 20)
            }
        }
    }

    @Test func `a checksum that does not fit is corrupt`() {
        for golden in GoldenCodec.all where golden.plaintext == "counted" && (golden.codec == .gzip || golden.variant == "checked") {
            var bytes = golden.compressed
            // gzip ends with checksum and size, the others with the checksum.
            bytes[bytes.count - (golden.codec == .gzip ? 8 : 4)] ^= 1
            #expect("\(golden.testDescription)") {
                try Decompressor().bytes(bytes, golden.codec, limit: 1 << 20)
            } throws: { error in
                if case .corrupt(golden.codec, _)? = error as? CodecError { true } else { false }
            }
        }
    }
}
