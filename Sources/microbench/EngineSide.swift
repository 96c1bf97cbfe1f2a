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
    /// Batches of one write.
    let gather: Int
    /// A pass ends at whichever comes first.
    let seconds: Double
    let mostBytes: Int
    let segmentBytes: Int
    let flush: FlushOption
}

/// One storage directory, one fresh topic a pass.
final class EngineSide {
    private let storage: Storage
    private let directory: String
    private let plan: AppendPlan
    private var passes = 0
    /// Of all passes but the first, which nobody times.
    private(set) var spent = AppenderTime()

    init(_ directory: String, _ plan: AppendPlan) throws {
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = plan.segmentBytes
        configuration.log.maximumMessageBytes = max(configuration.log.maximumMessageBytes, plan.ring.batchBytes)
        plan.flush.set(in: &configuration.log)
        configuration.minimumFreeBytes = 0
        self.directory = directory
        self.plan = plan
        storage = try Storage.open(directories: [directory], configuration: configuration)
    }

    /// Appends for a pass into a fresh log, and deletes it untimed.
    func pass() throws -> Pass {
        passes += 1
        let topic = try storage.createTopic(named: "pass-\(passes)", partitionCount: 1)
        let result = try append(to: storage.log(of: TopicPartition(topic: topic.name, partition: 0))!)
        try storage.deleteTopic(named: topic.name)
        waitUntilRemoved(topic.name)
        return result
    }

    func close() throws { try storage.close() }

    private func append(to log: PartitionLog) throws -> Pass {
        log.adopt()
        let (flushed, syncs) = (FlushSignal(), SyncClock())
        if plan.flush.policy != .none {
            log.setFlushHandler { completion in
                syncs.add(completion.nanoseconds)
                flushed.complete(completion)
            }
        }
        let cpu = clinux_process_cpu_ns(getpid())
        let own = clinux_thread_cpu_ns()
        let start = MonotonicClock.now()
        let until = start + UInt64(plan.seconds * 1e9)
        var batches = 0
        var bytes = 0
        while MonotonicClock.now() < until, bytes < plan.mostBytes {
            for _ in 0..<plan.gather {
                _ = try log.stage(plan.ring[batches])
                batches += 1
            }
            bytes += try log.writeStaged().bytes
            while log.acksWaitForFlush, log.highWatermark < log.logEndOffset { log.flushCompleted(flushed.wait()) }
        }
        let seconds = Double(MonotonicClock.now() - start) / 1e9
        let (onCPU, inSync, all) = (clinux_thread_cpu_ns() - own, syncs.nanoseconds, clinux_process_cpu_ns(getpid()) - cpu)
        log.setFlushHandler(nil)
        if passes > 1 { spent.add(seconds: seconds, onCPU: Double(onCPU) / 1e9, inSync: Double(inSync) / 1e9) }
        return Pass(
            bytes: UInt64(bytes), operations: UInt64(batches * plan.ring.recordsPerBatch), seconds: seconds, cpuSeconds: Double(all) / 1e9)
    }

    /// Removal in the background must not run into the next pass.
    private func waitUntilRemoved(_ topic: String) {
        let deadline = MonotonicClock.now() + 10_000_000_000
        while MonotonicClock.now() < deadline, ScratchDirectory.names(in: directory).contains(where: { $0.hasPrefix(topic + "-") }) {
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
