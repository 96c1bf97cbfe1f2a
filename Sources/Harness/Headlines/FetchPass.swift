// Consumers that fetch a log as fast as the broker serves it, or on a schedule, and drop the records in the kernel, on one
// thread of their own: the load of the page-cache and zero-copy measurements.
internal import CLinux
internal import Client
internal import Glibc
internal import Host
internal import Measurement
internal import Reactor
internal import Synchronization
internal import Topology

/// What one pass fetched.
struct FetchPassResult: Sendable {
    /// Bytes of records, headers of answers not counted.
    var bytes: UInt64 = 0
    var answers: UInt64 = 0
    /// Of each answer's last byte after its fetch was due, or, where nothing says when, after its first byte left.
    var latency = LatencyHistogram()
    var startedNanoseconds: UInt64 = 0
    var endedNanoseconds: UInt64 = 0
    /// CPU of the thread that fetched, from the first fetch to the end.
    var threadCPUSeconds = 0.0
    /// What went wrong, nil when nothing did.
    var failure: String?

    var seconds: Double { Double(endedNanoseconds - startedNanoseconds) / 1e9 }
}

/// Which fetches, of what, by whom.
struct FetchPass: Sendable {
    let broker: HostPort
    let topic: String
    let plan: [PlannedFetch]
    /// Holds each answer to its length; nil against a server that keeps nothing.
    var audit: DiscardAudit?
    /// Of its connections.
    var security = ConnectionSecurity.none
    /// Where the client's thread runs; nil: where the scheduler likes.
    var cpus: CPUSet?
    /// Fetches of each consumer on the way at once: enough to keep the broker busy while an answer is drained.
    var inFlight = 4
    /// Each with a connection of its own; they begin at places of the plan that are evenly spread.
    var consumers = 1
    /// Of all consumers together; nil: as fast as they are answered.
    var fetchesPerSecond: Double?
    /// Servers that understand nothing but fetches, one for each consumer; empty: `broker`, as a client finds it.
    var servers: [HostPort] = []
    /// Gives way to the other threads of this process: to lanes that keep a schedule beside it.
    var givesWay = false

    enum End: Sendable {
        /// Every fetch of the plan was answered once.
        case wholePlan
        /// The time (CLOCK_MONOTONIC) has come; the plan is gone round and round.
        case at(UInt64)
        /// The first of the two.
        case atOrWholePlan(UInt64)
        /// Somebody stops it.
        case stopped
    }

    /// A pass that gets no answer for so long has failed.
    private static let patienceNanoseconds: UInt64 = 20_000_000_000
    private static let longestWaitNanoseconds: UInt64 = 5_000_000
    /// Windows of the latency's tail; what comes later counts into the last.
    private static let recordedSeconds = 600

    /// Runs the pass to its end.
    ///
    /// - Parameter tick: called about every 20 ms on this thread; may throw to give up.
    /// - Throws: what `tick` throws; `.impossible` when a fetch failed, since a pass with errors measures nothing.
    func run(until end: End, _ tick: () throws -> Void) throws -> FetchPassResult {
        let running = start(until: end)
        do {
            while !running.hasEnded {
                try tick()
                MonotonicClock.sleep(nanoseconds: 20_000_000)
            }
        } catch {
            running.giveUp()
            throw error
        }
        return try running.stop()
    }

    /// Starts the pass and does not wait for it.
    func start(until end: End) -> RunningPass { RunningPass(self, until: end) }

    fileprivate func fetch(until end: End, isStopped: () -> Bool) -> FetchPassResult {
        var result = FetchPassResult()
        if givesWay { _ = nice(Self.niceness) }
        let recorder = LatencyRecorder(origin: MonotonicClock.now(), maximumSeconds: Self.recordedSeconds)
        do {
            let loop = try Loop()
            let lines = try (0..<consumers).map { try PassConsumer(self, number: $0, loop: loop, recorder: recorder) }
            defer { lines.forEach { $0.fetcher.close() } }
            let cpu = clinux_thread_cpu_ns()
            let start = MonotonicClock.now()
            result.startedNanoseconds = start
            for (number, line) in lines.enumerated() { line.begin(at: start, sendLimit: share(of: number, end)) }
            var lastAnswer = (count: UInt64(0), at: start)
            var now = start
            while !isOver(end, lastAnswer.count, now), !isStopped() {
                var wait = Self.longestWaitNanoseconds
                for line in lines { wait = min(wait, line.poll(now: now)) }
                try loop.runOnce(maxWaitNanoseconds: Int64(wait))
                now = MonotonicClock.now()
                let answers = lines.reduce(0) { $0 &+ $1.fetcher.counters.answers }
                if answers > lastAnswer.count { lastAnswer = (answers, now) }
                for line in lines { if let error = line.fetcher.counters.errors.keys.sorted().first { throw HarnessError.impossible(error) } }
                if now - lastAnswer.at > Self.patienceNanoseconds { throw HarnessError.impossible("no answer for 20 s") }
            }
            result.endedNanoseconds = now
            result.threadCPUSeconds = Double(clinux_thread_cpu_ns() - cpu) / 1e9
            result.bytes = lines.reduce(0) { $0 &+ $1.fetcher.counters.recordBytes }
            result.answers = lastAnswer.count
            result.latency = recorder.snapshot()
        } catch {
            result.endedNanoseconds = MonotonicClock.now()
            result.failure = "\(error)"
        }
        return result
    }

    private static let niceness: Int32 = 10

    /// What one consumer fetches of a pass that ends with the plan: none is made again, which would find what the pass has left.
    func share(of number: Int, _ end: End) -> UInt64 {
        let own = (number + 1) * plan.count / consumers - number * plan.count / consumers
        switch end {
        case .wholePlan, .atOrWholePlan: return UInt64(own)
        case .at, .stopped: return .max
        }
    }

    func isOver(_ end: End, _ answers: UInt64, _ now: UInt64) -> Bool {
        switch end {
        case .wholePlan: answers >= UInt64(plan.count)
        case .at(let time): now >= time
        case .atOrWholePlan(let time): now >= time || answers >= UInt64(plan.count)
        case .stopped: false
        }
    }

    /// The same on both sides: the broker's own default is cubic, too.
    static let congestionControl = "cubic"
}

/// A pass on its thread.
final class RunningPass: Sendable {
    private let thread: WorkerThread
    private let subject: String
    private let end = PassEnd()

    fileprivate init(_ pass: FetchPass, until end: FetchPass.End) {
        subject = "fetching \(pass.topic) from \(pass.broker)"
        let own = self.end
        thread = WorkerThread(name: "fetch", cpus: pass.cpus?.cpus ?? []) { own.result = pass.fetch(until: end) { own.isStopped } }
    }

    var hasEnded: Bool { end.result != nil }

    /// Ends it, if it has not ended by itself. To be called once.
    ///
    /// - Throws: `.impossible` when a fetch failed.
    func stop() throws -> FetchPassResult {
        giveUp()
        let result = end.result!
        if let failure = result.failure { throw HarnessError.impossible("\(subject): \(failure)") }
        return result
    }

    /// Ends it, whatever it came to. Instead of `stop`.
    func giveUp() {
        end.isStopped = true
        thread.join()
    }
}

/// What the thread of a pass and its owner tell each other.
private final class PassEnd: Sendable {
    private let state = Mutex((result: FetchPassResult?.none, isStopped: false))

    var result: FetchPassResult? {
        get { state.withLock { $0.result } }
        set { state.withLock { $0.result = newValue } }
    }
    var isStopped: Bool {
        get { state.withLock { $0.isStopped } }
        set { state.withLock { $0.isStopped = newValue } }
    }
}

/// One consumer of a pass, on the pass's thread: its answers are audited and timed.
private final class PassConsumer: DiscardHandler {
    private(set) var fetcher: DiscardingFetcher!
    private let audit: DiscardAudit?
    private let recorder: LatencyRecorder
    private let planCount: Int
    private let fetchesPerSecond: Double?
    private var place: Int
    private var answered: UInt64 = 0
    private var start: UInt64 = 0
    private var sendLimit: UInt64 = .max

    init(_ pass: FetchPass, number: Int, loop: Loop, recorder: LatencyRecorder) throws {
        audit = pass.audit
        self.recorder = recorder
        planCount = pass.plan.count
        fetchesPerSecond = pass.fetchesPerSecond.map { $0 / Double(pass.consumers) }
        place = number * pass.plan.count / pass.consumers
        var options = ConnectionOptions()
        options.congestionControl = FetchPass.congestionControl
        options.security = pass.security
        if pass.servers.isEmpty {
            fetcher = try DiscardingFetcher(
                loop: loop, bootstrap: BrokerAddress(host: pass.broker.host, port: pass.broker.port), topic: pass.topic, plan: pass.plan,
                inFlight: pass.inFlight, startingAt: place, options: options, handler: self)
        } else {
            let server = pass.servers[number]
            fetcher = DiscardingFetcher(
                loop: loop, server: BrokerAddress(host: server.host, port: server.port), topic: pass.topic, plan: pass.plan, inFlight: pass.inFlight,
                options: options, handler: self)
        }
    }

    func begin(at now: UInt64, sendLimit: UInt64) {
        start = now
        self.sendLimit = sendLimit
        fetcher.sendLimit = sendLimit
    }

    /// Sends what is due.
    ///
    /// - Returns: nanoseconds until more is; the largest number where answers alone decide.
    func poll(now: UInt64) -> UInt64 {
        guard let fetchesPerSecond else {
            fetcher.poll(now: now)
            return .max
        }
        let due = UInt64(Double(now - start) / 1e9 * fetchesPerSecond) + 1
        fetcher.sendLimit = min(due, sendLimit)
        fetcher.poll(now: now)
        let next = start + UInt64(Double(due) / fetchesPerSecond * 1e9)
        return next > now ? next - now : 0
    }

    func discarded(_ fetch: PlannedFetch, recordBytes: Int, requestedAt: UInt64, receivedAt: UInt64) {
        audit?.check(fetch, at: place, recordBytes: recordBytes)
        place = place + 1 == planCount ? 0 : place + 1
        // From when it was due: a fetch that had to wait for the ones before it waited.
        let from = fetchesPerSecond.map { start + UInt64(Double(answered) / $0 * 1e9) } ?? requestedAt
        answered &+= 1
        recorder.record(Int64(bitPattern: receivedAt &- from), at: receivedAt)
    }
}
