// Both directions, against implementations by other people and against ourselves.
import Codecs
import Foundation
import Records
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: GoldenCodec.all)
    func `what other implementations wrote decodes to the plaintext`(golden: GoldenCodec) throws {
        #expect(try Decompressor().bytes(golden.compressed, golden.codec, limit: 1 << 20) == golden.plain)
    }

    @Test func `the goldens hold every codec in every variant, over every plaintext`() {
        let variants = Dictionary(grouping: GoldenCodec.all, by: \.codec).mapValues { Set($0.map(\.variant)).count }
        #expect(variants == [.gzip: 5, .snappy: 4, .lz4: 5, .zstd: 6])
        #expect(Set(GoldenCodec.all.map(\.plaintext)) == Set(GoldenCodec.plaintexts.keys))
    }

    @Test func `one decompressor goes through all goldens in any order`() throws {
        let decompressor = Decompressor()
        for seed in 1...5 as ClosedRange<UInt64> {
            var random = SeededBytes(seed: seed)
            for golden in GoldenCodec.all.map({ (random.next(), $0) }).sorted(by: { $0.0 < $1.0 }).map(\.1) {
                #expect(try decompressor.bytes(golden.compressed, golden.codec, limit: 1 << 20) == golden.plain, "seed \(seed)")
            }
        }
    }

    @Test(arguments: everyCodec)
    func `what we compress, at every size around a block's and at every level, we decompress`(codec: CompressionCodec) throws {
        let (compressors, decompressor) = ([Compressor(), Compressor(snappyFraming: .block)], Decompressor())
        var random = SeededBytes(seed: 7)
        let noise = random.bytes(200_000)
        let text = GoldenCodec.plaintexts["long"]!
        for size in [0, 1, 2, 100, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 75_000] {
            for plain in [Array(noise[..<size]), Array(text[..<min(size, text.count)])] {
                for compressor in compressors {
                    let compressed = try compressor.bytes(plain, codec)
                    #expect(try decompressor.bytes(compressed, codec, limit: plain.count) == plain)
                }
            }
        }
        for level in Compressor.levels(codec) ?? 0...0 where level >= -5 {
            let compressed = try compressors[0].bytes(Array(text[..<20_000]), codec, level: level)
            #expect(try decompressor.bytes(compressed, codec, limit: 20_000) == Array(text[..<20_000]), "level \(level)")
        }
    }

    @Test func `what we compress, other implementations decompress`() throws {
        var random = SeededBytes(seed: 11)
        let plaintexts = GoldenCodec.plaintexts.values + [random.bytes(70_000)]
        var lines = ""
        var count = 0
        for compressor in [Compressor(), Compressor(snappyFraming: .block)] {
            for codec in everyCodec {
                for plain in plaintexts {
                    // kafka-python's reader knows no Snappy stream without data.
                    if codec == .snappy, plain.isEmpty { continue }
                    for level in [nil, Compressor.levels(codec)?.upperBound] {
                        lines += "\(codec) \(hex(try compressor.bytes(plain, codec, level: level))) \(hex(plain))\n"
                        count += 1
                    }
                }
            }
        }
        #expect(try checked(lines) == "\(count)\n", "needs Python with the packages of Tests/Interop/requirements.txt; run Scripts/test")
    }

    @Test func `nothing to do for no codec but to keep the limit`() throws {
        #expect(try Decompressor().bytes([1, 2, 3], .none, limit: 3) == [1, 2, 3])
        #expect(try Compressor().bytes([1, 2, 3], .none) == [1, 2, 3])
        #expect(throws: CodecError.tooLarge(.none, limit: 2)) { try Decompressor().bytes([1, 2, 3], .none, limit: 2) }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// What codecs.py --check says of `lines`.
    private func checked(_ lines: String) throws -> String {
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = [
            ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3",
            GoldenCodec.file.deletingLastPathComponent().appendingPathComponent("codecs.py").path, "--check",
        ]
        let (input, output) = (Pipe(), Pipe())
        python.standardInput = input
        python.standardOutput = output
        try python.run()
        try input.fileHandleForWriting.write(contentsOf: Data(lines.utf8))
        try input.fileHandleForWriting.close()
        python.waitUntilExit()
        return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
