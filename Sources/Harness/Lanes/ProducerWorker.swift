// A producer lane on its thread: schedule, queue, client, clocks.
internal import Client
internal import Host
internal import Measurement
internal import Reactor
internal import Records
internal import Synchronization

/// Everything here belongs to the lane's thread once `open` has been called.
final class ProducerWorker: LaneWorker, @unchecked Sendable {
    // @unchecked: the control thread reaches it only through work posted to its loop, and once the thread has ended.
    struct Setup: Sendable {
        let number: Int
        let count: Int
        let plan: ProducersPlan
        let bootstrap: HostPort
        let topics: [LaneTopic]
        /// Of all its topics together, among which those of `topics` are numbered.
        let loadPartitions: Int
        let material: RecordMaterial
        let congestion: String?
        let security: ConnectionSecurity
        let queueBound: Int
        let bufferMemoryBytes: Int
        /// Whether what may have arrived may be sent again.
        let mayRetry: Bool
        let producerNumber: UInt32
    }

    let setup: Setup
    let loop: Loop
    let gauges: LaneGauges
    /// Behind the last record that the broker acknowledged.
    let acknowledgedEnds: OffsetGauges
    private let books: [SentBook]
    /// In the order of the setup; empty before `open`.
    private(set) var topics: ContiguousArray<ProducerTopic> = []
    /// The client and the partitioner of the topic whose turn it is.
    private(set) var producer: Producer!
    var partitioner: Partitioner!
    /// The index of that topic.
    private var current = 0
    var queue: LaneQueue
    /// What is still to come of the schedule.
    var stream: ArrivalStream?
    /// Phases since the last `begin`, in order.
    var phases: ContiguousArray<ProducerRecorders> = []
    /// The phase of records that are handed over now.
    var handing = 0
    var tally = ErrorTally()
    /// From here on nothing is sent; nil: no load.
    var loadEnd: UInt64?
    /// Records that may be handed over since `begin`; nil: no bound.
    var recordBudget: UInt64?
    var handedRecords: UInt64 = 0
    /// Handed over too late or beyond the queue's bound, since the lane was made.
    var lateRecords: UInt64 = 0
    /// Records that fill a batch.
    let recordsPerBatch: Int
    /// Of a schedule, between two looks at the sockets.
    let fedPerTurn: Int
    /// Of a run at maximum rate: what the partition has still to get.
    var runPartition: Int32 = 0
    var runRest = 0
    /// A record that has its partition, key and size, and found no room.
    var chosenPartition: Int32?
    var chosenBytes: Int
    let key = UnsafeMutableRawBufferPointer.allocate(byteCount: KeyDistribution.keyBytes, alignment: 8)
    /// nil: records have no keys.
    var keys: KeySource?
    /// Whether keys choose partitions.
    let isKeyed: Bool
    /// Sizes of values, taken one after the other, again and again; empty where all are alike.
    let sizes: ContiguousArray<UInt32>
    var nextSize = 0
    /// Whether records are built one by one, with sizes or headers.
    let isVaried: Bool
    /// Of values, over all loads.
    var acknowledgedBytes: UInt64 = 0

    /// - Parameter books: one a topic.
    init(_ setup: Setup, loop: Loop, gauges: LaneGauges, books: [SentBook]) {
        precondition(setup.plan.partitioner != .murmur2 || setup.plan.keys != .unkeyed, "murmur2 goes by keys, and there are none")
        self.setup = setup
        self.loop = loop
        self.gauges = gauges
        self.books = books
        acknowledgedEnds = OffsetGauges(partitions: setup.loadPartitions)
        queue = LaneQueue(bound: setup.plan.mode == .open ? setup.queueBound : 1)
        let plan = setup.plan
        recordsPerBatch = Self.recordsPerBatch(plan, setup.material.pool)
        fedPerTurn = Self.fedPerTurn(plan)
        chosenBytes = plan.recordBytes
        keys = KeySource(plan.keys, seed: plan.seed, lane: setup.number, of: setup.count, table: setup.material.keys)
        sizes = plan.sizes.isConstant ? [] : plan.sizes.draws(seed: plan.seed, lane: setup.number)
        isVaried = plan.isVaried
        isKeyed = plan.partitioner == .murmur2
    }

    deinit { key.deallocate() }

    private static func recordsPerBatch(_ plan: ProducersPlan, _ pool: PayloadPool) -> Int {
        if plan.isVaried {
            // On average, lengths and deltas at their usual width.
            let each = plan.sizes.mean + Double(plan.besidesValueBytes + varintsOfRecord)
            return max(1, Int(Double(plan.batchBytes - BatchLayout.headerSize) / each))
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(plan.batchBytes, pool.valueSize + 128), alignment: 64)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 0)
        var cursor = 0
        let stamp = PayloadStamp(producer: 0, sequence: 0, intendedNanoseconds: 0, partition: 0)
        return max(1, builder.appendRun(1 << 24, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: 0))
    }

    private static var varintsOfRecord: Int { 10 }

    func open() throws {
        var options = ConnectionOptions()
        options.congestionControl = setup.congestion
        options.security = setup.security
        let address = BrokerAddress(host: setup.bootstrap.host, port: setup.bootstrap.port)
        let kind: Partitioner.Kind = switch setup.plan.partitioner {
        case .roundRobin: .roundRobin
        case .sticky: .sticky
        case .murmur2: .murmur2
        }
        for (number, (topic, book)) in zip(setup.topics, books).enumerated() {
            let made = try ProducerTopic(topic, book, of: self) { handler in
                try Producer(
                    loop: loop, bootstrap: address, topic: topic.name, producerNumber: setup.producerNumber,
                    configuration: configuration(for: topic), options: options, pool: setup.material.pool,
                    headers: setup.material.headers, handler: handler)
            }
            made.partitioner = Partitioner(
                kind, partitionCount: Int32(topic.partitions), stickyBytes: setup.plan.batchBytes,
                seed: setup.plan.seed &+ UInt64(setup.number + number * setup.count))
            topics.append(made)
        }
        (producer, partitioner) = (topics[0].producer, topics[0].partitioner)
    }

    /// The next record, or run of records, is the next topic's.
    @inline(__always)
    func nextTopic() {
        if topics.count > 1 { takeTurn() }
    }

    private func takeTurn() {
        topics[current].partitioner = partitioner
        current = current &+ 1 == topics.count ? 0 : current &+ 1
        (producer, partitioner) = (topics[current].producer, topics[current].partitioner)
    }

    /// Of one topic's client.
    private func configuration(for topic: LaneTopic) -> ProducerConfiguration {
        let plan = setup.plan
        var configuration = ProducerConfiguration()
        configuration.batchBytes = plan.batchBytes
        configuration.lingerNanoseconds = plan.lingerNanoseconds
        configuration.maxInFlight = plan.inFlight
        configuration.acks = Int16(plan.acks)
        configuration.isIdempotent = plan.idempotent
        configuration.codec = plan.codec
        configuration.compressionLevel = plan.compressionLevel
        configuration.maxRequestBytes = max(configuration.maxRequestBytes, plan.batchBytes)
        if !setup.mayRetry { configuration.retries = 0 }
        configuration.bufferMemoryBytes = setup.bufferMemoryBytes / setup.topics.count
        configuration.preparedBytes = Self.preparedBytes(clients: setup.count * setup.topics.count)
        configuration.transaction = plan.transactions.map {
            TransactionPlan(
                id: "\(topic.name)-\(setup.producerNumber)", records: $0.records, nanoseconds: $0.nanoseconds, abortShare: $0.abortShare)
        }
        if plan.mode != .open {
            // As much as can be on the way, and a request's worth to go on with: more would only add waiting time
            // and fall out of the cache.
            let request = min(configuration.maxRequestBytes, plan.batchBytes * topic.partitions)
            configuration.bufferMemoryBytes = (plan.inFlight + 2) * request + (topic.partitions + 1) * plan.batchBytes
        }
        if let transactions = plan.transactions {
            // A transaction's batches are kept until it ends, and each of its records may be one. Pages that no record came to are not there.
            let batches = transactions.records + topic.partitions + 1
            configuration.bufferMemoryBytes = max(configuration.bufferMemoryBytes, min(batches * plan.batchBytes, Self.transactionBytesMaximum))
        }
        return configuration
    }

    /// What each of a load's clients may have resident before it has sent anything. All together have a bound, or a few hundred would fill
    /// the machine; so many need little each, too, for the rate that one of them makes up for is a share of the load's.
    static func preparedBytes(clients: Int) -> Int { min(32 << 20, (512 << 20) / max(1, clients)) }

    /// A transaction whose batches come to more ends before its time.
    private static let transactionBytesMaximum = 1 << 30

    func turn() throws {
        let now = MonotonicClock.now()
        if loadEnd != nil { work(now) }
        poll(MonotonicClock.now())
        publish(now)
        try loop.runOnce(maxWaitNanoseconds: waiting())
    }

    private func work(_ now: UInt64) {
        while tally.count + 1 < phases.count, now >= phases[tally.count + 1].origin { tally.cut(errors) }
        switch setup.plan.mode {
        case .open: openLoop(now)
        case .closed: if mayStart(now) { closedLoop() }
        case .max: if mayStart(now) { maximumRate() }
        }
        // The load is over: nothing more will fill the open batches.
        if let loadEnd, now >= loadEnd, queue.isEmpty {
            flush()
            for topic in topics { topic.producer.endTransaction() }
        }
        for phase in phases { phase.advance(to: now) }
    }

    private func mayStart(_ now: UInt64) -> Bool {
        guard let loadEnd, let first = phases.first else { return false }
        return now >= first.origin && now < loadEnd && !isBudgetSpent(now)
    }

    /// Until when the sockets may be waited for.
    private func waiting() -> Int64 {
        let now = MonotonicClock.now()
        var deadline = topics.reduce(UInt64.max) { min($0, $1.producer.nextDeadline ?? .max) }
        if let loadEnd {
            // At most so long, so that seconds close and the gauges stay fresh.
            deadline = min(deadline, now &+ 20_000_000)
            if loadEnd > now { deadline = min(deadline, loadEnd) }
            if let first = phases.first, first.origin > now { deadline = min(deadline, first.origin) }
            if let next = stream?.next, next < loadEnd { deadline = min(deadline, next) }
        }
        if deadline == .max { return -1 }
        return deadline > now ? Int64(clamping: deadline - now) : 0
    }

    private func publish(_ now: UInt64) {
        var (acknowledged, failed): (UInt64, UInt64) = (0, 0)
        for topic in topics {
            acknowledged &+= topic.producer.counters.acknowledgedRecords
            failed &+= topic.producer.counters.failedRecords
        }
        gauges.records.store(acknowledged, ordering: .relaxed)
        gauges.failed.store(failed, ordering: .relaxed)
        gauges.bytes.store(acknowledgedBytes, ordering: .relaxed)
        gauges.outstanding.store(queue.count &+ unacknowledgedRecords, ordering: .relaxed)
        gauges.late.store(lateRecords, ordering: .relaxed)
        gauges.isDrained.store(isDrained(now), ordering: .releasing)
    }

    private func isDrained(_ now: UInt64) -> Bool {
        guard let loadEnd else { return true }
        let isOver = setup.plan.mode == .open ? (stream?.next ?? .max) >= loadEnd && now >= loadEnd : now >= loadEnd
        return isOver && queue.isEmpty && unacknowledgedRecords == 0
    }

    /// Whether everything that may be sent was handed over; the load ends with it.
    func isBudgetSpent(_ now: UInt64) -> Bool {
        guard let recordBudget, handedRecords >= recordBudget else { return false }
        endLoad(at: now)
        gauges.isBudgetSpent.store(true, ordering: .relaxed)
        return true
    }

    func close() {
        closeBooks()
        for topic in topics { topic.producer.close() }
    }

    // MARK: all topics together

    func poll(_ now: UInt64) {
        for topic in topics { topic.producer.poll(now: now) }
    }

    func flush() {
        for topic in topics { topic.producer.flush() }
    }

    var unacknowledgedRecords: UInt64 { topics.reduce(0) { $0 &+ $1.producer.unacknowledgedRecords } }
    var handedToClients: UInt64 { topics.reduce(0) { $0 &+ $1.producer.counters.handedRecords } }

    /// By name.
    var errors: [String: UInt64] {
        guard topics.count > 1 else { return producer.counters.errors }
        return topics.reduce(into: [:]) { $0.merge($1.producer.counters.errors, uniquingKeysWith: +) }
    }

    /// Tells the books what was handed over up to now.
    func closeBooks() {
        for topic in topics { topic.closeBook(isIdempotent: setup.plan.idempotent) }
    }
}
