// A Kafka producer for one topic, on one loop and its thread. Records are written straight into the batch
// that will be sent; nothing is allocated per record, batch or request once its buffers have grown.
//
// Reading order: Producer → +Accumulate, +Values (record to batch) → +Send (batch to socket) → +Answers (outcome, retry)
// → +Maintenance (connections, time-outs, leaders); +Transactions, where records count when they are committed.
internal import Codecs
internal import Host
package import Reactor
package import Records
internal import Vocabulary
internal import Wire

/// Takes records, builds batches, keeps up to `maxInFlight` requests on the way, retries, reports every batch once.
///
/// The owner calls `send`, then `poll`, then lets the loop run; `nextDeadline` says how long it may wait.
package final class Producer {
    package let topic: String
    package let producerNumber: UInt32
    package let configuration: ProducerConfiguration
    package let partitionCount: Int32
    package internal(set) var counters = ProducerCounters()

    let loop: Loop
    let options: ConnectionOptions
    let pool: PayloadPool
    /// Of records with headers.
    let headers: RecordHeaders?
    unowned let handler: any AcknowledgementHandler
    var slots: BatchSlots
    let partitions: UnsafeMutablePointer<PartitionState>
    var nodes: ContiguousArray<BrokerNode>
    /// Open batches, oldest first.
    var lingering = SlotQueue()
    /// Partitions whose retry waits for its time.
    var waiting = PartitionQueue()
    var waitingUntil: UInt64 = .max
    /// No slot was free: open batches go at once, whatever their linger.
    var isStarved = false
    /// nil: each batch counts as soon as it is answered.
    var transaction: ProducerTransaction?
    /// Answered batches of the open transaction, in the order of their answers.
    var uncommitted = SlotQueue()
    var uncommittedRecords: UInt64 = 0
    var cursor: Int
    /// Where the next value of any size begins in the pool, and the next headers among theirs.
    var position: Int
    var headerCursor = 0
    /// nil where nothing is compressed.
    let compressor: Compressor?
    var correlationID: Int32 = 0
    var producerID: ProducerID = -1
    var producerEpoch: ProducerEpoch = -1
    let produceVersion: Int16
    let metadataVersion: Int16
    var wantsMetadata = false
    var isMetadataInFlight = false
    var maintainAt: UInt64 = 0
    let topicName: UnsafeMutableRawBufferPointer
    /// CLOCK_REALTIME − CLOCK_MONOTONIC when the producer began: record timestamps follow one clock.
    private let wallClockOffset: Int64
    static let maintenanceNanoseconds: UInt64 = 10_000_000
    /// Lengths, key and empty fields of one record, and the batch header, at their widest.
    private static let recordOverheadBytes = 128

    /// Connects, negotiates, finds the leaders and, for an idempotent producer, gets its id. Blocks meanwhile.
    ///
    /// - Parameters:
    ///   - producerNumber: stands in every stamp; unique within a run.
    ///   - pool: values to send; `pool.valueSize` bytes each, where they do not differ.
    ///   - valueSizes: bytes of values that the caller brings instead; nil: all come from the pool.
    ///   - headers: of every record that is sent with a size of its own; nil: none.
    ///   - handler: must outlive the producer.
    package init(
        loop: Loop, bootstrap: BrokerAddress, topic: String, producerNumber: UInt32, configuration: ProducerConfiguration,
        options: ConnectionOptions, pool: PayloadPool, valueSizes: ClosedRange<Int>? = nil, headers: RecordHeaders? = nil,
        handler: any AcknowledgementHandler
    ) throws(ClientError) {
        configuration.check()
        let admin = try Admin(bootstrap, options)
        guard let produce = admin.negotiation.version(of: .produce) else { throw .unsupported(bootstrap, .produce) }
        guard let metadataVersion = admin.negotiation.version(of: .metadata) else { throw .unsupported(bootstrap, .metadata) }
        let cluster = try admin.metadata([topic])
        guard let found = cluster.topic(topic), found.errorCode == .none, !found.partitions.isEmpty else {
            throw .refused(
                cluster.topic(topic)?.errorCode ?? .unknownTopicOrPartition, "look topic \(topic) up", needs: NeededAccess(.describe, on: .topic(topic)))
        }
        nodes = ContiguousArray(cluster.brokers.sorted { $0.key < $1.key }.map { BrokerNode(id: $0.key, address: $0.value) })
        var leaders: [Int] = []
        for (n, partition) in found.partitions.enumerated() {
            guard partition.index == Int32(n), let leader = partition.leader,
                let node = nodes.firstIndex(where: { $0.id == leader })
            else { throw .unknown("\(topic)-\(n) has no leader") }
            leaders.append(node)
        }
        var coordinator = bootstrap
        if let plan = configuration.transaction {
            for key in ProducerTransaction.keys where admin.negotiation.version(of: key) == nil { throw .unsupported(bootstrap, key) }
            (coordinator, producerID, producerEpoch) = try Self.begin(plan, bootstrap, options)
        } else if configuration.isIdempotent {
            (producerID, producerEpoch) = try admin.initProducerID()
        }
        self.loop = loop
        self.options = options
        self.configuration = configuration
        self.topic = topic
        self.producerNumber = producerNumber
        self.pool = pool
        self.headers = headers
        self.handler = handler
        compressor = configuration.codec == .none ? nil : Compressor()
        produceVersion = produce
        self.metadataVersion = metadataVersion
        partitionCount = Int32(leaders.count)
        partitions = .allocate(capacity: leaders.count)
        for (n, node) in leaders.enumerated() { (partitions + n).initialize(to: PartitionState(node: node)) }
        let sizes = valueSizes ?? pool.smallestValueSize...pool.valueSize
        let slotBytes = max(configuration.batchBytes, sizes.upperBound + Self.recordOverheadBytes + (headers?.blockBytes ?? 0))
        // One open batch for each partition and one to go on with: fewer could leave everything waiting for memory.
        let count = max(configuration.bufferMemoryBytes / slotBytes, leaders.count + 1, 2)
        slots = BatchSlots(
            count: count, slotBytes: slotBytes, preparedBytes: configuration.preparedBytes, smallestRecord: BatchLayout.smallestRecord + sizes.lowerBound,
            keepsTimes: configuration.keepsIntendedTimes, keepsSizes: pool.isVaried)
        topicName = .allocate(byteCount: topic.utf8.count, alignment: 1)
        topicName.copyBytes(from: topic.utf8)
        // Producers that share a pool begin at different places of it.
        cursor = Int(truncatingIfNeeded: producerNumber) &* 7919 % pool.slotCount
        position = cursor * (pool.valueSize - min(pool.valueSize, PayloadStamp.size))
        wallClockOffset = WallClock.milliseconds() * 1_000_000 - Int64(MonotonicClock.now())
        transaction = configuration.transaction.map {
            ProducerTransaction(
                $0, producer: self, partitions: partitionCount, at: coordinator, bootstrap: bootstrap, versions: admin.negotiation)
        }
        for node in nodes where leaders.contains(where: { nodes[$0] === node }) { connect(node) }
    }

    deinit {
        close()
        partitions.deinitialize(count: Int(partitionCount))
        partitions.deallocate()
        topicName.deallocate()
    }

    /// The stamp sequence that a partition's next record gets.
    package func nextSequence(of partition: Int32) -> UInt64 { partitions[Int(partition)].nextSequence }

    /// Records handed over and neither acknowledged nor failed, nor aborted on purpose.
    package var unacknowledgedRecords: UInt64 {
        counters.handedRecords &- counters.acknowledgedRecords &- counters.failedRecords &- counters.abortedRecords
    }

    /// Gives every connection up. What was not acknowledged is not reported any more.
    package func close() {
        transaction?.close()
        for node in nodes {
            node.socket?.close()
            node.socket = nil
            node.connectAt = .max
        }
    }

    /// Milliseconds since 1970 at a monotonic time.
    @inline(__always) func timestamp(_ now: UInt64) -> Int64 { (Int64(now) &+ wallClockOffset) / 1_000_000 }
}
