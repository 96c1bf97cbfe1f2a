// What a log's owner tells the cleaner of it: values only, true at one moment.
internal import Vocabulary

/// A sealed segment. Its bytes never change; it may be gone by the time it is looked at.
struct SegmentFacts: Equatable, Sendable {
    let base: Offset
    let nextOffset: Offset
    let size: Int
    /// The maximum timestamp of the first batch, in milliseconds.
    let firstTimestamp: Int64?
    let largestTimestamp: Int64?
    let offsetEntries: Int
    let timeEntries: Int
    /// CRC-32C of what the batches' own checksums leave out: base offsets, lengths, leader epochs.
    let headersCrc: UInt32
}

/// Where the newest data batch of a producer ends, and its newest batch or marker: its sequences and its epoch.
struct ProducerEnds: Equatable, Sendable {
    let data: Offset?
    let newest: Offset
}

/// What of a log a pass needs besides its segments.
struct CompactionContext: Sendable {
    /// Of every producer that is remembered.
    let producers: [ProducerID: ProducerEnds]
    /// Every aborted transaction below the stable offset.
    let aborted: [AbortedTransaction]
}

/// The part of a log that compaction may look at.
struct CompactionView: Sendable {
    let partition: TopicPartition
    let topicID: TopicID
    let configuration: LogConfiguration
    let directory: LogDirectory
    let logStartOffset: Offset
    /// How often the log had been cut at its end.
    let cuts: Int
    /// The lowest place that it was cut at since the last view; nil when it was not.
    let lowestCut: Offset?
    /// Every segment but the active one, oldest first.
    let sealed: [SegmentFacts]
    /// What lies below is visible to every consumer, decided and on the disk: the least of high watermark, last stable
    /// offset and recovery point.
    let stableOffset: Offset
}
