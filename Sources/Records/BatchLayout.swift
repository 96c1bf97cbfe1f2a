// Record batch v2: the table that everything else here is written from.
//
//   position  bytes  field
//          0      8  baseOffset              the broker's; outside the checksum
//          8      4  batchLength             bytes after this field: batch size − 12
//         12      4  partitionLeaderEpoch    the broker's; outside the checksum
//         16      1  magic                   2
//         17      4  crc                     CRC-32C of everything from `attributes` on
//         21      2  attributes              bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
//         23      4  lastOffsetDelta         record count − 1 as produced; wider after compaction
//         27      8  baseTimestamp           milliseconds
//         35      8  maxTimestamp            milliseconds
//         43      8  producerId              −1: none
//         51      2  producerEpoch           −1: none
//         53      4  baseSequence            −1: none
//         57      4  recordCount
//         61      …  records, compressed as one block where the codec says so
//
// Source: "Record Batch" in the Kafka protocol guide.

/// Byte positions of the fields of a record batch, format 2.
package enum BatchLayout {
    package static let baseOffset = 0
    package static let batchLength = 8
    package static let partitionLeaderEpoch = 12
    package static let magic = 16
    package static let crc = 17
    package static let attributes = 21
    package static let lastOffsetDelta = 23
    package static let baseTimestamp = 27
    package static let maxTimestamp = 35
    package static let producerID = 43
    package static let producerEpoch = 51
    package static let baseSequence = 53
    package static let recordCount = 57
    package static let headerSize = 61

    /// `batchLength` counts from behind itself.
    package static let lengthOverhead = 12
    /// Checksummed bytes start here.
    package static let checksummed = attributes
    package static let currentMagic: Int8 = 2
    /// The bit of `attributes`.
    package static let transactionalAttribute: Int16 = 0x10

    /// A record takes at least seven bytes: its length, attributes and five empty fields.
    package static let smallestRecord = 7
}

/// The compression of a batch's records.
package enum CompressionCodec: Int16, Sendable { case none = 0, gzip, snappy, lz4, zstd }
