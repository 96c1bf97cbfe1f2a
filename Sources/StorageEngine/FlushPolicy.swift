// When appended batches are forced to the disk: what `flush.messages` and `flush.ms` say together.

package enum FlushPolicy: Equatable, Sendable {
    /// When the operating system likes.
    case none
    /// Behind every so many records, and so long after the first unforced append, whichever comes first.
    case every(messages: Int64, nanoseconds: UInt64)
    /// Before any acknowledgement: the high watermark is the durable offset. Appends that arrive while the disk
    /// is busy share the next fsync.
    case everyAppend
}

extension LogConfiguration {
    package var flushPolicy: FlushPolicy {
        if flushMessages == 1 || flushMilliseconds == 0 { return .everyAppend }
        // What the clock can't count is never.
        let (nanoseconds, overflow) = UInt64(flushMilliseconds).multipliedReportingOverflow(by: 1_000_000)
        if flushMessages == .max, overflow { return .none }
        return .every(messages: flushMessages, nanoseconds: overflow ? .max : nanoseconds)
    }
}
