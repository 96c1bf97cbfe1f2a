// One partition: a list of segments, of which the last takes the appends.
//
//   append   `stage` each produced batch, then `writeStaged` once a tick     PartitionLog+Append, +Write
//   read     a range of a segment's file                                     PartitionLog+Read, +Timestamps
//   commit   transactions, and what their readers may see                    PartitionLog+Transactions
//   remove   old segments from its start                                     PartitionLog+Retention
//   cut      what a leader never had, from its end                           PartitionLog+Truncation
//   durable  what the background threads do for it                           PartitionLog+Durability
//   settings may change while it runs                                        PartitionLog+Configuration
internal import Host
internal import Records
package import Vocabulary

/// The log of one partition. Not Sendable: one thread, its loop, touches it, which a precondition checks. Append and
/// read run to completion there; they wait for no other thread, only for the system calls they make.
package final class PartitionLog {
    package let partition: TopicPartition
    package let topicID: TopicID
    package internal(set) var configuration: LogConfiguration {
        didSet { deriveRules() }
    }
    /// The term that appended batches are stamped with.
    package var leaderEpoch: LeaderEpoch = 0
    /// Consumers see what lies below it: all that is written or, where `acksWaitForFlush`, all that is durable.
    package var highWatermark: Offset { highWatermarkMark.offset }
    /// The offset behind the last record that is written.
    package internal(set) var logEndOffset: Offset
    /// The offset of the first record that can be read: the first segment's, or one within it after DeleteRecords.
    package internal(set) var logStartOffset: Offset
    /// The failure after which the log takes nothing until the broker restarts. Reads below the high watermark go on.
    package internal(set) var fault: StorageError?

    /// The failure of its data directory, after which not even reads go on; nil while they do. From any thread.
    package var outage: StorageError? { dataDirectory.outage }

    let directory: LogDirectory
    let dataDirectory: DataDirectory
    let durability: LogDurability
    // What follows from the configuration, so that no append has to work it out.
    private(set) var flushPolicy: FlushPolicy
    private(set) var rollPolicy: RollPolicy
    private(set) var retentionPolicy: RetentionPolicy
    private(set) var timestampRules: TimestampRules
    /// Which leader epoch began where.
    var epochs: LeaderEpochs
    let producers: ProducerState
    /// By base offset; the last one is active. Empty until the first append.
    var segments: [Segment]
    var highWatermarkMark: LogMark {
        didSet { producers.transactions.settle(below: highWatermarkMark.offset) }
    }
    /// Whether anything changed since the log was known to be whole on the disk.
    var isDirty: Bool

    // Gathering: the batches staged since the last write.
    var vectors: UnsafeMutablePointer<WriteVector>?
    var vectorCapacity = 0
    /// Batches staged.
    package internal(set) var stagedCount = 0
    /// Bytes staged.
    package internal(set) var stagedBytes = 0
    var stagedEndOffset: Offset
    /// The staged batches that the engine made itself.
    var stagedMarkers: [UnsafeMutableRawBufferPointer] = []

    /// Segments whose indexes were found damaged when they were first searched, and made anew from the log.
    package internal(set) var indexesRemade = 0
    /// Where the log was cut since the cleaner was told.
    var lowestCut: Offset?
    var recordsSinceFlush: Int64 = 0
    var isFlushTimed = false
    var pace = PreallocationPace()
    var marks = ReadMarks()
    private var owner: UInt?
    private var scratchMemory: UnsafeMutableRawBufferPointer?

    /// - Parameter isDirty: false when the log is known to be whole on the disk as it is.
    init(
        partition: TopicPartition, topicID: TopicID, configuration: LogConfiguration, directory: LogDirectory,
        dataDirectory: DataDirectory, segments: [Segment], producers: ProducerState, recoveryPoint: Offset, isDirty: Bool,
        logStartOffset: Offset = 0, epochs: LeaderEpochs = LeaderEpochs()
    ) {
        self.partition = partition
        self.topicID = topicID
        self.configuration = configuration
        self.directory = directory
        self.dataDirectory = dataDirectory
        self.segments = segments
        self.producers = producers
        self.isDirty = isDirty
        self.logStartOffset = logStartOffset
        self.epochs = epochs
        flushPolicy = configuration.flushPolicy
        rollPolicy = RollPolicy(configuration)
        retentionPolicy = RetentionPolicy(configuration)
        timestampRules = TimestampRules(configuration)
        // Without a segment the log is empty, wherever it begins.
        logEndOffset = segments.last?.nextOffset ?? logStartOffset
        stagedEndOffset = logEndOffset
        highWatermarkMark = LogMark(
            offset: logEndOffset, segmentBase: segments.last?.baseOffset ?? 0, position: segments.last?.size ?? 0)
        durability = LogDurability(directory: directory, recoveryPoint: recoveryPoint, logStartOffset: logStartOffset)
        producers.transactions.settle(below: logEndOffset)
        producers.noteRestored()
    }

    deinit {
        vectors?.deallocate()
        for marker in stagedMarkers { marker.deallocate() }
        scratchMemory?.deallocate()
    }

    /// Whether acknowledgements (acks 1 and -1) wait until the high watermark has passed the batch.
    package var acksWaitForFlush: Bool { flushPolicy == .everyAppend }
    /// Bytes of the log by its end, not by what is preallocated.
    package var sizeBytes: Int64 { segments.reduce(0) { $0 + Int64($1.size) } }
    /// Producers whose sequences are remembered.
    package var producerCount: Int { producers.count }

    private func deriveRules() {
        flushPolicy = configuration.flushPolicy
        rollPolicy = RollPolicy(configuration)
        retentionPolicy = RetentionPolicy(configuration)
        timestampRules = TimestampRules(configuration)
    }

    /// Makes the calling thread the one that may touch the log.
    package func adopt() { owner = ThreadIdentity.current }

    func checkOwner() {
        if owner == nil { owner = ThreadIdentity.current }
        precondition(owner == ThreadIdentity.current, "\(partition) is touched by a thread that does not own it")
    }

    /// Memory for reading headers and index entries, given by the first reader.
    var scratch: UnsafeMutableRawBufferPointer {
        if let scratchMemory { return scratchMemory }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: StorageLimits.headerWindowBytes, alignment: 16)
        scratchMemory = memory
        return memory
    }
}
