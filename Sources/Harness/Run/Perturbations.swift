// Carries out what a profile does to its broker on purpose. Lives on the control thread.
internal import Client
internal import Host
internal import Results

/// The perturbations of one steady phase.
final class Perturbations {
    private enum Step {
        case stop, proceed, dropCache, kill, restart
        case churn(connectionsPerSecond: Double)
        case endChurn
        /// A change of number n: members go when n is even, and come back when it is odd.
        case member(Int)
        case endMembers
        case limitDisk(bytesPerSecond: Int64)
        case freeDisk
        case freeze, thaw
    }
    /// A broker that was killed and does not serve yet.
    private struct Outage {
        let killedAt: UInt64
        var restartedAt: UInt64?
    }
    private var steps: [(at: UInt64, step: Step)]
    private let target: BrokerTarget
    private let topics: [String]
    private let context: RunContext
    private var stoppedAt: UInt64?
    private var outage: Outage?
    private var churn: ConnectionChurn?
    /// Lanes that are members of a group, whichever.
    private let members: [any ConsumingLane]
    private var memberChurn: (startedAt: UInt64, changes: Int)?
    private var limit: (startedAt: UInt64, disk: DiskLimit)?
    private var frozen: (startedAt: UInt64, disk: FrozenDisk)?
    private(set) var done: [PerturbationRecord] = []
    /// Of connections beside the load, by name.
    private(set) var errors: [String: UInt64] = [:]

    /// How often a broker that was started again is asked whether it serves: the resolution of its time to recover.
    private static let readinessLookNanoseconds: UInt64 = 2_000_000
    /// How long its recovery may take once the phase is over.
    private static let recoverySeconds = 120.0

    /// - Parameters:
    ///   - start: of the steady phase, CLOCK_MONOTONIC nanoseconds.
    ///   - target: a broker that the run has started, where the plans need one.
    ///   - members: lanes that are members of a group.
    init(
        _ plans: [PerturbationPlan], start: UInt64, target: BrokerTarget, topics: [String], members: [any ConsumingLane] = [], _ context: RunContext
    ) {
        precondition(target.process != nil || !plans.contains { $0.needsOwnBroker }, "somebody else's broker is not stopped")
        self.target = target
        self.topics = topics
        self.members = members
        self.context = context
        steps = plans.flatMap { plan -> [(at: UInt64, step: Step)] in
            let at = start + plan.atNanoseconds
            return switch plan.action {
            case .pause(let nanoseconds): [(at, .stop), (at + nanoseconds, .proceed)]
            case .dropCache: [(at, .dropCache)]
            case .kill(let restartAfter): [(at, .kill), (at + restartAfter, .restart)]
            case .churn(let rate, let nanoseconds): [(at, .churn(connectionsPerSecond: rate)), (at + nanoseconds, .endChurn)]
            case .diskLimit(let rate, let nanoseconds): [(at, .limitDisk(bytesPerSecond: rate)), (at + nanoseconds, .freeDisk)]
            case .freeze(let nanoseconds): [(at, .freeze), (at + nanoseconds, .thaw)]
            case .memberChurn(let rate, let nanoseconds): Self.changes(rate, from: at, nanoseconds)
            }
        }
    }

    private static func changes(_ perSecond: Double, from at: UInt64, _ nanoseconds: UInt64) -> [(at: UInt64, step: Step)] {
        let count = Int((Double(nanoseconds) * perSecond / 1e9).rounded(.up))
        return (0..<count).map { (at + UInt64(Double($0) * 1e9 / perSecond), .member($0)) } + [(at + nanoseconds, .endMembers)]
    }

    /// When there is something to do next; nil: nothing any more.
    var next: UInt64? { isRecovering ? MonotonicClock.now() + Self.readinessLookNanoseconds : steps.first?.at }

    private var isRecovering: Bool { outage?.restartedAt != nil }
    private var broker: BrokerProcess { target.process! }

    /// Does what is due. Nothing else begins before a broker that was killed serves again.
    func act() throws {
        lookForReadiness()
        while !isRecovering, let (at, step) = steps.first, at <= MonotonicClock.now() {
            steps.removeFirst()
            switch step {
            case .stop:
                broker.suspend()
                let stopped = MonotonicClock.now()
                stoppedAt = stopped
                postponeEnd(by: stopped - at)
            case .proceed: proceed()
            case .dropCache:
                let started = MonotonicClock.now()
                _ = try LogFiles(topics: topics, under: broker.dataDirectory).drop(downTo: 0, ofLogBytes: 1)
                note("dropCache", since: started)
            case .kill:
                let killed = context.crash(broker)
                outage = Outage(killedAt: killed)
                postponeEnd(by: killed - at)
            case .restart: try restart()
            case .churn(let rate):
                let begun = ConnectionChurn(target.bootstrap, security: target.security, perSecond: rate)
                churn = begun
                postponeEnd(by: begun.startedAt - at)
            case .endChurn: endChurn()
            case .member(let number): change(number)
            case .endMembers: endMembers()
            case .limitDisk(let rate):
                let started = MonotonicClock.now()
                limit = try (started, DiskLimit(pid: broker.pid, device: context.device, directory: context.dataDirectory, bytesPerSecond: rate))
                postponeEnd(by: started - at)
            case .freeDisk: freeDisk()
            case .freeze:
                let disk = try FrozenDisk(broker.dataDirectory)
                let started = MonotonicClock.now()
                frozen = (started, disk)
                postponeEnd(by: started - at)
            case .thaw: thaw()
            }
        }
    }

    /// What was begun late ends as much later, and lasts as long as it was told to. The next step is its end: plans do not overlap.
    private func postponeEnd(by late: UInt64) { steps[0].at += late }

    /// Ends what is under way when the phase is over: what follows waits for the broker's answers.
    ///
    /// - Throws: what keeps a broker that was killed from serving again.
    func finish() throws {
        letGo()
        guard outage != nil else { return }
        if !isRecovering { try restart() }
        let broker = self.broker
        try broker.child.wait(for: "ready line after it was killed", seconds: Self.recoverySeconds, context.interruption) { broker.isReady }
        lookForReadiness()
    }

    /// The part of it that waits for nobody; harmless the second time. However the phase ends.
    func letGo() {
        thaw()
        proceed()
        freeDisk()
        endChurn()
        endMembers()
    }

    /// A broker that is stopped goes on.
    private func proceed() {
        guard let started = stoppedAt else { return }
        broker.resume()
        stoppedAt = nil
        note("pause", since: started)
    }

    private func restart() throws {
        outage?.restartedAt = MonotonicClock.now()
        try context.restart(broker)
    }

    private func lookForReadiness() {
        guard let outage, let restartedAt = outage.restartedAt, broker.isReady else { return }
        note("kill", since: outage.killedAt) { $0.restartedNanoseconds = restartedAt }
        self.outage = nil
    }

    private func endChurn() {
        guard let churn else { return }
        let (opened, failures) = churn.stop()
        note("churn", since: churn.startedAt) { $0.connections = opened }
        errors.merge(failures, uniquingKeysWith: +)
        self.churn = nil
    }

    private func freeDisk() {
        guard let (started, disk) = limit else { return }
        disk.release()
        note("diskLimit", since: started) { $0.means = disk.means }
        limit = nil
    }

    private func thaw() {
        guard let (started, disk) = frozen else { return }
        disk.thaw()
        note("freeze", since: started) { $0.means = "by freezing its file system: writes and syncs wait, reads do not" }
        frozen = nil
    }

    private func change(_ number: Int) {
        guard !members.isEmpty else { return }
        let lane = members[number / 2 % members.count]
        if number.isMultiple(of: 2) { lane.leaveGroup() } else { lane.joinGroup() }
        memberChurn = (memberChurn?.startedAt ?? MonotonicClock.now(), number + 1)
    }

    /// Whoever has left comes back.
    private func endMembers() {
        guard let (started, changes) = memberChurn else { return }
        members.forEach { $0.joinGroup() }
        note("memberChurn", since: started) { $0.memberChanges = UInt64(changes) }
        memberChurn = nil
    }

    private func note(_ kind: String, since started: UInt64, _ change: (inout PerturbationRecord) -> Void = { _ in }) {
        var record = PerturbationRecord(kind: kind, startedNanoseconds: started, endedNanoseconds: MonotonicClock.now())
        change(&record)
        done.append(record)
    }
}

extension LoadPlan {
    /// What this machine cannot do is said before the load, not in the middle of it.
    ///
    /// - Throws: `HarnessError`.
    static func checkMeans(_ plans: [PerturbationPlan], _ context: RunContext) throws {
        for plan in plans {
            let refusal: String? = switch plan.action {
            case .diskLimit: DiskLimit.refusal(context.device, context.dataDirectory)
            case .freeze: FrozenDisk.refusal(context.options.dataDirectory, results: context.options.resultsDirectory)
            case .pause, .dropCache, .kill, .churn, .memberChurn: nil
            }
            if let refusal { throw HarnessError.impossible(refusal) }
        }
    }

    /// Takes over what is done to the broker in the steady phase, and expects the errors that are part of it.
    mutating func disturb(by plans: [PerturbationPlan]) {
        perturbations = plans
        expectedErrors += plans.flatMap(\.expectedErrors)
    }
}
