// The thread of a lane: a loop of its own, started, talked to and ended from the control thread.
internal import CLinux
internal import Host
internal import Reactor
internal import Synchronization
internal import Topology

/// What runs on a lane's thread.
protocol LaneWorker: AnyObject, Sendable {
    /// Connects; blocks meanwhile. On the lane's thread.
    func open() throws
    /// One turn: what is due, then the sockets.
    func turn() throws
    /// After the last turn.
    func close()
}

final class LaneThread: Sendable {
    private enum State { case opening, running, ended }
    private struct Control {
        var state = State.opening
        var threadID: Int32 = 0
        var failure: (any Error)?
    }
    private final class Shared: Sendable {
        let control = Mutex(Control())
        let changed = Monitor()
        let stopping = Atomic<Bool>(false)
    }

    let loop: Loop
    let threadID: Int32
    private let shared: Shared
    private let thread: WorkerThread

    /// Starts the thread and waits until the worker is open.
    ///
    /// - Parameter cpus: where the thread may run; nil: anywhere.
    /// - Throws: what `open` throws.
    init(name: String, cpus: CPUSet?, loop: Loop, worker: some LaneWorker) throws {
        self.loop = loop
        let shared = Shared()
        self.shared = shared
        thread = WorkerThread(name: name, cpus: cpus?.cpus ?? []) { Self.run(worker, shared) }
        shared.changed.lock()
        while shared.control.withLock({ $0.state == .opening }) { shared.changed.wait() }
        shared.changed.unlock()
        let (opened, failure) = shared.control.withLock { ($0.threadID, $0.state == .ended ? $0.failure : nil) }
        threadID = opened
        guard let failure else { return }
        thread.join()
        throw failure
    }

    private static func run(_ worker: some LaneWorker, _ shared: Shared) {
        // The lanes' waits are to end when they should, not up to 50 µs later.
        _ = clinux_set_timer_slack_ns(1)
        func enter(_ state: State, _ failure: (any Error)? = nil) {
            shared.control.withLock {
                $0.state = state
                $0.failure = failure ?? $0.failure
                $0.threadID = clinux_gettid()
            }
            shared.changed.locked { shared.changed.signal() }
        }
        do {
            try worker.open()
            enter(.running)
            while !shared.stopping.load(ordering: .acquiring) { try worker.turn() }
            worker.close()
            enter(.ended)
        } catch {
            worker.close()
            enter(.ended, error)
        }
    }

    /// What ended the thread before it was told to; nil while it runs.
    var failure: (any Error)? { shared.control.withLock { $0.failure } }

    /// Runs `work` on the lane's thread, soon.
    func post(_ work: @escaping @Sendable () -> Void) { loop.post(work) }

    /// Runs `work` on the lane's thread, or here when that has ended, and returns what it returns.
    func call<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> Result {
        guard !shared.control.withLock({ $0.state == .ended }) else { return work() }
        let answer = Answer<Result>()
        loop.post { answer.fill(work()) }
        shared.changed.lock()
        defer { shared.changed.unlock() }
        while true {
            if let result = answer.value { return result }
            if shared.control.withLock({ $0.state == .ended }) { return answer.value ?? work() }
            // The answer is looked for now and then: it comes without a signal.
            shared.changed.wait(until: MonotonicClock.now() + 200_000)
        }
    }

    private final class Answer<Value: Sendable>: Sendable {
        private let stored = Mutex<Value?>(nil)
        func fill(_ value: Value) { stored.withLock { $0 = value } }
        var value: Value? { stored.withLock { $0 } }
    }

    /// Ends the thread after its current turn; harmless the second time.
    func stop() {
        guard !shared.stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.post {}
        thread.join()
    }
}
