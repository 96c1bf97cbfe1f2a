// Where the fetches of a pass begin: found by reading the log once, since only that tells where batches end.
internal import Client
internal import Host
internal import Reactor
internal import Records
internal import Vocabulary

/// Walks a log through a consumer and cuts it into fetches of at most `fetchBytes` of whole batches.
final class FetchPlanner: FetchHandler {
    private let fetchBytes: Int32
    private var plan: [PlannedFetch] = []
    private var filled = 0
    private var failure: String?

    private init(fetchBytes: Int32) { self.fetchBytes = fetchBytes }

    /// The fetches that cover the first `partitions` of a topic.
    ///
    /// - Throws: `.impossible` when the log cannot be read to its end within 60 s.
    static func plan(
        broker: HostPort, topic: String, partitions: Int32, fetchBytes: Int32 = 1 << 20, security: ConnectionSecurity = .none,
        _ tick: () throws -> Void
    ) throws -> [PlannedFetch] {
        let loop = try Loop()
        let planner = FetchPlanner(fetchBytes: fetchBytes)
        let address = BrokerAddress(host: broker.host, port: broker.port)
        var options = ConnectionOptions()
        options.security = security
        let cluster = try Cluster([address], options)
        let ends = try cluster.offsets(of: try cluster.topic(topic), at: .latest)
        for partition in 0..<partitions {
            let end = ends[partition] ?? 0
            let consumer = try Consumer(loop: loop, bootstrap: address, topic: topic, configuration: ConsumerConfiguration(), options: options, handler: planner)
            defer { consumer.close() }
            planner.filled = .max
            try consumer.assign(partition, from: .earliest)
            let deadline = MonotonicClock.now() + 60_000_000_000
            while consumer.position(of: partition) ?? 0 < end {
                consumer.poll(now: MonotonicClock.now())
                try loop.runOnce(maxWaitNanoseconds: 5_000_000)
                try tick()
                if let failure = planner.failure { throw HarnessError.impossible("reading \(topic): \(failure)") }
                guard MonotonicClock.now() < deadline else { throw HarnessError.impossible("reading \(topic) took over 60 s") }
            }
        }
        return planner.plan
    }

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        if filled > Int(fetchBytes) - batch.size {
            plan.append(PlannedFetch(partition: partition, offset: batch.baseOffset, maxBytes: fetchBytes))
            filled = 0
        }
        filled += batch.size
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        failure = "the batch at offset \(batch.baseOffset) is damaged: \(error)"
    }

    func fetchEnded(_ outcome: FetchOutcome) {}

    func failed(_ error: ClientError, partition: Int32?) { failure = "\(error)" }
}
