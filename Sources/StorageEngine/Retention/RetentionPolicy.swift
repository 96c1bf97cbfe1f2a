// Which segments are due, oldest first. No file, no clock: the caller says what time it is.
package import Vocabulary

/// What one look at a log removed.
package struct RetentionReport: Equatable, Sendable {
    /// Segments removed.
    package internal(set) var segments = 0
    /// Their bytes.
    package internal(set) var bytes: Int64 = 0
    /// Producers forgotten.
    package internal(set) var producersExpired = 0
    /// Where the log begins now.
    package internal(set) var logStartOffset: Offset
}

/// Decides as Kafka's `UnifiedLog.deleteOldSegments`: a prefix of whole segments, none of which reaches above the high
/// watermark; the active one only when it has records, and only after a roll.
struct RetentionPolicy {
    private let isOn: Bool
    private let milliseconds: Int64?
    private let bytes: Int64?

    init(_ configuration: LogConfiguration) {
        isOn = configuration.cleanupPolicy.contains(.delete)
        milliseconds = configuration.retentionMilliseconds
        bytes = configuration.retentionBytes
    }

    /// How many of the first segments are due.
    ///
    /// - Parameter now: milliseconds since 1970. A clock that went backwards makes nothing due.
    func dueCount(_ segments: [Segment], logStartOffset: Offset, highWatermark: Offset, now: Int64) -> Int {
        var remaining: Int64 = 0
        if bytes != nil { for segment in segments { remaining += Int64(segment.size) } }
        var count = 0
        for (index, segment) in segments.enumerated() {
            let isActive = index == segments.count - 1
            guard segment.nextOffset <= highWatermark, !isActive || segment.size > 0 else { break }
            let isBelowStart = !isActive && segment.nextOffset <= logStartOffset
            guard isBelowStart || (isOn && (isOld(segment, now) || isExcess(segment, remaining))),
                segment.isSettled
            else { break }
            remaining -= Int64(segment.size)
            count += 1
        }
        return count
    }

    /// By the largest time of its records. A segment without any never is: Kafka goes by the file's modification time then
    /// (`LogSegment.largestTimestamp`), which a copy, a restore or a cut after a crash sets to any other, and which would
    /// make what is deleted depend on who touched the file last. Records without a time are the producer's choice against
    /// `message.timestamp.type=LogAppendTime`; `retention.bytes` and DeleteRecords still remove them.
    private func isOld(_ segment: Segment, _ now: Int64) -> Bool {
        guard let milliseconds, let largest = segment.largestTimestamp, largest >= 0 else { return false }
        let (age, overflow) = now.subtractingReportingOverflow(largest)
        return !overflow && age > milliseconds
    }

    /// Whether the log is still as large as it may be without it.
    private func isExcess(_ segment: Segment, _ remaining: Int64) -> Bool {
        guard let bytes else { return false }
        return remaining - Int64(segment.size) >= bytes
    }
}
