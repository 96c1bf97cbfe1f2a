// `tidemark consumer-perf`: what kafka-consumer-perf-test.sh does and prints, with our client.
internal import Client
internal import Codecs
internal import Host
internal import Reactor
internal import Records
internal import Vocabulary
internal import Wire

package final class ConsumerPerf {
    let plan: ConsumerPerfPlan
    private let dates: JavaDateFormat
    private let isStopped: () -> Bool
    private let say: (String) -> Void
    private let complain: (String) -> Void
    let loop: Loop
    private(set) var topics: [ConsumerPerfTopic] = []
    /// nil: the broker keeps no groups.
    var membership: GroupMembership?
    /// Whoever gets a partition of which nothing is committed begins there. By number, as everything here.
    private(set) var starts: [Int32: Offset] = [:]
    /// Of the partitions that it has: behind the last record that was counted.
    var positions: [Int32: Offset] = [:]
    /// Of those that it had, what the group is still to be told.
    var given: [Int32: Offset] = [:]
    private let decompressor = Decompressor()
    /// The wall clock and the monotonic one when the reading began: all times follow the latter.
    private let start: Int64
    private let origin: UInt64
    var statistics: ReadStatistics
    private var failure: (any Error)?
    private var errors: Set<String> = []
    private var totalFetchNanoseconds: UInt64 = 0

    /// Of one batch's records, decompressed.
    private static let decompressedLimit = 1 << 30
    /// As long as one poll of Kafka's tool waits.
    private static let longestWait: UInt64 = 100_000_000

    /// Reads what its group gives it of its topics, until enough records were read or none came for the timeout.
    ///
    /// - Parameters:
    ///   - isStopped: asked every tenth of a second at least; true ends it early.
    ///   - say: gets Kafka's lines.
    ///   - complain: gets what goes wrong meanwhile.
    /// - Returns: records read.
    /// - Throws: `ClientError` where it could not begin, and for a partition that can't be read further.
    package static func run(
        _ plan: ConsumerPerfPlan, isStopped: @escaping () -> Bool = { false }, say: @escaping (String) -> Void, complain: @escaping (String) -> Void
    ) throws -> Int64 {
        if !plan.hidesHeader { say(ReadStatistics.header(detailed: plan.showsDetails)) }
        let tool = try ConsumerPerf(plan, isStopped, say, complain)
        defer {
            tool.topics.forEach { $0.consumer.close() }
            tool.membership?.close()
        }
        return try tool.run()
    }

    private init(
        _ plan: ConsumerPerfPlan, _ isStopped: @escaping () -> Bool, _ say: @escaping (String) -> Void, _ complain: @escaping (String) -> Void
    ) throws {
        self.plan = plan
        self.isStopped = isStopped
        self.say = say
        self.complain = complain
        dates = try JavaDateFormat(plan.dateFormat)
        loop = try Loop()
        let start = WallClock.milliseconds()
        self.start = start
        origin = MonotonicClock.now()
        statistics = ReadStatistics(
            asked: plan.records, interval: plan.intervalMilliseconds, pollRecords: plan.properties.pollRecords, start: start)
    }

    private func run() throws -> Int64 {
        try assign()
        var hasTimedOut = false
        while !statistics.isDone, failure == nil, !hasTimedOut, !isStopped() {
            membership?.poll(now: MonotonicClock.now())
            for topic in topics { topic.consumer.poll(now: MonotonicClock.now()) }
            let now = MonotonicClock.now()
            let fetching = topics.reduce(UInt64.max) { min($0, $1.consumer.nextDeadline ?? .max) }
            let wake = min(fetching, membership?.nextDeadline ?? .max, now &+ Self.longestWait)
            try loop.runOnce(maxWaitNanoseconds: wake > now ? Int64(wake - now) : 0)
            hasTimedOut = milliseconds(MonotonicClock.now()) - statistics.lastReadAt > plan.timeoutMilliseconds
        }
        let end = milliseconds(MonotonicClock.now())
        if statistics.records < plan.records, failure == nil, hasTimedOut {
            say("WARNING: Exiting before consuming the expected number of messages: timeout (\(plan.timeoutMilliseconds) ms) exceeded. "
                + "You can use the --timeout option to increase the timeout.")
        }
        try leave()
        if !plan.showsDetails { say(statistics.totalLine(startTime: dates.text(start), endTime: dates.text(end), end: end)) }
        if plan.printsMetrics { for line in KafkaMetric.table(metrics, clientID: plan.properties.options.clientID) { say(line) } }
        if let failure { throw failure }
        return statistics.records
    }

    private func assign() throws {
        let properties = plan.properties
        let cluster = try Cluster(properties.bootstrap, properties.options)
        let admin = try cluster.anyBroker()
        var first: Int32 = 0
        for name in try plan.topics.names(at: cluster, includesInternal: !properties.excludesInternalTopics) {
            let found = try cluster.topic(name)
            let topic = try ConsumerPerfTopic(name, first: first, of: self) { handler in
                try Consumer(
                    loop: loop, bootstrap: admin.broker, topic: name, configuration: properties.configuration, options: properties.options,
                    handler: handler)
            }
            topics.append(topic)
            let places = try cluster.offsets(
                of: found, at: plan.startsAtEnd ? .latest : .earliest, committed: properties.configuration.isCommittedOnly)
            for (partition, offset) in places where partition < topic.consumer.partitionCount { starts[first + partition] = offset }
            first += topic.consumer.partitionCount
        }
        guard admin.negotiation.version(of: .joinGroup) != nil else {
            complain("broker \(admin.broker) keeps no groups: every partition is read, rebalance.time.ms is 0, and nothing is committed")
            return assigned(starts.keys.sorted().map { ($0, nil) })
        }
        statistics.beginJoining(at: start)
        membership = try GroupMembership(
            loop: loop, bootstrap: admin.broker, topics: topics.map { ($0.name, $0.consumer.partitionCount) }, configuration: properties.group,
            options: properties.options, handler: self)
    }

    /// The one that has the partition of this number.
    func topic(of number: Int32) -> ConsumerPerfTopic { topics[topics.lastIndex(where: { $0.first <= number })!] }

    func milliseconds(_ time: UInt64) -> Int64 { start + (time > origin ? Int64((time - origin) / 1_000_000) : 0) }

    /// Of what Kafka's client counts, what ours does too; averages are over the whole run.
    private var metrics: [KafkaMetric] {
        func sum(_ count: KeyPath<ConsumerCounters, UInt64>) -> Double { Double(topics.reduce(UInt64(0)) { $0 + $1.consumer.counters[keyPath: count] }) }
        let (bytes, answers) = (sum(\.bytes), sum(\.answers))
        return [
            KafkaMetric("consumer-fetch-manager-metrics", "bytes-consumed-total", bytes),
            KafkaMetric("consumer-fetch-manager-metrics", "records-consumed-total", sum(\.records)),
            KafkaMetric("consumer-fetch-manager-metrics", "fetch-total", answers),
            KafkaMetric("consumer-fetch-manager-metrics", "fetch-size-avg", bytes / answers),
            KafkaMetric("consumer-fetch-manager-metrics", "fetch-latency-avg", Double(totalFetchNanoseconds) / 1e6 / answers),
        ]
    }
}

/// What a topic's client brings.
extension ConsumerPerf {
    func fetched(_ batch: BatchView, _ partition: Int32, of topic: ConsumerPerfTopic, position: Offset, at receivedAt: UInt64) {
        guard !batch.isControl, failure == nil, !statistics.isDone else { return }
        let now = milliseconds(receivedAt)
        var next = position
        defer { positions[topic.first + partition] = next }
        do {
            guard let codec = batch.codec else { throw PeerToolError.failed("a codec that does not exist") }
            var records = RecordIterator(try decompressor.decompress(batch.records, codec, limit: Self.decompressedLimit))
            while !statistics.isDone, let record = try records.next() {
                let offset = batch.baseOffset &+ Offset(record.offsetDelta)
                guard offset >= position else { continue }
                next = offset &+ 1
                let bytes = (record.key?.count ?? 0) + (record.value?.count ?? 0)
                if let interval = statistics.record(bytes: bytes, at: now), plan.showsDetails { say(interval.line(time: dates.text(interval.end))) }
            }
        } catch {
            fail("the batch at offset \(batch.baseOffset) of \(topic.name)-\(partition) can't be read: \(error)")
        }
    }

    /// Behind records of transactions that are not delivered, too. Of an answer that brought more than enough only what was counted is read.
    func advanced(_ number: Int32, position: Offset) {
        if failure == nil, !statistics.isDone { positions[number] = position }
    }

    func fetchEnded(_ outcome: FetchOutcome) {
        statistics.endPoll()
        if outcome.receivedAt > outcome.requestedAt { totalFetchNanoseconds &+= outcome.receivedAt - outcome.requestedAt }
    }

    func note(_ error: ClientError) {
        if errors.insert("\(error)").inserted { complain("\(error)") }
    }

    /// Of a partition that is given up for it.
    func failed(_ error: ClientError, number: Int32) {
        // What was given up before still has something on the way, which is nobody's.
        if positions[number] != nil { failure = failure ?? error }
    }

    func fail(_ text: String) { failure = failure ?? PeerToolError.failed(text) }
}
