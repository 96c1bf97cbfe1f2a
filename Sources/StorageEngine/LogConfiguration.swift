// How one topic's logs are kept.

/// Settings of a log, with Kafka's defaults.
package struct LogConfiguration: Equatable, Sendable {
    /// A segment's largest size in bytes (`segment.bytes`).
    package var segmentBytes = 1 << 30
    /// A segment's longest span in record time (`segment.ms`).
    package var segmentMilliseconds: Int64 = 7 * 24 * 60 * 60 * 1000
    /// Log bytes between two index entries (`index.interval.bytes`).
    package var indexIntervalBytes = 4096
    /// An index file's largest size in bytes (`segment.index.bytes`).
    package var indexMaximumBytes = 10 << 20
    /// A produced batch's largest size in bytes (`max.message.bytes`).
    package var maximumMessageBytes = 1_048_588
    /// What batches are compressed with (`compression.type`).
    package var compressionType = CompressionType.producer
    /// Whether segments get their space ahead of the writes (`preallocate`).
    package var preallocates = true
    /// Records of a partition after which it is forced to disk; 1: before any acknowledgement (`flush.messages`).
    package var flushMessages = Int64.max
    /// How long an appended record may stay unforced; 0: no acknowledgement comes before (`flush.ms`).
    package var flushMilliseconds = Int64.max
    /// What makes room (`cleanup.policy`).
    package var cleanupPolicy = CleanupPolicy.delete
    package var compaction = CompactionConfiguration()
    /// How long records stay, by their own time; nil: for ever (`retention.ms`).
    package var retentionMilliseconds: Int64? = 7 * 24 * 60 * 60 * 1000
    /// Bytes of a partition above which its oldest segments go; nil: no limit (`retention.bytes`).
    package var retentionBytes: Int64?
    /// How long a removed segment's files stay under another name (`file.delete.delay.ms`).
    package var fileDeleteDelayMilliseconds: Int64 = 60_000
    /// Whose clock the records carry (`message.timestamp.type`).
    package var timestampType = TimestampType.createTime
    /// How far behind the broker's clock a record may be (`message.timestamp.before.max.ms`).
    package var timestampBeforeMaximumMilliseconds = Int64.max
    /// How far ahead of the broker's clock a record may be: one from the far future would keep its segment, and every
    /// later one, for ever (`message.timestamp.after.max.ms`).
    package var timestampAfterMaximumMilliseconds: Int64 = 60 * 60 * 1000

    package init() {}

    /// Smallest values that make sense: a segment must hold a batch, an index a few entries.
    static let smallestSegmentBytes = 1024
    static let smallestIndexBytes = 64
}
