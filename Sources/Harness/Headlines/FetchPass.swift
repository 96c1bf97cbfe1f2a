// One consumer that fetches a log as fast as the broker serves it and drops the records in the kernel, on a
// thread of its own: the load of the page-cache and zero-copy measurements.
internal import Client
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
    var startedNanoseconds: UInt64 = 0
    var endedNanoseconds: UInt64 = 0
    /// What went wrong, nil when nothing did.
    var failure: String?

    var seconds: Double { Double(endedNanoseconds - startedNanoseconds) / 1e9 }
}

/// Which fetches, of what, by whom.
struct FetchPass: Sendable {
    let broker: HostPort
    let topic: String
    let plan: [PlannedFetch]
    /// Holds each answer to its length; nil against a null broker, which keeps nothing.
    var audit: DiscardAudit?
    /// Of its connections.
    var security = ConnectionSecurity.none
    /// Where the client's thread runs; nil: where the scheduler likes.
    var cpus: CPUSet?
    /// Fetches on the way at once: enough to keep the broker busy while an answer is drained.
    var inFlight = 4

    enum End: Sendable {
        /// Every fetch of the plan was answered once.
        case wholePlan
        /// The time (CLOCK_MONOTONIC) has come; the plan is gone round and round.
        case at(UInt64)
    }

    /// A pass that gets no answer for so long has failed.
    private static let patienceNanoseconds: UInt64 = 20_000_000_000

    /// Runs the pass to its end.
    ///
    /// - Parameter tick: called about every 20 ms on this thread; may throw to give up.
    /// - Throws: what `tick` throws; `.impossible` when a fetch failed, since a pass with errors measures nothing.
    func run(until end: End, _ tick: () throws -> Void) throws -> FetchPassResult {
        let state = Mutex((result: FetchPassResult?.none, isGivenUp: false))
        let thread = WorkerThread(name: "fetch", cpus: cpus?.cpus ?? []) {
            let result = self.fetch(until: end) { state.withLock { $0.isGivenUp } }
            state.withLock { $0.result = result }
        }
        do {
            while state.withLock({ $0.result == nil }) {
                try tick()
                MonotonicClock.sleep(nanoseconds: 20_000_000)
            }
        } catch {
            state.withLock { $0.isGivenUp = true }
            thread.join()
            throw error
        }
        thread.join()
        let result = state.withLock { $0.result! }
        if let failure = result.failure { throw HarnessError.impossible("fetching \(topic) from \(broker): \(failure)") }
        return result
    }

    private func fetch(until end: End, isGivenUp: () -> Bool) -> FetchPassResult {
        var result = FetchPassResult()
        do {
            let loop = try Loop()
            var options = ConnectionOptions()
            options.congestionControl = Self.congestionControl
            options.security = security
            let fetcher = try DiscardingFetcher(
                loop: loop, bootstrap: BrokerAddress(host: broker.host, port: broker.port), topic: topic, plan: plan, inFlight: inFlight,
                options: options, handler: audit)
            defer { fetcher.close() }
            audit?.beginPass()
            result.startedNanoseconds = MonotonicClock.now()
            var lastAnswer = (count: UInt64(0), at: result.startedNanoseconds)
            var now = result.startedNanoseconds
            while !isOver(end, fetcher.counters.answers, now), !isGivenUp() {
                fetcher.poll(now: now)
                try loop.runOnce(maxWaitNanoseconds: 5_000_000)
                now = MonotonicClock.now()
                if fetcher.counters.answers > lastAnswer.count { lastAnswer = (fetcher.counters.answers, now) }
                if let error = fetcher.counters.errors.keys.sorted().first { throw HarnessError.impossible(error) }
                if now - lastAnswer.at > Self.patienceNanoseconds { throw HarnessError.impossible("no answer for 20 s") }
            }
            result.endedNanoseconds = now
            result.bytes = fetcher.counters.recordBytes
            result.answers = fetcher.counters.answers
        } catch {
            result.endedNanoseconds = MonotonicClock.now()
            result.failure = "\(error)"
        }
        return result
    }

    private func isOver(_ end: End, _ answers: UInt64, _ now: UInt64) -> Bool {
        switch end {
        case .wholePlan: answers >= UInt64(plan.count)
        case .at(let time): now >= time
        }
    }

    /// The same on both sides: the broker's own default is cubic, too.
    private static let congestionControl = "cubic"
}
