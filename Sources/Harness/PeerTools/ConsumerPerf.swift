// `tidemark consumer-perf`: what kafka-consumer-perf-test.sh does and prints, with our client.
package import Client
internal import Codecs
internal import Host
internal import Reactor
package import Records
package import Vocabulary

package final class ConsumerPerf {
    private let plan: ConsumerPerfPlan
    private let dates: JavaDateFormat
    private let isStopped: () -> Bool
    private let say: (String) -> Void
    private let complain: (String) -> Void
    private let loop: Loop
    private var consumer: Consumer!
    private let decompressor = Decompressor()
    /// The wall clock and the monotonic one when the reading began: all times follow the latter.
    private let start: Int64
    private let origin: UInt64
    private var statistics: ReadStatistics
    private var failure: (any Error)?
    private var errors: Set<String> = []
    private var totalFetchNanoseconds: UInt64 = 0

    /// Of one batch's records, decompressed.
    private static let decompressedLimit = 1 << 30
    /// As long as one poll of Kafka's tool waits.
    private static let longestWait: UInt64 = 100_000_000

    /// Reads every partition of the topic, until enough records were read or none came for the timeout.
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
        defer { tool.consumer?.close() }
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
            consumer.poll(now: MonotonicClock.now())
            let now = MonotonicClock.now()
            let wake = min(consumer.nextDeadline ?? .max, now &+ Self.longestWait)
            try loop.runOnce(maxWaitNanoseconds: wake > now ? Int64(wake - now) : 0)
            hasTimedOut = milliseconds(MonotonicClock.now()) - statistics.lastReadAt > plan.timeoutMilliseconds
        }
        let end = milliseconds(MonotonicClock.now())
        if statistics.records < plan.records, failure == nil, hasTimedOut {
            say("WARNING: Exiting before consuming the expected number of messages: timeout (\(plan.timeoutMilliseconds) ms) exceeded. "
                + "You can use the --timeout option to increase the timeout.")
        }
        if !plan.showsDetails { say(statistics.totalLine(startTime: dates.text(start), endTime: dates.text(end), end: end)) }
        if plan.printsMetrics { for line in KafkaMetric.table(metrics, clientID: plan.properties.options.clientID) { say(line) } }
        if let failure { throw failure }
        return statistics.records
    }

    /// All partitions, from offsets that their leaders are asked for once.
    private func assign() throws {
        let properties = plan.properties
        let cluster = try Cluster(properties.bootstrap, properties.options)
        let offsets = try cluster.offsets(of: try cluster.topic(plan.topic), at: plan.startsAtEnd ? .latest : .earliest)
        consumer = try Consumer(
            loop: loop, bootstrap: try cluster.anyBroker().broker, topic: plan.topic, configuration: properties.configuration,
            options: properties.options, handler: self)
        for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) { try consumer.assign(partition, from: .at(offset)) }
    }

    private func milliseconds(_ time: UInt64) -> Int64 { start + (time > origin ? Int64((time - origin) / 1_000_000) : 0) }

    /// Of what Kafka's client counts, what ours does too; averages are over the whole run.
    private var metrics: [KafkaMetric] {
        let counters = consumer.counters
        let answers = Double(counters.answers)
        return [
            KafkaMetric("consumer-fetch-manager-metrics", "bytes-consumed-total", Double(counters.bytes)),
            KafkaMetric("consumer-fetch-manager-metrics", "records-consumed-total", Double(counters.records)),
            KafkaMetric("consumer-fetch-manager-metrics", "fetch-total", answers),
            KafkaMetric("consumer-fetch-manager-metrics", "fetch-size-avg", Double(counters.bytes) / answers),
            KafkaMetric("consumer-fetch-manager-metrics", "fetch-latency-avg", Double(totalFetchNanoseconds) / 1e6 / answers),
        ]
    }
}

extension ConsumerPerf: FetchHandler {
    package func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        guard !batch.isControl, failure == nil, !statistics.isDone else { return }
        let now = milliseconds(receivedAt)
        do {
            guard let codec = batch.codec else { throw PeerToolError.failed("a codec that does not exist") }
            var records = RecordIterator(try decompressor.decompress(batch.records, codec, limit: Self.decompressedLimit))
            while !statistics.isDone, let record = try records.next() {
                guard batch.baseOffset &+ Offset(record.offsetDelta) >= position else { continue }
                let bytes = (record.key?.count ?? 0) + (record.value?.count ?? 0)
                if let interval = statistics.record(bytes: bytes, at: now), plan.showsDetails { say(interval.line(time: dates.text(interval.end))) }
            }
        } catch {
            fail("the batch at offset \(batch.baseOffset) of \(plan.topic)-\(partition) can't be read: \(error)")
        }
    }

    package func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        fail("the batch at offset \(batch.baseOffset) of \(plan.topic)-\(partition) is damaged: \(error)")
    }

    package func fetchEnded(_ outcome: FetchOutcome) {
        statistics.endPoll()
        if outcome.receivedAt > outcome.requestedAt { totalFetchNanoseconds &+= outcome.receivedAt - outcome.requestedAt }
    }

    package func failed(_ error: ClientError, partition: Int32?) {
        if errors.insert("\(error)").inserted { complain("\(error)") }
        if let partition, consumer.isStopped(partition) { failure = failure ?? error }
    }

    private func fail(_ text: String) { failure = failure ?? PeerToolError.failed(text) }
}
