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
        let topics: [LaneTopic]
        let recordBytes: Double
        let congestion: String?
        let security: ConnectionSecurity
    }

    let setup: Setup
    let loop: Loop
    let gauges: LaneGauges
    let offsets: ReaderOffsets
    private let books: [SeenBook]
    /// Those of which it has, or may be given, partitions; empty before `open`.
    private(set) var topics: ContiguousArray<ConsumerTopic> = []
    var phases: ContiguousArray<ConsumerRecorders> = []
    var tally = ErrorTally()
    /// By name.
    var errors: [String: UInt64] = [:]
    var records: UInt64 = 0
    /// Of them, those that no producer of the load has sent.
    var strangers: UInt64 = 0
    var bytes: UInt64 = 0
    private let isMember: Bool
    /// Records with one intended time, not yet recorded.
    private var runIntended: UInt64 = 0
    private var runCount: UInt64 = 0
    private var runBytes: UInt64 = 0
    /// nil: it reads what comes.
    private var throttle: ReadThrottle?

    /// - Parameter books: one a topic.
    init(_ setup: Setup, loop: Loop, gauges: LaneGauges, offsets: ReaderOffsets, books: [SeenBook]) {
        self.setup = setup
        self.loop = loop
        self.gauges = gauges
        self.offsets = offsets
        self.books = books
        isMember = setup.plan.group != nil
        throttle = setup.plan.recordsPerSecond.map { ReadThrottle(recordsPerSecond: $0 / Double(setup.count)) }
    }

    func open() throws {
        var options = ConnectionOptions()
        options.congestionControl = setup.congestion
        options.security = setup.security
        let address = BrokerAddress(host: setup.bootstrap.host, port: setup.bootstrap.port)
        var configuration = ConsumerConfiguration(setup.plan.fetch)
        configuration.isCommittedOnly = setup.plan.isCommittedOnly
        if let throttle {
            configuration.maxBytes = throttle.fetchBytes(recordBytes: setup.recordBytes)
            configuration.partitionMaxBytes = configuration.maxBytes
            configuration.rotatesPartitions = true
        }
        for (topic, book) in zip(setup.topics, books) {
            let own = ownPartitions(of: topic)
            guard !own.isEmpty || setup.plan.group != nil else { continue }
            let made = try ConsumerTopic(topic, book, of: self) { handler in
                try Consumer(
                    loop: loop, bootstrap: address, topic: topic.name, configuration: configuration, options: options, handler: handler)
            }
            topics.append(made)
            if let group = setup.plan.group {
                try made.join(group, as: setup.plan, loop, address, options)
                continue
            }
            for (partition, start) in try setup.plan.start.positions(in: topic.name, own, at: address, options).sorted(by: { $0.key < $1.key }) {
                try made.consumer.assign(partition, from: .at(start))
                // As if its log ended there: behind by nothing, until an answer or an acknowledgement says otherwise.
                offsets.advance(topic.firstPartition + partition, position: start, end: start)
            }
        }
    }

    /// Every `count`-th of the load's partitions is this lane's.
    private func ownPartitions(of topic: LaneTopic) -> [Int32] {
        (0..<Int32(topic.partitions)).filter { Int(topic.firstPartition + $0) % setup.count == setup.number }
    }

    func turn() throws {
        let now = MonotonicClock.now()
        let pause = throttle.flatMap { $0.mayReadAt > now ? $0.mayReadAt : nil }
        if isMember { pollMemberships(now) }
        if pause == nil {
            for topic in topics { topic.consumer.poll(now: now) }
        }
        for phase in phases where now >= phase.origin { phase.series.advance(to: now) }
        cutTally(now)
        gauges.records.store(records, ordering: .relaxed)
        gauges.strangers.store(strangers, ordering: .relaxed)
        gauges.bytes.store(bytes, ordering: .relaxed)
        var wait: Int64 = -1
        if let deadline = nextDeadline(pause) { wait = deadline > now ? Int64(clamping: deadline - now) : 0 }
        try loop.runOnce(maxWaitNanoseconds: wait)
    }

    /// While it pauses, its connections are not looked after, only its memberships.
    private func nextDeadline(_ pause: UInt64?) -> UInt64? {
        var next = pause ?? topics.reduce(.max) { min($0, $1.consumer.nextDeadline ?? .max) }
        if isMember { next = min(next, membershipDeadline) }
        return next == .max ? nil : next
    }

    func close() {
        // Before it leaves: who has left has none.
        notePartitions()
        endMemberships()
        for topic in topics { topic.consumer.close() }
    }

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

    var isPaused = false {
        didSet {
            for topic in topics { topic.consumer.isPaused = isPaused }
        }
    }

    var positions: [String: [Int32: Offset]] {
        topics.reduce(into: [:]) { found, topic in
            found[topic.topic.name] =
                topic.membership == nil
                ? ownPartitions(of: topic.topic).reduce(into: [:]) { $0[$1] = topic.consumer.position(of: $1) } : topic.groupPositions
        }
    }

    func collect() -> [ConsumerLanePhase] {
        cutTally(MonotonicClock.now())
        notePartitions()
        return phases.enumerated().map { $1.value(errors: tally.errors(of: $0, errors)) }
    }
}

extension ConsumerWorker {
    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64, into book: SeenBook) {
        let strangersBefore = book.strangers
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
        strangers &+= book.strangers &- strangersBefore
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

    func fetchEnded() {
        for phase in phases where phase.isInPoll {
            phase.counts.polls &+= 1
            phase.isInPoll = false
        }
    }
}

extension ConsumerConfiguration {
    fileprivate init(_ limits: FetchLimits) {
        self.init()
        if let bytes = limits.minBytes { minBytes = Int32(clamping: bytes) }
        if let wait = limits.maxWaitNanoseconds { maxWaitMilliseconds = Int32(clamping: wait / 1_000_000) }
        if let bytes = limits.maxBytes { maxBytes = Int32(clamping: bytes) }
        if let bytes = limits.partitionBytes { partitionMaxBytes = Int32(clamping: bytes) }
    }
}
