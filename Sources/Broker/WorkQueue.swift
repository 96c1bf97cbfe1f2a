// A thread that takes jobs in order, for what blocks.
internal import Host

/// Work that may wait for the disk, off the loops: topic changes, producer ids, reading ahead.
final class WorkQueue: @unchecked Sendable {
    // @unchecked: `jobs` and `isStopping` are touched under the monitor only; `thread` by init and stop.
    private let monitor = Monitor()
    private var jobs: [@Sendable () -> Void] = []
    private var isStopping = false
    private var thread: WorkerThread?

    init(name: String) {
        thread = WorkerThread(name: name) { [unowned self] in run() }
    }

    func enqueue(_ job: @escaping @Sendable () -> Void) {
        monitor.locked {
            jobs.append(job)
            monitor.signal()
        }
    }

    private func run() {
        while true {
            monitor.lock()
            while jobs.isEmpty, !isStopping { monitor.wait() }
            let batch = jobs
            jobs = []
            monitor.unlock()
            if batch.isEmpty { return }
            for job in batch { job() }
        }
    }

    /// Finishes what is queued and ends the thread.
    func stop() {
        monitor.locked {
            isStopping = true
            monitor.signal()
        }
        thread?.join()
        thread = nil
    }
}
