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
        let topic: String
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
    let book: SentBook
    var producer: Producer!
    var partitioner: Partitioner!
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
    /// Handed over too late, since the lane was made.
    var lateRecords: UInt64 = 0
    /// Records that fill a batch.
    let recordsPerBatch: Int
    /// Of a run at maximum rate: what the partition has still to get.
    var runPartition: Int32 = 0
    var runRest = 0
    /// A record that has its partition, key and size, and found no room.
    var chosenPartition: Int32?
    var chosenBytes: Int
    let key = UnsafeMutableRawBufferPointer.allocate(byteCount: KeyDistribution.keyBytes, alignment: 8)
    var keys: KeySource
    /// Sizes of values, taken one after the other, again and again; empty where all are alike.
    let sizes: ContiguousArray<UInt32>
    var nextSize = 0
    /// Whether records are built one by one, with sizes or headers.
    let isVaried: Bool
    /// Of values, over all loads.
    var acknowledgedBytes: UInt64 = 0

    init(_ setup: Setup, loop: Loop, gauges: LaneGauges, book: SentBook) {
        self.setup = setup
        self.loop = loop
        self.gauges = gauges
        self.book = book
        acknowledgedEnds = OffsetGauges(partitions: book.handed.count)
        queue = LaneQueue(bound: setup.plan.mode == .open ? setup.queueBound : 1)
        let plan = setup.plan
        recordsPerBatch = Self.recordsPerBatch(plan, setup.material.pool)
        chosenBytes = plan.recordBytes
        keys = KeySource(plan.keys, seed: plan.seed, lane: setup.number, of: setup.count, table: setup.material.keys)
        sizes = plan.sizes.isConstant ? [] : plan.sizes.draws(seed: plan.seed, lane: setup.number)
        isVaried = plan.isVaried
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
        producer = try Producer(
            loop: loop, bootstrap: address, topic: setup.topic, producerNumber: setup.producerNumber,
            configuration: configuration(), options: options, pool: setup.material.pool,
            headers: setup.material.headers, handler: self)
        guard producer.partitionCount == Int32(book.handed.count) else {
            throw HarnessError.impossible(
                "topic \(setup.topic) has \(producer.partitionCount) partitions, the run counts on \(book.handed.count)")
        }
        let kind: Partitioner.Kind = switch setup.plan.partitioner {
        case .roundRobin: .roundRobin
        case .sticky: .sticky
        case .murmur2: .murmur2
        }
        partitioner = Partitioner(
            kind, partitionCount: producer.partitionCount, stickyBytes: setup.plan.batchBytes,
            seed: setup.plan.seed &+ UInt64(setup.number))
    }

    private func configuration() -> ProducerConfiguration {
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
        configuration.bufferMemoryBytes = setup.bufferMemoryBytes
        if plan.mode != .open {
            // As much as can be on the way, and a request's worth to go on with: more would only add waiting time
            // and fall out of the cache.
            let request = min(configuration.maxRequestBytes, plan.batchBytes * book.handed.count)
            configuration.bufferMemoryBytes = (plan.inFlight + 2) * request + (book.handed.count + 1) * plan.batchBytes
        }
        return configuration
    }

    func turn() throws {
        let now = MonotonicClock.now()
        if loadEnd != nil { work(now) }
        producer.poll(now: MonotonicClock.now())
        publish(now)
        try loop.runOnce(maxWaitNanoseconds: waiting())
    }

    private func work(_ now: UInt64) {
        while tally.count + 1 < phases.count, now >= phases[tally.count + 1].origin { tally.cut(producer.counters.errors) }
        switch setup.plan.mode {
        case .open: openLoop(now)
        case .closed: if mayStart(now) { closedLoop() }
        case .max: if mayStart(now) { maximumRate() }
        }
        // The load is over: nothing more will fill the open batches.
        if let loadEnd, now >= loadEnd, queue.isEmpty { producer.flush() }
        for phase in phases { phase.advance(to: now) }
    }

    private func mayStart(_ now: UInt64) -> Bool {
        guard let loadEnd, let first = phases.first else { return false }
        return now >= first.origin && now < loadEnd && !isBudgetSpent(now)
    }

    /// Until when the sockets may be waited for.
    private func waiting() -> Int64 {
        let now = MonotonicClock.now()
        var deadline = producer.nextDeadline ?? .max
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
        gauges.records.store(producer.counters.acknowledgedRecords, ordering: .relaxed)
        gauges.bytes.store(acknowledgedBytes, ordering: .relaxed)
        gauges.outstanding.store(queue.count &+ producer.unacknowledgedRecords, ordering: .relaxed)
        gauges.late.store(lateRecords, ordering: .relaxed)
        gauges.isDrained.store(isDrained(now), ordering: .releasing)
    }

    private func isDrained(_ now: UInt64) -> Bool {
        guard let loadEnd else { return true }
        let isOver = setup.plan.mode == .open ? (stream?.next ?? .max) >= loadEnd && now >= loadEnd : now >= loadEnd
        return isOver && queue.isEmpty && producer.unacknowledgedRecords == 0
    }

    /// Whether everything that may be sent was handed over; the load ends with it.
    func isBudgetSpent(_ now: UInt64) -> Bool {
        guard let recordBudget, handedRecords >= recordBudget else { return false }
        endLoad(at: now)
        gauges.isBudgetSpent.store(true, ordering: .relaxed)
        return true
    }

    func close() {
        guard producer != nil else { return }
        closeBook()
        producer.close()
    }

    /// Tells the book what was handed over up to now.
    func closeBook() {
        for partition in 0..<producer.partitionCount { book.handOver(partition, upTo: producer.nextSequence(of: partition)) }
        book.keepsOrder = setup.plan.idempotent || producer.counters.retriedBatches == 0
    }
}
