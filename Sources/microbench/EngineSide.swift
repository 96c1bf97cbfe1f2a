// Appends through the engine's own entry points, as a broker's loop does.
internal import CLinux
internal import Glibc
internal import Host
internal import StorageEngine
internal import Synchronization
internal import Vocabulary

/// What one pass appends, the same for both sides.
struct AppendPlan {
    let ring: BatchRing
    /// The batches go to them in turn.
    let partitions: Int
    /// Batches of a tick, over all partitions: what of them goes to one is one write.
    let gather: Int
    /// A pass ends at whichever comes first.
    let seconds: Double
    let mostBytes: Int
    let segmentBytes: Int
    let preallocates: Bool
    let flush: FlushOption
    /// What lies in the engine's logs before each pass, all of them together; 0: every pass has fresh ones.
    let storedBytes: Int

    /// How far ahead of its end the C loop preallocates a log: as far as a pass can come, no log taking more than it has a use for. 0: it
    /// does not.
    var referenceStepBytes: Int { preallocates ? max(1 << 20, min(64 << 20, mostBytes / partitions)) : 0 }
}

/// One storage directory; one fresh topic a pass, or the one that holds what is stored.
final class EngineSide {
    private let storage: Storage
    private let directory: String
    private let plan: AppendPlan
    private var passes = 0
    /// Of all passes but the first, which nobody times.
    private(set) var spent = AppenderTime()
    /// What the logs held when the last pass began.
    private(set) var storedBytes: Int64 = 0

    init(_ directory: String, _ plan: AppendPlan) throws {
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = plan.segmentBytes
        configuration.log.maximumMessageBytes = max(configuration.log.maximumMessageBytes, plan.ring.batchBytes)
        configuration.log.preallocates = plan.preallocates
        plan.flush.set(in: &configuration.log)
        configuration.minimumFreeBytes = 0
        self.directory = directory
        self.plan = plan
        if plan.storedBytes > 0 { try StoredTopic.fill(directory, configuration, plan) }
        storage = try Storage.open(directories: [directory], configuration: configuration)
    }

    /// Appends for a pass into fresh logs, and deletes them untimed; or behind what is stored.
    func pass() throws -> Pass {
        passes += 1
        if plan.storedBytes > 0 { return try passBehindStored() }
        let topic = try storage.createTopic(named: "pass-\(passes)", partitionCount: Int32(plan.partitions))
        // Nobody keeps them: the space of a log goes with its open file.
        let result = try append(to: logs(of: topic))
        try storage.deleteTopic(named: topic.name)
        waitUntilRemoved()
        return result
    }

    /// Appends for a pass to the logs that hold something, and cuts them back to that untimed.
    private func passBehindStored() throws -> Pass {
        let logs = StoredTopic.logs(in: storage, plan)
        let ends = logs.map(\.logEndOffset)
        storedBytes = logs.reduce(0) { $0 + $1.sizeBytes }
        let result = try append(to: logs)
        for (log, end) in zip(logs, ends) { _ = try log.truncate(to: end) }
        return result
    }

    func close() throws { try storage.close() }

    private func logs(of topic: TopicDescription) -> [PartitionLog] {
        (0..<topic.partitionCount).map { storage.log(of: TopicPartition(topic: topic.name, partition: $0))! }
    }

    private func append(to logs: [PartitionLog]) throws -> Pass {
        let (flushes, syncs) = (logs.map { _ in FlushSignal() }, SyncClock())
        for (log, flushed) in zip(logs, flushes) { prepare(log, flushed, syncs) }
        let waits = plan.flush.policy == .everyAppend
        let touched = min(plan.gather, logs.count)
        let cpu = clinux_process_cpu_ns(getpid())
        let own = clinux_thread_cpu_ns()
        let start = MonotonicClock.now()
        let until = start + UInt64(plan.seconds * 1e9)
        var batches = 0
        var bytes = 0
        while MonotonicClock.now() < until, bytes < plan.mostBytes {
            let first = batches
            for _ in 0..<plan.gather {
                _ = try logs[batches % logs.count].stage(plan.ring[batches])
                batches += 1
            }
            for n in first..<(first + touched) { bytes += try logs[n % logs.count].writeStaged().bytes }
            guard waits else { continue }
            for n in first..<(first + touched) { try awaitFlush(of: logs[n % logs.count], flushes[n % logs.count]) }
        }
        let seconds = Double(MonotonicClock.now() - start) / 1e9
        let (onCPU, inSync, all) = (clinux_thread_cpu_ns() - own, syncs.nanoseconds, clinux_process_cpu_ns(getpid()) - cpu)
        for log in logs { log.setFlushHandler(nil) }
        if passes > 1 { spent.add(seconds: seconds, onCPU: Double(onCPU) / 1e9, inSync: Double(inSync) / 1e9) }
        return Pass(
            bytes: UInt64(bytes), operations: UInt64(batches * plan.ring.recordsPerBatch), seconds: seconds, cpuSeconds: Double(all) / 1e9)
    }

    private func prepare(_ log: PartitionLog, _ flushed: FlushSignal, _ syncs: SyncClock) {
        log.adopt()
        guard plan.flush.policy != .none else { return }
        log.setFlushHandler { completion in
            syncs.add(completion.nanoseconds)
            flushed.complete(completion)
        }
    }

    private func awaitFlush(of log: PartitionLog, _ flushed: FlushSignal) throws {
        while log.highWatermark < log.logEndOffset {
            log.flushCompleted(flushed.wait())
            if let fault = log.fault { throw fault }
        }
    }

    /// Removal in the background must not run into the next pass.
    private func waitUntilRemoved() {
        let deadline = MonotonicClock.now() + 10_000_000_000
        while MonotonicClock.now() < deadline, ScratchDirectory.names(in: directory).contains(where: { $0.hasSuffix("-delete") }) {
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
    }
}

/// Hands a completion from the flusher's thread to the one that waits for it.
private final class FlushSignal: Sendable {
    private let monitor = Monitor()
    private let pending = Mutex<FlushCompletion?>(nil)

    func complete(_ completion: FlushCompletion) {
        monitor.locked {
            pending.withLock { $0 = completion }
            monitor.signal()
        }
    }

    func wait() -> FlushCompletion {
        monitor.locked {
            while true {
                if let completion = pending.withLock({ $0.take() }) { return completion }
                monitor.wait()
            }
        }
    }
}
