// What becomes of a log's records and offsets through restart, crash, compaction and retention.
internal import Host
internal import StorageEngine
internal import Vocabulary

struct RecordLife {
    let scratch: ScratchDirectory
    /// Of the logs whose every record is looked at.
    let logBytes: Int
    /// Of the log that is kept to so many bytes.
    let limitBytes: Int

    private static let segmentBytes = 2 << 20, valueBytes = 200
    private static let dayMilliseconds: Int64 = 86_400_000, weekMilliseconds: Int64 = 7 * 86_400_000
    /// Records appended behind each step, to see which offsets they get.
    private static let appended: UInt64 = 10
    private let ring = BatchRing(recordBytes: 1024, batchBytes: 65_536, totalBytes: 1 << 20)

    init(scratch: ScratchDirectory, logBytes: Int, limitBytes: Int) {
        self.scratch = scratch
        self.logBytes = logBytes
        self.limitBytes = limitBytes
    }

    func items() throws -> [FigureItem] { try offsets() + compaction() + retentionByBytes() + retentionByTime() }

    private var recordCount: UInt64 { UInt64(logBytes / (Self.valueBytes + 24)) }

    private func append(_ numbers: Range<UInt64>, to log: StoredLog) throws -> Offset {
        let now = WallClock.milliseconds()
        return try log.append(numbers, valueBytes: Self.valueBytes, key: { $0 }, milliseconds: { _ in now })
    }

    // MARK: offsets

    /// Through a restart, a crash and retention.
    private func offsets() throws -> [FigureItem] {
        let log = try StoredLog(scratch.make("offsets"), segmentBytes: Self.segmentBytes, ring: ring)
        defer { ScratchDirectory.removeTree(log.directory) }
        var next = recordCount
        _ = try append(0..<next, to: log)
        var before = try log.contents()
        try log.close()
        try log.reopen(segmentBytes: Self.segmentBytes, ring)
        var items = try check("restart", log, &before, &next)
        try log.close()
        try log.forgetClose()
        try log.reopen(segmentBytes: Self.segmentBytes, ring)
        items += try check("crash", log, &before, &next)
        try log.close()
        try log.reopen(segmentBytes: Self.segmentBytes, ring) { configuration in
            configuration.retentionMilliseconds = nil
            configuration.retentionBytes = Int64(logBytes / 2)
        }
        let report = try log.log.enforceRetention(now: WallClock.milliseconds())
        guard report.segments > 0 else { throw SetupFailure(description: "retention removed nothing") }
        let start = log.log.logStartOffset
        items += try check("retention", log, &before, &next) { $0.offset < start }
        try log.close()
        return items
    }

    /// Holds what a log has to what it had, appends to it, and looks which offsets that got.
    ///
    /// - Parameters:
    ///   - before: becomes what it has now.
    ///   - next: the number of the next record that is appended.
    ///   - mayLack: what was to go.
    private func check(
        _ step: String, _ log: StoredLog, _ before: inout [StoredLog.Content], _ next: inout UInt64, mayLack: (StoredLog.Content) -> Bool = { _ in false }
    ) throws -> [FigureItem] {
        let after = try log.contents()
        let had = Dictionary(uniqueKeysWithValues: before.map { ($0.offset, $0) })
        let has = Set(after.map(\.offset))
        let changed = after.count { had[$0.offset] != $0 } + before.count { !has.contains($0.offset) && !mayLack($0) }
        let outOfOrder = zip(after, after.dropFirst()).count { $0.offset >= $1.offset }
        let end = (before.last?.offset ?? -1) + 1
        let first = try append(next..<(next + Self.appended), to: log)
        next += Self.appended
        before = try log.contents()
        return [
            FigureItem("\(step)_offsets_read", Double(after.count), unit: "count"), FigureItem("\(step)_offsets_changed", Double(changed), unit: "count", .lower),
            FigureItem("\(step)_offsets_out_of_order", Double(outOfOrder), unit: "count", .lower),
            FigureItem("\(step)_offsets_reused", Double(max(0, min(Int64(Self.appended), end - first))), unit: "count", .lower),
        ]
    }

    // MARK: compaction

    private func compaction() throws -> [FigureItem] {
        let log = try StoredLog(scratch.make("compacted"), segmentBytes: Self.segmentBytes, ring: ring)
        defer { ScratchDirectory.removeTree(log.directory) }
        // Each key about four times, in no order.
        let keys = recordCount / 4
        let now = WallClock.milliseconds()
        _ = try log.append(0..<recordCount, valueBytes: Self.valueBytes, key: { (($0 &* 0x9e37_79b9_7f4a_7c15) >> 20) % keys }, milliseconds: { _ in now })
        try log.close()
        try log.reopen(segmentBytes: Self.segmentBytes, ring) { $0.cleanupPolicy = .compact }
        var before = try log.contents()
        let latest = Dictionary(before.map { ($0.key, $0.offset) }, uniquingKeysWith: { _, later in later })
        let report = try log.compact()
        let after = try log.contents()
        let left = Set(after.map(\.offset))
        let clean = after.filter { $0.offset < report.firstDirtyAfter }
        let stale = clean.count - Set(clean.map(\.key)).count
        var next = recordCount
        let items = try check("compaction", log, &before, &next) { _ in true }
        try log.close()
        return items + [
            FigureItem("compaction_keys", Double(latest.count), unit: "count"),
            FigureItem("compaction_keys_without_latest", Double(latest.values.count { !left.contains($0) }), unit: "count", .lower),
            FigureItem("compaction_stale_records", Double(stale), unit: "count", .lower, note: "of \(clean.count) in what was compacted"),
        ]
    }

    // MARK: retention

    private func retentionByBytes() throws -> [FigureItem] {
        let segmentBytes = max(1 << 20, limitBytes / 16)
        let log = try StoredLog(scratch.make("bytes"), segmentBytes: segmentBytes, ring: ring)
        defer { ScratchDirectory.removeTree(log.directory) }
        try log.fill(limitBytes / 10 * 13 / ring.batchBytes, ring)
        try log.close()
        try log.reopen(segmentBytes: segmentBytes, ring) { configuration in
            configuration.retentionMilliseconds = nil
            configuration.retentionBytes = Int64(limitBytes)
        }
        _ = try log.log.enforceRetention(now: WallClock.milliseconds())
        let left = log.log.sizeBytes
        try log.close()
        return [
            FigureItem("retention_bytes_limit", Double(limitBytes), unit: "bytes"), FigureItem("retention_segment_bytes", Double(segmentBytes), unit: "bytes"),
            FigureItem("retention_bytes_left", Double(left), unit: "bytes"),
        ]
    }

    /// Records of two weeks, kept for one.
    private func retentionByTime() throws -> [FigureItem] {
        let log = try StoredLog(scratch.make("time"), segmentBytes: 1 << 18, ring: ring)
        defer { ScratchDirectory.removeTree(log.directory) }
        let now = WallClock.milliseconds()
        let count: UInt64 = 20_000
        let step = 2 * Self.weekMilliseconds / Int64(count)
        _ = try log.append(0..<count, valueBytes: 100, key: { $0 }, milliseconds: { now - 2 * Self.weekMilliseconds + Int64($0) * step })
        try log.close()
        try log.reopen(segmentBytes: 1 << 18, ring) { configuration in
            configuration.retentionMilliseconds = Self.weekMilliseconds
            configuration.retentionBytes = nil
        }
        let before = try log.contents()
        let bases = log.segments.map { Offset($0.base) }
        _ = try log.log.enforceRetention(now: now)
        let (start, cutoff) = (log.log.logStartOffset, now - Self.weekMilliseconds)
        let after = try log.contents()
        try log.close()
        var oldLeft = 0
        for (base, end) in zip(bases, bases.dropFirst()) where base >= start {
            let records = after.filter { $0.offset >= base && $0.offset < end }
            if records.allSatisfy({ $0.milliseconds < cutoff }) { oldLeft += records.count }
        }
        return [
            FigureItem("retention_young_records_left", Double(after.count { $0.milliseconds >= cutoff }), unit: "count"),
            FigureItem("retention_young_records_gone", Double(before.count { $0.milliseconds >= cutoff && $0.offset < start }), unit: "count", .lower),
            FigureItem("retention_old_records_left", Double(oldLeft), unit: "count", .lower, note: "in sealed segments with nothing younger"),
            FigureItem("retention_old_records_gone", Double(before.count { $0.milliseconds < cutoff && $0.offset < start }), unit: "count"),
        ]
    }
}
