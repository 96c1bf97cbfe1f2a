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

    /// Checks a produced batch against the clock, or gives it the clock's time.
    ///
    /// - Returns: the time that it was given, in milliseconds since 1970; nil when it keeps its own.
    /// - Throws: `.timestampOutOfRange`, `.timestampType`.
    func apply(to bytes: UnsafeMutableRawBufferPointer, _ view: BatchView) throws(StorageError) -> Int64? {
        guard !view.usesLogAppendTime else { throw .timestampType }
        guard type == .createTime else {
            let now = WallClock.milliseconds()
            MutableBatch(bytes).stamp(logAppendTime: now)
            return now
        }
        if before != .max || after != .max { try check(view, now: WallClock.milliseconds()) }
        return nil
    }

    /// The batch's largest time bounds what is ahead. Behind, every record counts, and a compressed batch is opened.
    func check(_ view: BatchView, now: Int64) throws(StorageError) {
        let latest = Self.sum(now, after)
        let earliest = before == .max ? Int64.min : now - before
        if view.maxTimestamp > latest {
            throw .timestampOutOfRange(view.maxTimestamp, earliest: earliest, latest: latest)
        }
        guard before != .max else { return }
        if let early = try first(before: earliest, in: view) {
            throw .timestampOutOfRange(early, earliest: earliest, latest: latest)
        }
    }

    private func first(before earliest: Int64, in view: BatchView) throws(StorageError) -> Int64? {
        var early: Int64?
        do throws(RecordWalkError) {
            try RecordKeys().forEach(in: view) { record in
                // -1 is a record without time.
                if record.timestamp >= 0, record.timestamp < earliest { early = record.timestamp }
                return early == nil
            }
        } catch {
            throw .record(error.recordError)
        }
        return early
    }

    private static func sum(_ now: Int64, _ span: Int64) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(span)
        return overflow ? .max : sum
    }
}
