// What a batch's attributes may name as the compression of its records, and what can be wrong with such bytes.
package import Records

/// The codec of a batch's records, as bits 0-2 of its attributes say it.
package typealias Codec = CompressionCodec

/// Why bytes could not be compressed or decompressed.
package enum CodecError: Error, Equatable, Sendable {
    /// The input ends before the codec's own end.
    case truncated(Codec)
    /// The input is not what the codec writes.
    case corrupt(Codec, why: String)
    /// The output would grow beyond `limit` bytes; nothing of it is given out.
    case tooLarge(Codec, limit: Int)
}
