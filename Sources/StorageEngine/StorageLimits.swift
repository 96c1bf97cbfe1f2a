/// Every bound of the engine that a configuration doesn't set.
package enum StorageLimits {
    /// Partitions of one topic.
    package static let partitionsPerTopic: Int32 = 10_000
    /// Bytes of a topic's name, as Kafka has it: a directory name must hold it with a partition number and a suffix.
    package static let topicNameBytes = 249
    /// Producers whose sequences one partition remembers; past it the longest unused tenth goes.
    package static let producersPerPartition = 100_000
    /// How long an unused producer is remembered, in milliseconds: of record time at a roll, else of the broker's clock.
    package static let producerExpirationMilliseconds: Int64 = 24 * 60 * 60 * 1000
    /// Batches per producer that a repeated send is recognised among.
    static let batchesPerProducer = 5
    /// Questions to coordinators about the beginning of transactions that a partition keeps open.
    static let verificationsPerPartition = 1_000
    /// Producer ids reserved on disk at a time.
    package static let producerIDBlock: Int64 = 1000
    /// Producer ids left out when a catalogue's copy is lost that may have given some of them out.
    static let producerIDsSkipped: Int64 = 1 << 32
    /// Times that the catalogue went on without a data directory, which it remembers until all of them are there again.
    static let catalogueBranches = 256
    /// Bytes of one document of the catalogue, which every change of the catalogue writes anew.
    package static let documentBytes = 16 << 20

    /// Index entries held in memory until they are written together.
    static let indexTailEntries = 128
    /// Entries read from an index file together, and kept until the next search leads elsewhere.
    static let indexWindowEntries = 512
    /// Sealed segments of one partition whose files stay open between reads.
    static let openSealedSegments = 4
    /// Lookups in a segment, beyond those that recent reads answer, before its index is kept in memory.
    static let lookupsBeforeMap = 4
    /// Segments of the process whose indexes are kept in memory, with their files open, and the bytes of all of them.
    static let positionMaps = 1_024
    static let positionMapBytes = 64 << 20
    /// Positions of recent reads that a partition remembers, so that a sequential consumer needs no search.
    static let readMarks = 8
    /// Bytes read at a time while walking batch headers.
    static let headerWindowBytes = 4096
    /// Bytes that the records of one batch may decompress to. The door of a compacted topic opens batches on its loop, so
    /// this also bounds how long one batch holds it: the worst that fit a message of 1 MiB took 0.27 s by gzip, 0.09 s by
    /// lz4 and 0.01 s by zstd (64 MiB of constant values; both CPUs of the machine were busy with other things, too), a
    /// message full of small records 6 to 55 ms. 53,000 uncompressed ones take 0.7 ms.
    static let decompressedBatchBytes = 64 << 20
    /// Bytes read at a time by recovery.
    static let scanWindowBytes = 1 << 20
    /// The largest batch whose records an inspection opens; of a larger one the header and the checksum are looked at.
    static let inspectedBatchBytes = 64 << 20
    /// Vectors kept for gathering between ticks; a tick that needed more gives them back.
    static let keptVectors = 64

    /// A segment is preallocated once it has grown this far: an idle or slow partition takes no space ahead.
    static let preallocationThresholdBytes = 256 << 10
    /// The first step of preallocation; each further step that is used up within a second doubles it.
    static let preallocationFirstStepBytes = 1 << 20
    static let preallocationLargestStepBytes = 64 << 20

    /// Logs of one directory that a start or a close forces one by one; more are forced together with everything else
    /// on the file system, which takes one wait instead of several each.
    static let logsForcedSingly = 16
    /// How long a sealed segment is left to the kernel's own writeback before it is forced. An fsync at the roll writes
    /// the same pages on the broker's account while it is under load (a fifth of its CPU), and keeps only what a crash
    /// of the machine within this time would cost: a longer scan, and no more than the active segment risks anyway.
    static let sealedForceDelayNanoseconds: UInt64 = 30_000_000_000
    /// Sealed segments of a directory that may wait for that. The oldest is forced at once when there are more: each
    /// holds a file open.
    static let sealedWaiting = 16
    /// What the cleaner keeps or drops of the page cache together: no folio of the kernel is larger or lies over its border.
    static let cacheGranuleBytes = 2 << 20
    /// How far ahead of its reading it looks: four times the read-ahead of a fast disk.
    static let cacheLookaheadBytes = 32 << 20
    /// How long a background thread waits for a log's owner before it looks whether the storage closes.
    static let ownerPatienceNanoseconds: UInt64 = 50_000_000
    /// The least and the longest pause between the removals of two segments.
    static let removalPauseNanoseconds: UInt64 = 1_000_000
    static let removalLongestPauseNanoseconds: UInt64 = 250_000_000
    /// How many times as long as a segment's removal took the pause behind it is.
    static let removalRest: UInt64 = 5
    /// How often the recovery points are written, when they moved.
    static let checkpointIntervalNanoseconds: UInt64 = 5_000_000_000
    /// How often a thread that waits looks whether it is to wait as long any more.
    static let settingsIntervalNanoseconds: UInt64 = 1_000_000_000
    /// How often the free space of a directory is looked at, while it is written to.
    static let freeSpaceIntervalNanoseconds: UInt64 = 1_000_000_000
}
