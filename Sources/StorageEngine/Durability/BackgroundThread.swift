// A thread that does jobs in order, now or at a time: whatever would stall a loop.
internal import Host
internal import Synchronization

final class BackgroundThread: @unchecked Sendable {
    typealias Job = @Sendable () -> Void

    // @unchecked: everything below is read and written under `monitor` only, but for `thread`, which `init` sets.
    private let monitor = Monitor()
    private var jobs: [Job] = []
    private var timed: [(time: UInt64, job: Job)] = []
    private var isBusy = false
    private var isStopping = false
    /// Callers of `drain`.
    private var waiters = 0
    private var thread: WorkerThread?
    private let isInline: Bool

    /// The thread keeps this object alive until `stop`.
    ///
    /// - Parameter inline: runs each job within `enqueue` and timed ones within `drain`, for runs that must be
    ///   the same every time.
    init(name: String, inline: Bool) {
        isInline = inline
        if !inline { thread = WorkerThread(name: name) { [self] in run() } }
    }

    /// Adds a job behind the others. From any thread.
    func enqueue(_ job: @escaping Job) {
        if isInline { return job() }
        monitor.locked {
            jobs.append(job)
            monitor.signal()
        }
    }

    /// Adds a job to be begun at `time` (CLOCK_MONOTONIC nanoseconds) or soon after.
    func enqueue(at time: UInt64, _ job: @escaping Job) {
        monitor.locked {
            timed.append((time, job))
            monitor.signal()
        }
    }

    /// Lets others have the disk for a while, in the middle of a long job. Not when the job's end is waited for, or the
    /// thread's. To be called by a job.
    func pause(nanoseconds: UInt64) {
        if isInline { return }
        let end = MonotonicClock.now() &+ nanoseconds
        monitor.locked { while waiters == 0, !isStopping, MonotonicClock.now() < end { monitor.wait(until: end) } }
    }

    /// Waits until every job added so far is done, without its pauses. Timed ones are begun when their time comes (or now,
    /// inline).
    func drain() {
        if isInline {
            let due = monitor.locked { () -> [(time: UInt64, job: Job)] in
                defer { timed = [] }
                return timed
            }
            for entry in due { entry.job() }
            return
        }
        monitor.locked {
            waiters += 1
            monitor.signal()
            while !jobs.isEmpty || isBusy { monitor.wait() }
            waiters -= 1
        }
    }

    /// Does the jobs added so far, forgets the timed ones and ends the thread.
    func stop() {
        monitor.locked {
            isStopping = true
            timed = []
            monitor.signal()
        }
        thread?.join()
        thread = nil
    }

    private func run() {
        while let batch = next() {
            for job in batch { job() }
            monitor.locked {
                isBusy = false
                monitor.signal()
            }
        }
    }

    /// The jobs to do now; nil when there will be none.
    private func next() -> [Job]? {
        monitor.locked {
            while true {
                let now = MonotonicClock.now()
                for entry in timed where entry.time <= now { jobs.append(entry.job) }
                timed.removeAll { $0.time <= now }
                if !jobs.isEmpty {
                    isBusy = true
                    defer { jobs = [] }
                    return jobs
                }
                if isStopping { return nil }
                monitor.wait(until: timed.map(\.time).min())
            }
        }
    }
}
