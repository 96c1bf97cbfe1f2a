// What of a log is due to be compacted, and in which pieces. Decides by values only; touches nothing.
internal import Vocabulary

/// One log's dirty part. Source: Kafka `LogCleanerManager.cleanableOffsets`, `LogToClean`.
struct CompactionPlan: Equatable, Sendable {
    /// Every key below is there once.
    let firstDirtyOffset: Offset
    /// Behind the last segment that may be compacted.
    let endOffset: Offset
    let cleanBytes: Int64
    let dirtyBytes: Int64
    /// A dirty record is older than `max.compaction.lag.ms`.
    let isOverdue: Bool
    private let minimumRatio: Double

    /// - Parameters:
    ///   - checkpoint: where the last pass ended; nil when there was none.
    ///   - now: milliseconds since 1970.
    init(_ view: CompactionView, checkpoint: Offset?, now: Int64) {
        let settings = view.configuration.compaction
        minimumRatio = settings.minimumDirtyRatio
        let logEnd = view.sealed.last?.nextOffset ?? view.logStartOffset
        // A log that was cut below the checkpoint may hold other records there: it is dirty from its start.
        let point = checkpoint.map { $0 <= logEnd ? $0 : view.logStartOffset } ?? view.logStartOffset
        let first = max(point, view.logStartOffset)
        var end = first
        var (clean, dirty): (Int64, Int64) = (0, 0)
        var oldest = Int64.max
        for segment in view.sealed {
            if segment.nextOffset <= first {
                clean += Int64(segment.size)
                continue
            }
            guard segment.nextOffset <= view.stableOffset else { break }
            if settings.minimumLagMilliseconds > 0,
                segment.largestTimestamp ?? 0 > now.subtracting(settings.minimumLagMilliseconds) { break }
            dirty += Int64(segment.size)
            end = segment.nextOffset
            if let time = segment.firstTimestamp, time > 0 { oldest = min(oldest, time) }
        }
        firstDirtyOffset = first
        endOffset = end
        (cleanBytes, dirtyBytes) = (clean, dirty)
        isOverdue = dirty > 0 && oldest < now.subtracting(settings.maximumLagMilliseconds)
    }

    /// Dirty bytes among all that may be compacted.
    var dirtyRatio: Double { dirtyBytes == 0 ? 0 : Double(dirtyBytes) / Double(cleanBytes + dirtyBytes) }
    var isDue: Bool { dirtyBytes > 0 && (dirtyRatio > minimumRatio || isOverdue) }

    /// Runs of segments of which each becomes one: no larger than a segment may be, by bytes, index entries and span of
    /// offsets.
    static func groups(_ segments: [SegmentFacts], _ configuration: LogConfiguration) -> [[SegmentFacts]] {
        var groups: [[SegmentFacts]] = []
        var total = Total()
        for segment in segments {
            if let first = groups.last?.first, total.fits(segment, behind: first, configuration) {
                groups[groups.count - 1].append(segment)
            } else {
                groups.append([segment])
                total = Total()
            }
            total.add(segment)
        }
        return groups
    }

    private struct Total {
        var size = 0
        var offsetEntries = 0
        var timeEntries = 0

        mutating func add(_ segment: SegmentFacts) {
            size += segment.size
            offsetEntries += segment.offsetEntries
            timeEntries += segment.timeEntries
        }

        func fits(_ segment: SegmentFacts, behind first: SegmentFacts, _ configuration: LogConfiguration) -> Bool {
            size + segment.size <= configuration.segmentBytes
                && (offsetEntries + segment.offsetEntries) * SparseIndex.Kind.offset.rawValue <= configuration.indexMaximumBytes
                && (timeEntries + segment.timeEntries) * SparseIndex.Kind.time.rawValue <= configuration.indexMaximumBytes
                && segment.nextOffset - 1 - first.base <= Offset(Int32.max)
        }
    }
}

extension Int64 {
    /// The difference, or the least number where it has none.
    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? .min : value
    }
}
