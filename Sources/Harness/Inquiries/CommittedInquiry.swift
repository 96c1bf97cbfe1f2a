// Whether a group's committed positions outlive the broker's process, with nobody of the group left.
internal import Client
internal import Host
internal import Measurement
internal import Results
internal import Topology
internal import Vocabulary

struct CommittedInquiry: HeadlineMeasurement {
    let restarts: Int

    var name: String { "committed" }

    private static let partitions: Int32 = 8
    private static let group = "tidemark-committed"

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        HeadlineCost(loadNanoseconds: UInt64(restarts) * 1_000_000_000, diskBytes: Int64(Self.partitions + 50) * profile.topic.segmentBytes, assumption: nil)
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else {
            throw HarnessError.impossible("‘headlines.ask: [committed]’ kills the broker: it needs one that the run started")
        }
        let broker = try context.startBroker(context.profile.broker, label: name)
        defer { context.stop(broker) }
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
        var facts = VerdictFacts(phase: name, load: .maxRate)
        facts.hasNoRecords = true
        context.record.facts.append(facts)
        context.record.metrics += [
            .measured("restarts", Double(restarts), unit: "count", polarity: .neutral, note: "the broker's process killed each time"),
            .measured("positions_committed", Double(committed), unit: "count", polarity: .neutral),
            .measured("positions_changed", Double(changed), unit: "count", polarity: .lowerIsBetter),
        ]
        try context.publish()
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
