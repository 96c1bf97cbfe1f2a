// `tidemark producer-perf`: what kafka-producer-perf-test.sh does and prints, with our client.
//
// One thread: records are handed over, sockets served, acknowledgements counted, in turn. Kafka's tool has a thread for
// its sockets beside the one that sends.
package import Client
internal import Host
internal import Reactor

/// How such a run ended.
package struct ProducerPerfOutcome: Equatable, Sendable {
    /// Answered by their leader; of a transaction that then failed, in `failures` too.
    package let acknowledgedRecords: UInt64
    /// Records that failed for good, by reason.
    package let failures: [String: UInt64]
    /// Whether every record came to an end, not only those before it was told to stop.
    package let isComplete: Bool
}

package final class ProducerPerf {
    private let plan: ProducerPerfPlan
    private let payloads: PerfPayloads
    private let isStopped: () -> Bool
    private let say: (String) -> Void
    private let complain: (String) -> Void
    private let loop: Loop
    private var producer: Producer!
    private var partitioner: Partitioner!
    private var throttle: ThroughputThrottle!
    /// When the clock began; every time in milliseconds counts from here.
    private var origin: UInt64 = 0
    private var all: SendStatistics!
    /// From the first record behind the warm-up on.
    private var steady: SendStatistics?
    private var failures: [String: UInt64] = [:]
    /// Acknowledged in the transaction that is open.
    private var uncommitted: UInt64 = 0
    /// The number of the next record, and that record where it has found no room yet.
    private var number: Int64 = 0
    private var waiting: Record?
    private var pausedUntil: UInt64 = 0
    /// When records can be handed over again: 0 at once, the largest when an answer has freed memory.
    private var resumeAt: UInt64 = 0
    /// When something was acknowledged last, or nothing was waited for.
    private var progressAt: UInt64 = 0

    private struct Record {
        /// The first attempt to hand it over.
        let sentAt: UInt64
        let value: UnsafeRawBufferPointer
        let partition: Int32
        let mark: RecordMark
    }

    /// Sends the records and waits for their acknowledgements.
    ///
    /// - Parameters:
    ///   - isStopped: asked every tenth of a second at least; true ends it early.
    ///   - say: gets Kafka's lines.
    ///   - complain: gets what goes wrong meanwhile.
    /// - Throws: `PeerToolError`, `ClientError` where it could not begin or could not go on. What was acknowledged up to then has been said.
    package static func run(
        _ plan: ProducerPerfPlan, isStopped: @escaping () -> Bool = { false }, say: @escaping (String) -> Void, complain: @escaping (String) -> Void
    ) throws -> ProducerPerfOutcome {
        let tool = try ProducerPerf(plan, isStopped, say, complain)
        defer { tool.producer?.close() }
        return try tool.run()
    }

    private init(
        _ plan: ProducerPerfPlan, _ isStopped: @escaping () -> Bool, _ say: @escaping (String) -> Void, _ complain: @escaping (String) -> Void
    ) throws {
        self.plan = plan
        self.isStopped = isStopped
        self.say = say
        self.complain = complain
        payloads = try PerfPayloads.made(for: plan, say)
        loop = try Loop()
    }

    private func run() throws -> ProducerPerfOutcome {
        try connect()
        if plan.warmUpRecords > 0 {
            say("Warmup first \(plan.warmUpRecords) records. Steady state results will print after the complete test summary.")
        }
        origin = MonotonicClock.now()
        progressAt = origin
        all = SendStatistics(records: plan.records, interval: plan.intervalMilliseconds, isSteadyState: false, start: 0)
        throttle = ThroughputThrottle(recordsPerSecond: plan.throughput, start: origin)
        let stall = try drive()
        if uncommitted > 0, !producer.hasOpenTransaction { failures["THEIR_TRANSACTION_COULD_NOT_BE_ENDED", default: 0] += uncommitted }
        let end = milliseconds(MonotonicClock.now())
        say(all.totalLine(at: end))
        if let steady { say(steady.totalLine(at: end)) }
        if plan.printsMetrics { for line in KafkaMetric.table(metrics, clientID: plan.properties.options.clientID) { say(line) } }
        if let stall { throw stall }
        return ProducerPerfOutcome(
            acknowledgedRecords: producer.counters.acknowledgedRecords, failures: failures,
            isComplete: number == plan.records && isSettled)
    }

    // MARK: before the clock starts

    private func connect() throws {
        let properties = plan.properties
        let admin = try Cluster(properties.bootstrap, properties.options).anyBroker()
        try TopicWait.wait(for: plan.topic, at: admin, nanoseconds: properties.topicWaitNanoseconds, isStopped)
        producer = try Producer(
            loop: loop, bootstrap: admin.broker, topic: plan.topic, valueSizes: payloads.sizes, configuration: properties.configuration,
            options: properties.options, handler: self)
        partitioner = Partitioner(
            properties.partitioner, partitionCount: producer.partitionCount, stickyBytes: properties.configuration.batchBytes, seed: 0)
    }

    // MARK: while it runs

    /// So many records, or bytes, go between two looks at the sockets.
    private static let recordsPerTurn = 256
    private static let bytesPerTurn = 256 << 10
    private static let longestWait: UInt64 = 100_000_000

    /// - Returns: why it gave up; nil where it did not.
    private func drive() throws -> PeerToolError? {
        while number < plan.records {
            if isStopped() { return nil }
            if let stall { return stall }
            sendSome()
            try turn()
        }
        resumeAt = .max
        producer.flush()
        producer.endTransaction()
        while !isSettled {
            if isStopped() { return nil }
            if let stall { return stall }
            try turn()
        }
        return nil
    }

    /// Whether nothing is on the way and no transaction waits for its end.
    private var isSettled: Bool { producer.unacknowledgedRecords == 0 && !producer.hasOpenTransaction }

    /// Hands records over until it must wait; `resumeAt` says for what.
    private func sendSome() {
        resumeAt = 0
        var bytes = 0
        for _ in 0..<Self.recordsPerTurn where number < plan.records && bytes < Self.bytesPerTurn {
            let now = MonotonicClock.now()
            guard now >= pausedUntil else {
                resumeAt = pausedUntil
                return
            }
            // Kafka's `commitTransaction` blocks before the next record has a time, and its throttle catches up afterwards.
            guard waiting != nil || !producer.isEndingTransaction else {
                resumeAt = .max
                return
            }
            // A record that finds no room keeps the time of its first attempt, as Kafka's does while `send` blocks.
            let record = waiting ?? compose(at: now)
            waiting = record
            guard producer.send(value: record.value, partition: record.partition, mark: record.mark.rawValue, now: now) else {
                resumeAt = .max
                return
            }
            waiting = nil
            bytes += record.value.count
            let pause = throttle.wait(behind: number, sentAt: record.sentAt)
            if pause > 0 { pausedUntil = MonotonicClock.now() &+ pause }
            number += 1
        }
    }

    private func compose(at now: UInt64) -> Record {
        let value = payloads.value(number)
        let time = milliseconds(now)
        let isSteady = plan.warmUpRecords > 0 && number >= plan.warmUpRecords
        if isSteady, steady == nil {
            steady = SendStatistics(
                records: plan.records - plan.warmUpRecords, interval: plan.intervalMilliseconds, isSteadyState: true, start: time)
        }
        return Record(
            sentAt: now, value: value, partition: partitioner.partition(key: nil, recordBytes: value.count),
            mark: RecordMark(sentMilliseconds: time, valueBytes: value.count, isSteady: isSteady))
    }

    private func turn() throws {
        producer.poll(now: MonotonicClock.now())
        let now = MonotonicClock.now()
        let wake = min(resumeAt, producer.nextDeadline ?? .max, now &+ Self.longestWait)
        try loop.runOnce(maxWaitNanoseconds: wake > now ? Int64(wake - now) : 0)
        if waiting == nil, producer.unacknowledgedRecords == 0, !producer.isEndingTransaction { progressAt = MonotonicClock.now() }
    }

    /// Set once nothing has been acknowledged for longer than a record may take, although something waits.
    private var stall: PeerToolError? {
        let properties = plan.properties
        let patience = properties.configuration.deliveryTimeoutNanoseconds &+ properties.options.requestTimeoutNanoseconds
        let now = MonotonicClock.now()
        guard now > progressAt, now - progressAt > patience else { return nil }
        let errors = producer.counters.errors.keys.sorted().map { ": \($0)" }.joined()
        return .failed(
            "gave up: nothing was acknowledged for \(fixed(Double(patience) / 1e9, 1)) s (delivery.timeout.ms + request.timeout.ms)\(errors)")
    }

    private func milliseconds(_ time: UInt64) -> Int64 { time > origin ? Int64((time - origin) / 1_000_000) : 0 }

    // MARK: what the client counted

    /// Of what Kafka's client counts, what ours does too; averages are over the whole run.
    private var metrics: [KafkaMetric] {
        let counters = producer.counters
        let batches = Double(counters.acknowledgedBatches)
        return [
            KafkaMetric("producer-metrics", "record-send-total", Double(counters.acknowledgedRecords)),
            KafkaMetric("producer-metrics", "record-error-total", Double(counters.failedRecords)),
            KafkaMetric("producer-metrics", "batch-size-avg", Double(counters.acknowledgedBytes) / batches),
            KafkaMetric("producer-metrics", "records-per-request-avg", Double(counters.acknowledgedRecords) / Double(counters.acknowledgedRequests)),
            KafkaMetric("producer-metrics", "request-total", Double(counters.sentRequests)),
        ]
    }
}

extension ProducerPerf: AcknowledgementHandler {
    package func acknowledged(_ acknowledgement: Acknowledgement) {
        if let failure = acknowledgement.failure {
            if failures[failure.description] == nil { complain("records failed: \(failure)") }
            failures[failure.description, default: 0] += UInt64(acknowledgement.recordCount)
            return
        }
        progressAt = acknowledgement.acknowledgedAt
        if plan.properties.configuration.transaction != nil { uncommitted += UInt64(acknowledgement.recordCount) }
        let now = milliseconds(acknowledgement.acknowledgedAt)
        for raw in acknowledgement.intended {
            let mark = RecordMark(rawValue: raw)
            let latency = max(0, now - mark.sentMilliseconds)
            if let window = all.record(latency: latency, bytes: mark.valueBytes, at: now), steady == nil { say(window.line) }
            guard mark.isSteady, let window = steady?.record(latency: latency, bytes: mark.valueBytes, at: now) else { continue }
            if window.isFirst { say("In steady state.") }
            say(window.line)
        }
    }

    package func transactionEnded(_ transaction: EndedTransaction) {
        progressAt = transaction.endedAt
        // Kafka's tool dies of it, and its lines have counted them by then.
        if !transaction.isCommitted, uncommitted > 0 { failures["THEIR_TRANSACTION_WAS_ABORTED", default: 0] += uncommitted }
        uncommitted = 0
    }
}
