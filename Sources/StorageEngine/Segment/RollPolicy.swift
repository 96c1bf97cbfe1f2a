// When a log goes on in a new segment.
internal import Records
internal import Vocabulary

/// Decides before each batch, as Kafka's `LogSegment.shouldRoll`.
struct RollPolicy {
    let segmentBytes: Int
    let segmentMilliseconds: Int64
    let indexMaximumBytes: Int

    init(_ configuration: LogConfiguration) {
        segmentBytes = configuration.segmentBytes
        // Only sealed segments are compacted: one that may not wait longer is sealed in time.
        let isCompacted = configuration.cleanupPolicy.contains(.compact)
        segmentMilliseconds = min(
            configuration.segmentMilliseconds, isCompacted ? configuration.compaction.maximumLagMilliseconds : .max)
        indexMaximumBytes = configuration.indexMaximumBytes
    }

    /// Whether `batch` must not go into a segment that holds `size` bytes, of which the first batch has the
    /// timestamp `firstTimestamp`.
    func mustRoll(size: Int, baseOffset: Offset, firstTimestamp: Int64?, before batch: BatchView) -> Bool {
        guard size > 0 else { return false }
        if size &+ batch.size > segmentBytes { return true }
        if batch.nextOffset &- 1 &- baseOffset > Offset(Int32.max) { return true }
        // Record time, not the clock's: a segment replayed a year later rolls where the first one did.
        if let firstTimestamp, firstTimestamp >= 0 {
            let (span, overflow) = batch.maxTimestamp.subtractingReportingOverflow(firstTimestamp)
            if !overflow, span > segmentMilliseconds { return true }
        }
        return false
    }
}
