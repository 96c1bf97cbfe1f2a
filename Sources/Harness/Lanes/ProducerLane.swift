// A producer of the fleet: one thread, one loop, one client.
package import Client
internal import Host
package import Measurement
internal import Records
internal import Reactor
internal import Synchronization
package import Topology

/// Load from one thread. Every method is for the control thread.
///
/// Open loop: each record is handed over at its intended time whatever the broker does; what the client has no room
/// for waits in a bounded queue. Closed loop: a bounded number of batches is on the way, and the next goes when one
/// comes back. Maximum rate: the client's buffers are kept full.
package final class ProducerLane: ProducingLane, Sendable {
    private struct Span {
        let recorders: ProducerRecorders
        let maximumSeconds: Int
    }
    private let worker: ProducerWorker
    private let thread: LaneThread
    private let gauges = LaneGauges()
    private let spans = Mutex<[Span]>([])
    private let keepsIntervals: Bool

    /// Connects, on the lane's thread, and waits for it.
    ///
    /// - Parameters:
    ///   - number: of `count` lanes of its group, from 0; the lane's share of the schedule.
    ///   - topic: the only one, of `partitions`.
    ///   - material: made for `plan`.
    ///   - cpus: where the thread may run; nil: anywhere.
    ///   - ledger: gets a book of this lane.
    ///   - congestion: TCP congestion control; nil: the system's.
    ///   - security: of its connections.
    ///   - queueBound: records that may wait for the client; rounded up to a power of two.
    ///   - bufferMemoryBytes: the client's, in open loop. Otherwise it is what `inFlight` requests need.
    /// - Throws: `ClientError`, `HarnessError`, `SystemError`.
    package convenience init(
        number: Int, of count: Int, plan: ProducersPlan, bootstrap: HostPort, topic: String, partitions: Int,
        material: RecordMaterial, cpus: CPUSet?, ledger: Ledger, congestion: String? = "cubic", queueBound: Int = 65_536,
        bufferMemoryBytes: Int = 32 << 20, security: ConnectionSecurity = .none
    ) throws {
        precondition(ledger.partitions == partitions, "a ledger of \(ledger.partitions) partitions for \(partitions)")
        try self.init(
            number: number, of: count, ledgerNumber: number, plan: plan, bootstrap: bootstrap, topics: LaneTopic.all([(topic, ledger)]),
            loadPartitions: partitions, material: material, cpus: cpus, congestion: congestion, queueBound: queueBound, bufferMemoryBytes: bufferMemoryBytes, security: security)
    }

    /// The same for several topics: a client for each, records to them in turn.
    ///
    /// - Parameters:
    ///   - topics: of its group, at least one; their ledgers number producers alike.
    ///   - loadPartitions: of all topics of the load, among which those of its own are numbered.
    ///   - keepsIntervals: keep what `intervalClocks` needs.
    init(
        number: Int, of count: Int, ledgerNumber: Int, plan: ProducersPlan, bootstrap: HostPort, topics: [LaneTopic],
        loadPartitions: Int, material: RecordMaterial, cpus: CPUSet?, congestion: String?, queueBound: Int = 65_536,
        bufferMemoryBytes: Int = 32 << 20, security: ConnectionSecurity, keepsIntervals: Bool = false
    ) throws {
        self.keepsIntervals = keepsIntervals
        precondition((0..<count).contains(number), "lane \(number) of \(count)")
        let loop = try Loop()
        let ledger = topics[0].ledger
        let setup = ProducerWorker.Setup(
            number: number, count: count, plan: plan, bootstrap: bootstrap, topics: topics, loadPartitions: loadPartitions, material: material,
            congestion: congestion, security: security, queueBound: queueBound, bufferMemoryBytes: bufferMemoryBytes, mayRetry: plan.idempotent || ledger.contract != .atMostOnce,
            producerNumber: ledger.firstProducer + UInt32(ledgerNumber))
        let books = topics.map {
            $0.ledger.openSentBook(
                lane: ledgerNumber, isStamped: material.pool.isStamped, keepsOrder: plan.idempotent, hasTransactions: plan.transactions != nil)
        }
        worker = ProducerWorker(setup, loop: loop, gauges: gauges, books: books)
        thread = try LaneThread(name: "produce-\(ledgerNumber)", cpus: cpus, loop: loop, worker: worker)
    }

    private func recorders(from origin: UInt64, _ maximumSeconds: Int) -> ProducerRecorders {
        ProducerRecorders(
            origin: origin, maximumSeconds: maximumSeconds, keepsIntervals: keepsIntervals,
            keepsService: maximumSeconds * worker.setup.count <= Self.laneSecondsMaximum, hasTransactions: worker.setup.plan.transactions != nil)
    }
    /// Of all lanes of a group and a phase: 16 MB of coarse histograms, which are made in the moment before a phase begins.
    private static let laneSecondsMaximum = 3_300

    /// As in /proc/PID/task.
    package var threadID: Int32 { thread.threadID }

    /// What ended the lane's thread before its time; nil while it runs.
    package var failure: (any Error)? { thread.failure }

    /// Starts the load at `origin`, CLOCK_MONOTONIC nanoseconds, with fresh recorders of phase 0.
    ///
    /// - Parameters:
    ///   - schedule: of all lanes together; nil, and only then, for closed loop and maximum rate.
    ///   - maximumSeconds: of the longest phase.
    ///   - byteBudget: bytes of values after which the load ends by itself.
    package func begin(schedule: OpenLoopSchedule?, at origin: UInt64, maximumSeconds: Int, byteBudget: Int64? = nil) {
        let first = recorders(from: origin, maximumSeconds)
        spans.withLock { $0 = [Span(recorders: first, maximumSeconds: maximumSeconds)] }
        // Waits for the lane, so that what it showed of itself before is not taken for this load's.
        thread.call { [worker] in worker.begin(first, schedule, byteBudget) }
    }

    /// Records intended from `time` on, which lies in the future, belong to the next phase. The load goes on as it was.
    package func boundary(at time: UInt64) {
        let next = spans.withLock { spans in
            let span = Span(
                recorders: recorders(from: time, spans[0].maximumSeconds),
                maximumSeconds: spans[0].maximumSeconds)
            spans.append(span)
            return span.recorders
        }
        thread.post { [worker] in worker.boundary(next) }
    }

    /// Nothing with an intended time from `time` on is sent. What was sent goes on being acknowledged.
    package func end(at time: UInt64) { thread.post { [worker] in worker.endLoad(at: time) } }

    /// Ended, nothing waits, and nothing is unacknowledged.
    package var isDrained: Bool { gauges.isDrained.load(ordering: .acquiring) }

    package func live() -> LaneLive { gauges.live }

    package var acknowledgedEnds: OffsetGauges? { worker.acknowledgedEnds }

    /// Of the phase that holds the present, nil before the first; its closed windows have quantiles.
    package var responseRecorder: LatencyRecorder? { recorders?.response }

    package var scheduleLagRecorder: LatencyRecorder? { recorders?.scheduleLag }

    package var serviceRecorder: LatencyRecorder? { recorders?.service }

    private var recorders: ProducerRecorders? {
        let now = MonotonicClock.now()
        return spans.withLock { spans in (spans.last { $0.recorders.origin <= now } ?? spans.first)?.recorders }
    }

    package var intervalClocks: [String: LatencyRecorder] {
        guard keepsIntervals, let recorders else { return [:] }
        return ["schedule_lag": recorders.scheduleLag, "response": recorders.response]
    }

    /// One value a phase. The lane is then ready for the next `begin`. To be called when it is drained, or abandoned.
    package func collect() -> [ProducerLanePhase] { thread.call { [worker] in worker.collect() } }

    /// Ends the load now and stops waiting: what is queued is not sent, and what is not acknowledged is unknown.
    package func abandon() { thread.call { [worker] in worker.abandon() } }

    /// Ends the thread; harmless the second time. Afterwards only `collect` says something.
    package func stop() { thread.stop() }
}
