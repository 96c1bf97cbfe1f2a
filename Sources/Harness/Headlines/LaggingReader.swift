// A consumer that stays behind a producer at the producer's pace: what a lag is in practice.
internal import Client
internal import Host
internal import Reactor
internal import Records
internal import Synchronization
internal import Vocabulary

/// Reads a topic from its front on, on a thread of its own, never further than it was allowed to.
final class LaggingReader: Sendable {
    /// What it came to.
    struct Outcome: Sendable {
        var records: UInt64 = 0
        /// Of their batches, headers included.
        var bytes: UInt64 = 0
        /// Records between it and the ends of its partitions, as the last answers told them.
        var recordsBehind: Int64 = 0
        /// nil when nothing went wrong.
        var failure: String?
    }

    private final class Shared: Sendable {
        let allowedRecords = Atomic<UInt64>(0)
        let isStopped = Atomic<Bool>(false)
        let outcome = Mutex(Outcome())
    }

    private let shared: Shared
    private let thread: WorkerThread

    /// How long it rests where it may not read, or nothing comes.
    private static let restNanoseconds: Int64 = 1_000_000

    /// Starts and does not wait: connecting is the thread's.
    ///
    /// - Parameter fetchBytes: asked for at once.
    init(from broker: HostPort, _ security: ConnectionSecurity, topic: String, partitions: Int32, fetchBytes: Int32) {
        let shared = Shared()
        self.shared = shared
        thread = WorkerThread(name: "behind") {
            let came = Self.read(broker, security, topic, partitions, fetchBytes, shared)
            shared.outcome.withLock { $0 = came }
        }
    }

    /// Lets it read the topic's first `records`; one fetch more may be on its way.
    func allow(_ records: UInt64) { shared.allowedRecords.store(records, ordering: .relaxed) }

    /// Ends it. To be called once.
    ///
    /// - Throws: `.impossible` when it failed.
    func stop() throws(HarnessError) -> Outcome {
        giveUp()
        let came = shared.outcome.withLock { $0 }
        if let failure = came.failure { throw .impossible("a reader that stays behind: \(failure)") }
        return came
    }

    /// Ends it, whatever it came to. Instead of `stop`.
    func giveUp() {
        shared.isStopped.store(true, ordering: .relaxed)
        thread.join()
    }

    private static func read(
        _ broker: HostPort, _ security: ConnectionSecurity, _ topic: String, _ partitions: Int32, _ fetchBytes: Int32, _ shared: Shared
    ) -> Outcome {
        let tally = Tally()
        do {
            let loop = try Loop()
            var options = ConnectionOptions()
            options.congestionControl = FetchPass.congestionControl
            options.security = security
            var configuration = ConsumerConfiguration()
            configuration.maxBytes = fetchBytes
            configuration.partitionMaxBytes = fetchBytes
            // Answers have room for one partition: all get their turn.
            configuration.rotatesPartitions = true
            let consumer = try Consumer(
                loop: loop, bootstrap: BrokerAddress(host: broker.host, port: broker.port), topic: topic, configuration: configuration, options: options,
                handler: tally)
            defer { consumer.close() }
            for partition in 0..<partitions { try consumer.assign(partition, from: .earliest) }
            while !shared.isStopped.load(ordering: .relaxed), tally.outcome.failure == nil {
                if tally.outcome.records < shared.allowedRecords.load(ordering: .relaxed) { consumer.poll(now: MonotonicClock.now()) }
                try loop.runOnce(maxWaitNanoseconds: restNanoseconds)
            }
            for partition in 0..<partitions {
                guard let end = consumer.highWatermark(of: partition), let position = consumer.position(of: partition) else { continue }
                tally.outcome.recordsBehind += max(0, end - position)
            }
        } catch {
            tally.outcome.failure = "\(error)"
        }
        return tally.outcome
    }
}

/// Counts what a lagging reader gets, on its thread.
private final class Tally: FetchHandler {
    var outcome = LaggingReader.Outcome()

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        outcome.records &+= UInt64(max(0, batch.recordCount))
        outcome.bytes &+= UInt64(max(0, batch.size))
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        outcome.failure = "the batch at offset \(batch.baseOffset) of partition \(partition) is damaged: \(error)"
    }

    func fetchEnded(_ answer: FetchOutcome) {}

    func failed(_ error: ClientError, partition: Int32?) { outcome.failure = "\(error)" }
}
