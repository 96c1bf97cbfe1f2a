// A consumer lane on its thread: every record audited, then timed; a slow one reads no faster than it may.
internal import Client
internal import Host
internal import Measurement
internal import Reactor
internal import Records
internal import Synchronization
internal import Vocabulary

/// Everything here belongs to the lane's thread once `open` has been called.
final class ConsumerWorker: LaneWorker, @unchecked Sendable {
    // @unchecked: the control thread reaches it only through work posted to its loop, and once the thread has ended.
    struct Setup: Sendable {
        let number: Int
        let count: Int
        let plan: ConsumersPlan
        let bootstrap: HostPort
        let topic: String
        let recordBytes: Double
        let congestion: String?
        let security: ConnectionSecurity
    }

    let setup: Setup
    let loop: Loop
    let gauges: LaneGauges
    let offsets: ReaderOffsets
    let book: SeenBook
    var consumer: Consumer!
    var phases: ContiguousArray<ConsumerRecorders> = []
    var tally = ErrorTally()
    /// By name.
    var errors: [String: UInt64] = [:]
    var records: UInt64 = 0
    var bytes: UInt64 = 0
    /// Records with one intended time, not yet recorded.
    private var runIntended: UInt64 = 0
    private var runCount: UInt64 = 0
    private var runBytes: UInt64 = 0
    /// nil: it reads what comes.
    private var throttle: ReadThrottle?

    init(_ setup: Setup, loop: Loop, gauges: LaneGauges, offsets: ReaderOffsets, book: SeenBook) {
        self.setup = setup
        self.loop = loop
        self.gauges = gauges
        self.offsets = offsets
        self.book = book
        throttle = setup.plan.recordsPerSecond.map { ReadThrottle(recordsPerSecond: $0 / Double(setup.count)) }
    }

    func open() throws {
        var options = ConnectionOptions()
        options.congestionControl = setup.congestion
        options.security = setup.security
        let address = BrokerAddress(host: setup.bootstrap.host, port: setup.bootstrap.port)
        var configuration = ConsumerConfiguration()
        if let throttle {
            configuration.maxBytes = throttle.fetchBytes(recordBytes: setup.recordBytes)
            configuration.partitionMaxBytes = configuration.maxBytes
            configuration.rotatesPartitions = true
        }
        consumer = try Consumer(
            loop: loop, bootstrap: address, topic: setup.topic, configuration: configuration, options: options, handler: self)
        guard consumer.partitionCount == Int32(book.partitionCount) else {
            throw HarnessError.impossible(
                "topic \(setup.topic) has \(consumer.partitionCount) partitions, the run counts on \(book.partitionCount)")
        }
        for partition in stride(from: Int32(setup.number), to: consumer.partitionCount, by: setup.count) {
            try consumer.assign(partition, from: setup.plan.start == .latest ? .latest : .earliest)
            // As if its log ended there: behind by nothing, until an answer or an acknowledgement says otherwise.
            if let start = consumer.position(of: partition) { offsets.advance(partition, position: start, end: start) }
        }
    }

    func turn() throws {
        let now = MonotonicClock.now()
        let pause = throttle.flatMap { $0.mayReadAt > now ? $0.mayReadAt : nil }
        if pause == nil { consumer.poll(now: now) }
        for phase in phases where now >= phase.origin { phase.series.advance(to: now) }
        cutTally(now)
        gauges.records.store(records, ordering: .relaxed)
        gauges.bytes.store(bytes, ordering: .relaxed)
        var wait: Int64 = -1
        // While it pauses, its connections are not looked after either.
        if let deadline = pause ?? consumer.nextDeadline { wait = deadline > now ? Int64(clamping: deadline - now) : 0 }
        try loop.runOnce(maxWaitNanoseconds: wait)
    }

    func close() { consumer?.close() }

    private func cutTally(_ now: UInt64) {
        while tally.count + 1 < phases.count, now >= phases[tally.count + 1].origin { tally.cut(errors) }
    }

    // MARK: from the control thread, run on the lane's

    func begin(_ first: ConsumerRecorders) {
        phases = [first]
        tally.restart(errors)
    }

    func boundary(_ next: ConsumerRecorders) {
        guard let last = phases.last else { return }
        precondition(next.origin > last.origin, "phases come one after the other")
        phases.append(next)
    }

    var positions: [Int32: Offset] {
        stride(from: Int32(setup.number), to: consumer.partitionCount, by: setup.count).reduce(into: [:]) {
            $0[$1] = consumer.position(of: $1)
        }
    }

    func collect() -> [ConsumerLanePhase] {
        cutTally(MonotonicClock.now())
        return phases.enumerated().map { $1.value(errors: tally.errors(of: $0, errors)) }
    }
}

extension ConsumerWorker: FetchHandler {
    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        let checked = book.check(batch, partition: partition, position: position) { intended, valueBytes in
            if intended != runIntended {
                endRun(at: receivedAt)
                runIntended = intended
            }
            runCount &+= 1
            runBytes &+= UInt64(valueBytes)
        }
        endRun(at: receivedAt)
        records &+= UInt64(checked)
        throttle?.took(checked, at: receivedAt)
    }

    private func endRun(at now: UInt64) {
        guard runCount > 0 else { return }
        bytes &+= runBytes
        defer {
            runCount = 0
            runBytes = 0
        }
        var index = phases.count - 1
        while index >= 0, runIntended < phases[index].origin { index &-= 1 }
        guard index >= 0 else { return }
        let phase = phases[index]
        phase.endToEnd.record(Int64(bitPattern: now &- runIntended), count: runCount, at: now)
        phase.series.add(count: runCount, bytes: runBytes, at: now)
        phase.counts.records &+= runCount
        phase.counts.bytes &+= runBytes
        phase.isInPoll = true
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        book.unreadable(batch, partition, "checksum of the batch: \(error)")
    }

    func advanced(_ partition: Int32, position: Offset, highWatermark: Offset) {
        offsets.advance(partition, position: position, end: highWatermark)
    }

    func fetchEnded(_ outcome: FetchOutcome) {
        for phase in phases where phase.isInPoll {
            phase.counts.polls &+= 1
            phase.isInPoll = false
        }
    }

    func failed(_ error: ClientError, partition: Int32?) {
        errors[error.name, default: 0] += 1
    }
}
