internal import Records

/// Compresses the records of batches, one after the other.
///
/// Contexts and output memory are made at their first use and kept: once warm, a batch costs no allocation (but
/// for snappy, whose library makes its table of at most 32 KiB anew for every block). Belongs to one thread.
package final class Compressor {
    private let snappyFraming: SnappyFraming
    private let output = OutputMemory()
    private lazy var gzip = GzipEncoder()
    private lazy var lz4 = LZ4Encoder()
    private lazy var zstd = ZstdEncoder()

    /// - Parameter snappyFraming: what `.snappy` writes; both are read.
    package init(snappyFraming: SnappyFraming = .xerial) { self.snappyFraming = snappyFraming }

    /// The levels that a codec knows, least effort first; nil for codecs without levels.
    package static func levels(_ codec: Codec) -> ClosedRange<Int>? {
        switch codec {
        case .none, .snappy: nil
        case .gzip: GzipEncoder.levels
        case .lz4: LZ4Encoder.levels
        case .zstd: ZstdEncoder.levels
        }
    }

    /// `input` as the codec writes it: gzip one member; lz4 one frame of independent 64 KiB blocks without checksums,
    /// as Kafka's Java clients demand; zstd one frame that tells its size; snappy in the framing given to `init`.
    ///
    /// - Parameter level: one of `levels(codec)`, nil for the library's own default. Codecs without levels ignore it.
    /// - Returns: memory of the compressor, valid until its next call or its end; for `.none` the input itself.
    /// - Throws: `.tooLarge` when the input exceeds what the codec's lengths can say.
    package func compress(
        _ input: UnsafeRawBufferPointer, _ codec: Codec, level: Int? = nil
    ) throws(CodecError) -> UnsafeRawBufferPointer {
        if let level, let levels = Self.levels(codec) { precondition(levels.contains(level), "\(codec) has no level \(level)") }
        guard input.count <= Self.largestInput else { throw .tooLarge(codec, limit: Self.largestInput) }
        switch codec {
        case .none: return input
        case .gzip: gzip.encode(input, into: output, level: level)
        case .snappy: SnappyEncoder.encode(input, into: output, framing: snappyFraming)
        case .lz4: lz4.encode(input, into: output, level: level)
        case .zstd: zstd.encode(input, into: output, level: level)
        }
        return output.written
    }

    /// A batch's length is an Int32, whatever its codec.
    private static let largestInput = Int(Int32.max)
}
