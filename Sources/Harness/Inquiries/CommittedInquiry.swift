// Whether a group's committed positions outlive a member that dies, and the broker's process with nobody of the group left.
internal import Client
internal import Host
internal import Measurement
internal import Results
internal import Topology
internal import Vocabulary

struct CommittedInquiry: HeadlineMeasurement {
    let restarts: Int
    /// Of members, each the successor of the one before it.
    let deaths: Int

    var name: String { "committed" }

    private static let partitions: Int32 = 8
    private static let group = "tidemark-committed", successors = "tidemark-successors"
    /// What members read of: enough that none of them comes to its end.
    private static let logBytes: Int64 = 16 << 20
    private static let recordBytes = 256, batchBytes = 4_096
    /// Of each member before it dies.
    private static let commits: UInt64 = 3

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        HeadlineCost(
            loadNanoseconds: UInt64(restarts) * 1_000_000_000 + UInt64(deaths) * (UInt64(LoneMember.sessionMilliseconds) * 1_000_000 + 500_000_000),
            diskBytes: Int64(2 * Self.partitions + 50) * profile.topic.segmentBytes + 2 * Self.logBytes, assumption: nil)
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else {
            throw HarnessError.impossible("‘headlines.ask: [committed]’ kills the broker: it needs one that the run started")
        }
        var plan = context.profile.broker
        // A member that died is missed after a second, and the first one waits for nobody.
        plan.settings["group.min.session.timeout.ms"] = String(LoneMember.sessionMilliseconds)
        plan.settings["group.initial.rebalance.delay.ms"] = "0"
        let broker = try context.startBroker(plan, label: name)
        defer { context.stop(broker) }
        try succeed(broker.target, context)
        try restart(broker, context)
        var facts = VerdictFacts(phase: name, load: .maxRate)
        facts.hasNoRecords = true
        context.record.facts.append(facts)
        try context.publish()
    }

    /// A member reads, commits and dies; the next one takes over, and so on.
    private func succeed(_ target: BrokerTarget, _ context: RunContext) throws {
        var load = LoadPlan(context.profile, label: "fill \(name)", topic: Self.successors)
        load.topicPlan.partitions = Int(Self.partitions)
        load.producers.mode = .max
        load.producers.recordsPerSecond = nil
        load.producers.count = 1
        load.producers.recordBytes = Self.recordBytes
        load.producers.batchBytes = Self.batchBytes
        load.consumers = nil
        load.byteBudget = Self.logBytes
        load.headline = name
        _ = try context.fill(load, on: target)
        var (resumed, elsewhere) = (0, 0)
        var left: [Int32: Offset]?
        for _ in 0...deaths {
            let member = try LoneMember(of: Self.successors, topic: Self.successors, target)
            defer { member.die() }
            try member.read(partitions: Int(Self.partitions), commits: Self.commits) { try context.checkInterruption() }
            if let left {
                resumed += left.count
                elsewhere += left.count { member.began[$0.key] != $0.value || member.firstRead[$0.key] != $0.value }
            }
            left = member.told
        }
        context.record.metrics += [
            .measured("members_died", Double(deaths), unit: "count", polarity: .neutral, note: "their connections cut in the midst of reading, nobody told"),
            .measured("positions_resumed", Double(resumed), unit: "count", polarity: .neutral, note: "those that the one before had committed, by the successor that read on"),
            .measured("positions_resumed_elsewhere", Double(elsewhere), unit: "count", polarity: .lowerIsBetter),
        ]
    }

    private func restart(_ broker: BrokerProcess, _ context: RunContext) throws {
        let target = broker.target
        try Admin(target.address, target.connection).createTopic(name, partitions: Self.partitions)
        var (committed, changed) = (0, 0)
        for round in 1...restarts {
            let positions = Dictionary(uniqueKeysWithValues: (0..<Self.partitions).map { ($0, Offset(round * 1_000 + Int($0))) })
            try patiently(context) { try Cluster([target.address], target.connection).coordinator(of: Self.group).commit(positions, of: name, for: Self.group) }
            _ = context.crash(broker)
            try context.restart(broker)
            try broker.child.wait(for: "ready line after it was killed", seconds: BrokerProcess.readySeconds, context.interruption) { broker.isReady }
            let found = try patiently(context) { try Cluster([target.address], target.connection).coordinator(of: Self.group).committedOffsets(of: Self.group) }
            committed += positions.count
            changed += positions.count { found[TopicPartition(topic: name, partition: $0.key)] != $0.value }
        }
        context.record.metrics += [
            .measured("restarts", Double(restarts), unit: "count", polarity: .neutral, note: "the broker's process killed each time"),
            .measured("positions_committed", Double(committed), unit: "count", polarity: .neutral),
            .measured("positions_changed", Double(changed), unit: "count", polarity: .lowerIsBetter),
        ]
    }

    /// What a coordinator answers once it has replayed its topic: until then it refuses.
    private func patiently<Answer>(_ context: RunContext, _ ask: () throws -> Answer) throws -> Answer {
        let deadline = MonotonicClock.now() + Self.patienceNanoseconds
        while true {
            do {
                return try ask()
            } catch let refusal as ClientError {
                guard MonotonicClock.now() < deadline else { throw refusal }
                try context.sleep(seconds: 0.01)
            }
        }
    }
    private static let patienceNanoseconds: UInt64 = 15_000_000_000
}
