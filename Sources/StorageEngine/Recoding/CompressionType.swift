// What a topic's batches are compressed with (`compression.type`).
package import Records

/// A codec that a topic demands, or whatever its producers chose.
package enum CompressionType: String, CaseIterable, Sendable {
    case producer, uncompressed, gzip, snappy, lz4, zstd

    /// nil: the producer's.
    package var codec: CompressionCodec? {
        switch self {
        case .producer: nil
        case .uncompressed: CompressionCodec.none
        case .gzip: .gzip
        case .snappy: .snappy
        case .lz4: .lz4
        case .zstd: .zstd
        }
    }
}

extension PartitionLog {
    /// The codec that a produced batch must be given before it is staged; nil when it may stay as it is, or is too short
    /// to tell, which the door will say.
    package func demandedCodec(of batch: UnsafeRawBufferPointer) -> CompressionCodec? {
        guard let demanded = configuration.compressionType.codec, batch.count >= BatchLayout.headerSize else { return nil }
        return BatchView(unchecked: batch).codec == demanded ? nil : demanded
    }
}
