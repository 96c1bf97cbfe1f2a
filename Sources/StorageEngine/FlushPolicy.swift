/// When appended batches are forced to the disk.
package enum FlushPolicy: Equatable, Sendable {
    /// When the operating system likes.
    case none
    /// Behind every so many records.
    case everyMessages(Int64)
    /// So long after the first unforced append.
    case everyNanoseconds(UInt64)
    /// Before any acknowledgement: the high watermark is the durable offset. Appends that arrive while the disk
    /// is busy share the next fsync.
    case everyAppend
}
