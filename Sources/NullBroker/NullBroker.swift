// The opposite of a broker: it speaks enough of Kafka for producers and consumers, reads and checks every
// byte it is sent, and keeps nothing, so what a fleet reaches against it is the fleet's own ceiling (fio's null
// engine). Told to misbehave it keeps a small log in memory and breaks one promise at a time, which is how the
// audit is shown to notice. Told to hold answers back it stamps when it took each request and when it answered:
// the second instrument that a fleet's latencies are laid beside.
//
// Reading order: NullBroker (listener and loop) → NullConnection (a request each) → NullTopics (what it
// remembers) → Fault, FaultPlan → AnswerStamps.
internal import CLinux
internal import Glibc
package import Host
internal import Reactor
internal import Records

package struct NullBrokerConfiguration: Sendable {
    package var host = "127.0.0.1"
    /// 0: any free port.
    package var port: UInt16 = 0
    package var congestion: String? = "cubic"
    /// Partitions of a topic that nobody created.
    package var partitionCount: Int32 = 1
    /// A topic that asks for more replicas is refused, as by a cluster with as many brokers.
    package var replicationMaximum: Int16 = 1
    /// CPU burnt for each produce and fetch request, to stand in for a real broker's.
    package var busyNanosecondsPerRequest: UInt64 = 0
    /// Keep what is produced (up to `keptBytes`) and serve it; else fetches are answered from a constant buffer.
    package var keepsRecords = false
    package var keptBytes = 512 << 20
    /// What to get wrong. Faults that touch records imply `keepsRecords`.
    package var faults: [Fault] = []
    /// Of delays.
    package var seed: UInt64 = 1
    /// Stamp each produce and fetch request and its answer, which is then sent at once and not when the tick ends.
    package var keepsStamps = false
    package init() {}
}

/// One loop on one listener.
package final class NullBroker: @unchecked Sendable {
    // @unchecked: everything but `port`, `stop` and the configuration belongs to the thread that runs `run`.
    package let configuration: NullBrokerConfiguration
    private let loop: Loop
    private var listener: Listener?
    let budget = MemoryBudget(limitBytes: 256 << 20)
    let topics: NullTopics
    let constant: ConstantRecords
    private var connections: [ObjectIdentifier: NullConnection] = [:]
    private var nextProducerID: Int64 = 1
    var faults: FaultPlan
    /// nil: none are kept.
    let stamps: AnswerStamps?
    private var signals: SignalWatch?
    /// When a stall is due, nil once it is over.
    private var stall: Timer?

    /// Listens at once; serves when `run` is called.
    ///
    /// - Throws: `SystemError` of socket calls.
    package init(_ configuration: NullBrokerConfiguration) throws(SystemError) {
        self.configuration = configuration
        let keeps = configuration.keepsRecords || configuration.faults.contains(where: \.needsRecords)
        topics = NullTopics(
            partitionCount: configuration.partitionCount, keptBytes: keeps ? configuration.keptBytes : 0)
        constant = ConstantRecords()
        faults = FaultPlan(configuration.faults, seed: configuration.seed)
        stamps = configuration.keepsStamps ? AnswerStamps() : nil
        loop = try Loop()
        listener = try Listener(
            loop: loop, host: configuration.host, port: configuration.port, congestion: configuration.congestion, handler: self)
    }

    package var port: UInt16 { listener!.port }

    /// Serves on the calling thread until `stop`.
    package func run() throws(SystemError) {
        if let first = faults.nextStall {
            let timer = Timer(self)
            stall = timer
            loop.arm(timer, at: MonotonicClock.now() + first.afterNanoseconds)
        }
        try loop.run()
        for connection in Array(connections.values) { connection.close() }
        listener?.close()
    }

    /// Ends `run`. From any thread.
    package func stop() { loop.stop() }

    /// Breaks other promises from now on, counted anew. From any thread, while `run` runs.
    ///
    /// - Parameters:
    ///   - faults: any but stalls, which are counted from the start. What touches records needs `keepsRecords`.
    ///   - done: called on the loop's thread when they are in force: for every request that is sent behind that.
    package func misbehave(_ faults: [Fault], done: @escaping @Sendable () -> Void) {
        precondition(!faults.contains(where: \.needsRecords) || topics.keepsRecords, "a broker that keeps nothing can't do \(faults)")
        loop.post { [self] in
            self.faults = FaultPlan(faults, seed: configuration.seed)
            done()
        }
    }

    /// Hands over what has been stamped up to now. From any thread, while `run` runs.
    ///
    /// - Parameter done: called on the loop's thread.
    package func answerTimes(_ done: @escaping @Sendable (AnswerTimes) -> Void) {
        precondition(configuration.keepsStamps, "no stamps are kept")
        loop.post { [self] in done(stamps!.times) }
    }

    /// Lets SIGTERM, SIGINT and SIGHUP end `run` in order, and hands over what has been stamped at each SIGUSR1 and at the end. Before
    /// `run`, on its thread, and before any other thread is there.
    ///
    /// - Throws: `SystemError` of signalfd(2).
    package func reportAtSignals(_ report: @escaping (AnswerTimes) -> Void) throws(SystemError) {
        precondition(configuration.keepsStamps, "no stamps are kept")
        signals = try SignalWatch(loop) { [unowned self] signal in
            report(self.stamps!.times)
            if signal != SIGUSR1 { self.stop() }
        }
    }

    /// Serves on a thread of its own.
    package func start() -> WorkerThread {
        WorkerThread(name: "null-broker") { try? self.run() }
    }

    func allocateProducerID() -> Int64 {
        defer { nextProducerID += 1 }
        return nextProducerID
    }

    func forget(_ connection: NullConnection) { connections[ObjectIdentifier(connection)] = nil }

    /// Burns the CPU that a real broker would have used.
    func burn() {
        guard configuration.busyNanosecondsPerRequest > 0 else { return }
        let end = clinux_thread_cpu_ns() + Int64(configuration.busyNanosecondsPerRequest)
        while clinux_thread_cpu_ns() < end {}
    }
}

extension NullBroker: ListenerHandler {
    func accepted(_ fd: Int32, peer: String, on listener: Listener) {
        guard let connection = try? NullConnection(fd, loop: loop, broker: self) else { return }
        connections[ObjectIdentifier(connection)] = connection
    }

    func acceptFailed(_ error: SystemError, on listener: Listener) {}
}

extension NullBroker: TimerHandler {
    /// A stall holds the whole loop, as a stopped process would.
    func timerFired(_ timer: Timer) {
        guard let due = faults.nextStall else { return }
        MonotonicClock.sleep(nanoseconds: due.forNanoseconds)
        faults.nextStall = nil
    }
}
