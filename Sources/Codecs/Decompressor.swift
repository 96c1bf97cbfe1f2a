internal import Records

/// Decompresses the records of batches, one after the other, within a bound that the caller gives each time.
///
/// Contexts and output memory are made at their first use and kept: once warm, a batch costs no allocation.
/// Belongs to one thread. Memory: the largest output so far (8 MiB of it
/// for long) and one context per codec met (lz4: up to two blocks
/// of its largest size, 4 MiB; gzip 40 KiB; zstd 160 KiB; snappy none). zstd is decoded without a window of its
/// own, so a frame cannot ask for one.
package final class Decompressor {
    private let output = OutputMemory()
    private lazy var gzip = GzipDecoder()
    private lazy var lz4 = LZ4Decoder()
    private lazy var zstd = ZstdDecoder()

    package init() {}

    /// Bytes of output memory held, used or not: at most the largest limit given so far, or 4 KiB.
    package var outputMemoryBytes: Int { output.capacity }

    /// The bytes that `input` was made from.
    ///
    /// - Parameter limit: the most bytes that the output may have. It bounds the memory too.
    /// - Returns: memory of the decompressor, valid until its next call or its end; for `.none` the input itself.
    /// - Throws: `.tooLarge` when there would be more output; `.truncated` when the input ends early; `.corrupt`.
    ///   Snappy in xerial framing has no end mark: cut between two of its blocks it is whole, and shorter.
    package func decompress(
        _ input: UnsafeRawBufferPointer, _ codec: Codec, limit: Int
    ) throws(CodecError) -> UnsafeRawBufferPointer {
        if codec == .none {
            guard input.count <= limit else { throw .tooLarge(codec, limit: limit) }
            return input
        }
        guard input.count > 0 else { throw .truncated(codec) }
        switch codec {
        case .none: break
        case .gzip: try gzip.decode(input, into: output, limit: limit)
        case .snappy: try SnappyDecoder.decode(input, into: output, limit: limit)
        case .lz4: try lz4.decode(input, into: output, limit: limit)
        case .zstd: try zstd.decode(input, into: output, limit: limit)
        }
        guard !output.isPastLimit else { throw .tooLarge(codec, limit: limit) }
        return output.written
    }
}
