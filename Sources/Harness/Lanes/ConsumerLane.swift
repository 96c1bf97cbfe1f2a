// A consumer of the fleet: one thread, one loop, one client.
package import Client
package import Measurement
internal import Reactor
internal import Synchronization
package import Topology
internal import Vocabulary

/// Reads what arrives in its partitions from the moment it is made, checks every record and times it. Every method is for
/// the control thread.
package final class ConsumerLane: ConsumingLane, Sendable {
    private let worker: ConsumerWorker
    private let thread: LaneThread
    private let gauges = LaneGauges()
    private let offsets: ReaderOffsets
    private let isMember: Bool
    private let maximumSeconds = Atomic<Int>(1)
    private let keepsIntervals: Bool
    private let lanes: Int

    /// Connects, on the lane's thread, and goes to the end (or the start) of partitions number, number + count, … of the topic.
    ///
    /// - Parameters:
    ///   - number: of `count` lanes of its group, from 0.
    ///   - plan: of the group.
    ///   - recordBytes: of values, on average; a slow reader asks for so many at once.
    ///   - cpus: where the thread may run; nil: anywhere.
    ///   - ledger: gets a book of this lane.
    ///   - shared: of all members of its group, where it is one: partitions go to and fro between them.
    ///   - congestion: TCP congestion control; nil: the system's.
    ///   - security: of its connections.
    /// - Throws: `ClientError`, `HarnessError`, `SystemError`.
    package convenience init(
        number: Int, of count: Int, plan: ConsumersPlan = ConsumersPlan(), bootstrap: HostPort, topic: String, partitions: Int,
        recordBytes: Double = 1_024, cpus: CPUSet?, ledger: Ledger, shared: ReaderOffsets? = nil, congestion: String? = "cubic",
        security: ConnectionSecurity = .none
    ) throws {
        precondition(ledger.partitions == partitions, "a ledger of \(ledger.partitions) partitions for \(partitions)")
        try self.init(
            number: number, of: count, lane: number, plan: plan, bootstrap: bootstrap, topics: LaneTopic.all([(topic, ledger)]),
            loadPartitions: partitions, recordBytes: recordBytes, cpus: cpus, shared: shared, congestion: congestion, security: security)
    }

    /// The same for several topics, a client for each; number, number + count, … of their partitions, numbered through.
    ///
    /// - Parameters:
    ///   - lane: of all consumers of the load, which are `lanes`.
    ///   - topics: that its group reads.
    ///   - loadPartitions: of all topics of the load, among which those of its own are numbered.
    ///   - keepsIntervals: keep what `intervalClocks` needs.
    init(
        number: Int, of count: Int, lane: Int, lanes: Int = 1, plan: ConsumersPlan, bootstrap: HostPort, topics: [LaneTopic], loadPartitions: Int, recordBytes: Double,
        cpus: CPUSet?, shared: ReaderOffsets?, congestion: String?, security: ConnectionSecurity, keepsIntervals: Bool = false
    ) throws {
        self.keepsIntervals = keepsIntervals
        self.lanes = lanes
        precondition((0..<count).contains(number), "lane \(number) of \(count)")
        let loop = try Loop()
        let setup = ConsumerWorker.Setup(
            number: number, count: count, plan: plan, bootstrap: bootstrap, topics: topics, recordBytes: recordBytes, congestion: congestion,
            security: security)
        precondition(plan.group == nil || shared != nil, "members of a group share their offsets")
        isMember = plan.group != nil
        offsets = shared ?? ReaderOffsets(partitions: loadPartitions)
        worker = ConsumerWorker(
            setup, loop: loop, gauges: gauges, offsets: offsets,
            books: topics.map { $0.ledger.openSeenBook(reader: plan.label, isWhole: !plan.isSlow, isCommittedOnly: plan.isCommittedOnly) })
        thread = try LaneThread(name: "consume-\(lane)", cpus: cpus, loop: loop, worker: worker)
    }

    /// As in /proc/PID/task.
    package var threadID: Int32 { thread.threadID }

    /// What ended the lane's thread before its time; nil while it runs.
    package var failure: (any Error)? { thread.failure }

    /// Fresh recorders of phase 0, for records whose intended send time is `origin` or later.
    package func begin(at origin: UInt64, maximumSeconds: Int) {
        self.maximumSeconds.store(maximumSeconds, ordering: .relaxed)
        let first = recorders(from: origin)
        thread.call { [worker] in worker.begin(first) }
    }

    /// Records intended from `time` on belong to the next phase.
    package func boundary(at time: UInt64) {
        let next = recorders(from: time)
        thread.post { [worker] in worker.boundary(next) }
    }

    private func recorders(from origin: UInt64) -> ConsumerRecorders {
        let seconds = maximumSeconds.load(ordering: .relaxed)
        return ConsumerRecorders(
            origin: origin, maximumSeconds: seconds, keepsSeconds: keepsIntervals || seconds * lanes <= Self.laneSecondsMaximum, isMember: isMember)
    }
    /// Of all lanes of a phase: 64 MB of coarse histograms.
    private static let laneSecondsMaximum = 13_000

    /// Records and bytes of values since the lane was made, whatever phase they belong to.
    package func live() -> LaneLive { gauges.live }

    /// Reads nothing more, beyond the answers that are on the way, until `resume`. Its loop and its connections go on.
    package func pause() { thread.call { [worker] in worker.isPaused = true } }
    package func resume() { thread.post { [worker] in worker.isPaused = false } }

    package func leaveGroup() { thread.post { [worker] in worker.leaveGroups() } }
    package func joinGroup() { thread.post { [worker] in worker.joinGroups() } }

    /// Of a member of a group: partitions that it reads now; nil while the group comes to terms.
    var partitionsRead: Int? { thread.call { [worker] in worker.partitionsRead } }

    package var readerOffsets: ReaderOffsets? { offsets }

    package var intervalClocks: [String: LatencyRecorder] {
        guard keepsIntervals, let recorder = endToEndRecorder else { return [:] }
        return ["end_to_end": recorder]
    }

    package var endToEndRecorder: LatencyRecorder? { thread.call { [worker] in worker.phases.last?.endToEnd } }

    /// One value a phase, of what has arrived so far.
    package func collect() -> [ConsumerLanePhase] { thread.call { [worker] in worker.collect() } }

    /// The offset behind the last record read, of each of its partitions, by topic.
    var positions: [String: [Int32: Offset]] { thread.call { [worker] in worker.positions } }

    /// Ends the thread; harmless the second time. Afterwards only `collect` says something.
    package func stop() { thread.stop() }
}
