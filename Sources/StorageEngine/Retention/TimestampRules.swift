// Records' time at the door: retention and search by time go by it, so it must be near the broker's.
internal import Host
internal import Records

/// `message.timestamp.type`, `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms` of a log.
struct TimestampRules {
    private let type: TimestampType
    private let before: Int64
    private let after: Int64

    init(_ configuration: LogConfiguration) {
        type = configuration.timestampType
        before = configuration.timestampBeforeMaximumMilliseconds
        after = configuration.timestampAfterMaximumMilliseconds
    }

    /// Whether a record may be too old: then every record of a batch is looked at.
    var limitsThePast: Bool { type == .createTime && before != .max }

    /// Checks a produced batch's largest time against the clock.
    ///
    /// An uncompressed batch's largest time is its records', which the door has walked. A compressed one is not opened
    /// for it, and its header's word is taken: rolls, retention, the time index and searches go by headers alone, so
    /// records later than their header pin no segment, and only misplace themselves in searches by time. Where a batch
    /// is opened anyway (`checkRecords`), each record's own time counts: compaction writes headers anew, by the records.
    ///
    /// - Returns: the times that records may have, in milliseconds since 1970; nil: any.
    /// - Throws: `.timestampOutOfRange`, `.timestampType`.
    func check(_ view: BatchView) throws(StorageError) -> ClosedRange<Int64>? {
        guard !view.usesLogAppendTime else { throw .timestampType }
        guard type == .createTime, before != .max || after != .max else { return nil }
        let times = times(now: WallClock.milliseconds())
        guard view.maxTimestamp <= times.upperBound else {
            throw .timestampOutOfRange(view.maxTimestamp, earliest: times.lowerBound, latest: times.upperBound)
        }
        return times
    }

    private func times(now: Int64) -> ClosedRange<Int64> {
        let (latest, overflow) = now.addingReportingOverflow(after)
        return (before == .max ? Int64.min : now - before)...(overflow ? .max : latest)
    }

    /// Gives a batch the clock's time where the topic says so.
    ///
    /// - Returns: the time that it was given, in milliseconds since 1970; nil when it keeps its own.
    func stamp(_ bytes: UnsafeMutableRawBufferPointer) -> Int64? {
        guard type == .logAppendTime else { return nil }
        let now = WallClock.milliseconds()
        MutableBatch(bytes).stamp(logAppendTime: now)
        return now
    }
}
