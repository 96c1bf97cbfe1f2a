// Batches as producers with a codec send them, and as consumers read them.
import Bytes
import Codecs
import Records
import Testing

let everyCodec: [CompressionCodec] = [.none, .gzip, .snappy, .lz4, .zstd]

/// A batch with another block of records, its length and checksum made to fit.
func batch(_ bytes: [UInt8], records: [UInt8], _ codec: CompressionCodec) -> [UInt8] {
    var result = Array(bytes[..<BatchLayout.headerSize]) + records
    let length = Int32(result.count - BatchLayout.lengthOverhead).bigEndian
    withUnsafeBytes(of: length) { result.replaceSubrange(BatchLayout.batchLength..<BatchLayout.batchLength + 4, with: $0) }
    result[BatchLayout.attributes + 1] = result[BatchLayout.attributes + 1] & ~7 | UInt8(codec.rawValue)
    return sealed(result)
}

/// The same batch, its records compressed.
func compressed(_ bytes: [UInt8], _ codec: CompressionCodec, _ framing: SnappyFraming = .xerial) -> [UInt8] {
    guard codec != .none else { return bytes }
    let compressor = Compressor(snappyFraming: framing)
    let records = bytes[BatchLayout.headerSize...].withUnsafeBytes { block in
        withExtendedLifetime(compressor) {
            guard let result = try? compressor.compress(block, codec) else { fatalError("\(codec)") }
            return Array(result)
        }
    }
    return batch(bytes, records: records, codec)
}

/// The same batch, its records as they lie when nothing is compressed.
func plain(_ view: BatchView) throws -> [UInt8] {
    guard let codec = view.codec, codec != .none else { return Array(view.bytes) }
    let decompressor = Decompressor()
    let records = try withExtendedLifetime(decompressor) { Array(try decompressor.decompress(view.records, codec, limit: 1 << 24)) }
    return batch(Array(view.bytes), records: records, .none)
}
