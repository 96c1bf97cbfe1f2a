// A consumer of the fleet: one thread, one loop, one client.
package import Client
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
    private let maximumSeconds = Atomic<Int>(1)

    /// Connects, on the lane's thread, and goes to the end (or the start) of partitions number, number + count, … of the topic.
    ///
    /// - Parameters:
    ///   - number: of `count` lanes of its group, from 0.
    ///   - plan: of the group.
    ///   - lane: of all consumers of the load; nil: `number`.
    ///   - recordBytes: of values, on average; a slow reader asks for so many at once.
    ///   - cpus: where the thread may run; nil: anywhere.
    ///   - ledger: gets a book of this lane.
    ///   - congestion: TCP congestion control; nil: the system's.
    ///   - security: of its connections.
    /// - Throws: `ClientError`, `HarnessError`, `SystemError`.
    package init(
        number: Int, of count: Int, plan: ConsumersPlan = ConsumersPlan(), lane: Int? = nil, bootstrap: HostPort, topic: String, partitions: Int,
        recordBytes: Double = 1_024, cpus: CPUSet?, ledger: Ledger, congestion: String? = "cubic", security: ConnectionSecurity = .none
    ) throws {
        precondition((0..<count).contains(number), "lane \(number) of \(count)")
        precondition(ledger.partitions == partitions, "a ledger of \(ledger.partitions) partitions for \(partitions)")
        let loop = try Loop()
        let setup = ConsumerWorker.Setup(
            number: number, count: count, plan: plan, bootstrap: bootstrap, topic: topic, recordBytes: recordBytes, congestion: congestion,
            security: security)
        offsets = ReaderOffsets(partitions: partitions)
        worker = ConsumerWorker(
            setup, loop: loop, gauges: gauges, offsets: offsets, book: ledger.openSeenBook(reader: plan.label, isWhole: !plan.isSlow))
        thread = try LaneThread(name: "consume-\(lane ?? number)", cpus: cpus, loop: loop, worker: worker)
    }

    /// As in /proc/PID/task.
    package var threadID: Int32 { thread.threadID }

    /// What ended the lane's thread before its time; nil while it runs.
    package var failure: (any Error)? { thread.failure }

    /// Fresh recorders of phase 0, for records whose intended send time is `origin` or later.
    package func begin(at origin: UInt64, maximumSeconds: Int) {
        self.maximumSeconds.store(maximumSeconds, ordering: .relaxed)
        let first = ConsumerRecorders(origin: origin, maximumSeconds: maximumSeconds)
        thread.call { [worker] in worker.begin(first) }
    }

    /// Records intended from `time` on belong to the next phase.
    package func boundary(at time: UInt64) {
        let next = ConsumerRecorders(origin: time, maximumSeconds: maximumSeconds.load(ordering: .relaxed))
        thread.post { [worker] in worker.boundary(next) }
    }

    /// Records and bytes of values since the lane was made, whatever phase they belong to.
    package func live() -> LaneLive { gauges.live }

    /// Reads nothing more, beyond the answers that are on the way, until `resume`. Its loop and its connections go on.
    package func pause() { thread.call { [worker] in worker.consumer.isPaused = true } }
    package func resume() { thread.post { [worker] in worker.consumer.isPaused = false } }

    package var readerOffsets: ReaderOffsets? { offsets }

    /// One value a phase, of what has arrived so far.
    package func collect() -> [ConsumerLanePhase] { thread.call { [worker] in worker.collect() } }

    /// The offset behind the last record read, of each of its partitions.
    var positions: [Int32: Offset] { thread.call { [worker] in worker.positions } }

    /// Ends the thread; harmless the second time. Afterwards only `collect` says something.
    package func stop() { thread.stop() }
}
