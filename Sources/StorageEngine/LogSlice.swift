// Small values that the engine hands out.
package import Host
package import Vocabulary

/// Bytes of a segment file, whole batches. Holds the file open as long as it lives, so the segment may be removed
/// meanwhile.
package struct LogSlice {
    /// `file.descriptor` is for splice(2), sendfile(2) and the page cache.
    package let file: File
    /// Bytes from the start of the file.
    package let position: Int64
    /// Bytes.
    package let count: Int
    /// Where the next read goes on: behind the last batch.
    package let nextOffset: Offset
    package let isActiveSegment: Bool
}

/// What became of a batch that was staged.
package struct Staged: Equatable, Sendable {
    package let baseOffset: Offset
    /// Behind the last record. Acknowledge when `logEndOffset`, or `highWatermark` where `acksWaitForFlush`, is
    /// at least this.
    package let nextOffset: Offset
    /// The producer sent it before: nothing was staged, and the offsets are those of the first time.
    package let isDuplicate: Bool
    /// What the records' time became, in milliseconds since 1970; nil: it is the producer's.
    package let logAppendTimeMilliseconds: Int64?

    init(baseOffset: Offset, nextOffset: Offset, isDuplicate: Bool, logAppendTimeMilliseconds: Int64? = nil) {
        self.baseOffset = baseOffset
        self.nextOffset = nextOffset
        self.isDuplicate = isDuplicate
        self.logAppendTimeMilliseconds = logAppendTimeMilliseconds
    }
}

/// What one `writeStaged` did.
package struct WriteReport: Equatable, Sendable {
    /// pwritev calls.
    package internal(set) var calls = 0
    package internal(set) var bytes = 0
    /// Segments begun.
    package internal(set) var rolled = 0
}

/// A record found by its timestamp (milliseconds since 1970).
package struct TimestampedOffset: Equatable, Sendable {
    package let offset: Offset
    package let timestamp: Int64

    package init(offset: Offset, timestamp: Int64) {
        self.offset = offset
        self.timestamp = timestamp
    }
}

/// The end of a group commit for one partition.
package struct FlushCompletion: Sendable {
    /// Everything below it is on the disk.
    package var durableOffset: Offset { mark.offset }
    /// The failure that fences the partition.
    package let error: SystemError?
    let mark: LogMark
    /// How long forcing took, the wait for an earlier force included.
    package let nanoseconds: UInt64
    /// How often the log had been cut by then.
    let truncations: Int
}

/// An offset that begins a batch (or ends the log) and where that is: bytes into the segment of `segmentBase`.
struct LogMark: Equatable, Sendable {
    var offset: Offset
    var segmentBase: Offset
    var position: Int
}
