// What the codec tests share: arrays in and out, and seeded bytes.
import Codecs
import Records

let everyCodec: [CompressionCodec] = [.gzip, .snappy, .lz4, .zstd]

extension Decompressor {
    func bytes(_ input: some Sequence<UInt8>, _ codec: CompressionCodec, limit: Int) throws(CodecError) -> [UInt8] {
        // A copy that ends where its allocation ends, as a sanitizer likes it.
        let memory = Array(input)
        let result = memory.withUnsafeBytes { buffer -> Result<[UInt8], CodecError> in
            do throws(CodecError) { return .success(Array(try decompress(buffer, codec, limit: limit))) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

extension Compressor {
    func bytes(_ input: [UInt8], _ codec: CompressionCodec, level: Int? = nil) throws -> [UInt8] {
        try input.withUnsafeBytes { Array(try compress($0, codec, level: level)) }
    }
}

/// SplitMix64.
struct SeededBytes {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
