/// Why a record batch is refused. `at` counts bytes from the first byte of the records.
package enum RecordError: Error, Equatable, Sendable {
    /// Fewer bytes than a batch header, or than the batch's own length says.
    case truncated(needed: Int, available: Int)
    /// The length field cannot be right: below a header, or not the size of what carries it.
    case length(Int32, carried: Int)
    case magic(Int8)
    case checksum(stored: UInt32, computed: UInt32)
    case codec(Int16)
    /// The records do not decompress, or to more than may be.
    case compressed(CompressionCodec, why: String)
    /// The header's counts disagree: `recordCount` records end at `lastOffsetDelta`.
    case count(recordCount: Int32, lastOffsetDelta: Int32)
    /// The batch walks to another number of records than its header says.
    case walkedCount(Int, headerSays: Int32)
    /// A record whose offset delta is not its position in the batch.
    case offsetDelta(Int32, expected: Int32)
    case record(at: Int, RecordFault)
    /// Producer fields that only make sense together.
    case producer(id: Int64, epoch: Int16, baseSequence: Int32)
    case timestamps(max: Int64, walked: Int64)
    /// Markers of transactions are the broker's to write.
    case control
    /// A record without a key, by its offset delta, for a topic that is compacted by key.
    case keyless(Int32)
    /// A record of a transaction that nobody began.
    case transactional
}

/// What is wrong with one record.
package enum RecordFault: Error, Equatable, Sendable {
    case negativeLength, negativeHeaderCount, headerWithoutName, truncated
    case trailingBytes(Int)
}
