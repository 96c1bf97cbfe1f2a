// Brokers of somebody else's: their topics, their processes, their files, and what of them stays out of a result.
import Client
import Foundation
import Host
import Measurement
import NullBroker
import Records
import Reactor
import Results
import Security
import Testing
import Topology
import Vocabulary

@testable import Harness

@Suite(.serialized) struct ExternalBrokerTests {
    private static let text = """
        question: q
        name: external
        topic: {partitions: 3}
        contract: exactly-once
        producers: {count: 1, rate: 2000, recordBytes: 200}
        phases: {warmUp: 0s, steadyWait: 0s, steady: 1s, coolDown: 0s}
        """

    private func profile(_ more: String = "") throws -> Profile { try Profile.parse(Self.text + more, path: "external.yaml") }

    /// Runs the profile at `address` with what `change` lays over the options.
    private func run(
        at address: HostPort, _ part: Part? = nil, fleet: @escaping RunContext.FleetMaker = LaneFleet.make, _ change: (inout ExternalOptions) -> Void = { _ in }
    ) throws -> RunOutcome {
        try HarnessTests.run(try profile(), at: address, measurements: part.map { [$0] } ?? [], fleet: fleet, change: change)
    }

    private func topics(_ broker: FaultyBroker) throws -> [String] {
        try Admin(BrokerAddress(host: "127.0.0.1", port: broker.broker.port)).metadata().topics.map(\.name).sorted()
    }

    // MARK: topics

    @Test func `a topic that a run made goes with it when it fails, and only that`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        try Admin(BrokerAddress(host: "127.0.0.1", port: broker.broker.port)).createTopic("orders", partitions: 1)
        let part = Part { context in
            let target = try context.externalTarget()
            let plan = LoadPlan(context.profile, label: "", topic: context.topic("tidemark-load", on: target))
            let fleet = try LaneFleet.make(plan, on: target, in: context)
            defer { fleet.stop() }
            let made = "tidemark-load-\(context.record.identity.shortID)"
            #expect(try topics(broker) == ["orders", made])
            #expect(context.topic("latency", on: target) == "tidemark-latency-\(context.record.identity.shortID)")
            throw HarnessError.impossible("the network caught fire")
        }
        #expect(throws: HarnessError.impossible("the network caught fire")) { _ = try run(at: broker.address, part) }
        #expect(try topics(broker) == ["orders"])
    }

    @Test func `a topic that bears the name already is left alone, and ends the run`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let address = BrokerAddress(host: "127.0.0.1", port: broker.broker.port)
        let topics = ExternalTopics(ExternalOptions(), suffix: "abc")
        let plan = LoadPlan(try profile(), label: "", topic: topics.name(for: "page-cache"))
        #expect(plan.topic == "tidemark-page-cache-abc")
        try Admin(address).createTopic(plan.topic, partitions: 1)
        let error = #expect(throws: HarnessError.self) { _ = try topics.prepare(plan.topic, plan.topicPlan, try Cluster([address])) }
        #expect(error?.description.contains("left alone") == true)
        #expect(topics.remove({ try Cluster([address]) }, {}) == [] && topics.made == [])
        #expect(try self.topics(broker) == [plan.topic])
    }

    @Test func `topics that can't be removed any more are named`() throws {
        let broker = try FaultyBroker()
        let address = BrokerAddress(host: "127.0.0.1", port: broker.broker.port)
        let topics = ExternalTopics(ExternalOptions(), suffix: "abc")
        #expect(try topics.prepare("one", try profile().topic, try Cluster([address])) == 3)
        #expect(topics.partitionCount(of: "one") == 3)
        broker.stop()
        var options = ConnectionOptions()
        options.connectTimeoutNanoseconds = 300_000_000
        let said = topics.remove({ try Cluster([address], options) }, {})
        #expect(said.count == 1 && said[0].hasPrefix("topics one, which the run made, may still be there: "), "\(said)")
        #expect(topics.remove({ try Cluster([address]) }, {}) == [])
    }

    /// The broker says which number it read.
    @Test func `a replication factor reaches the broker, and one that it can't give ends the run with what it can`() throws {
        let broker = try FaultyBroker(replicas: 3)
        defer { broker.stop() }
        let address = BrokerAddress(host: "127.0.0.1", port: broker.broker.port)
        func topics(_ replicas: Int) -> ExternalTopics {
            var options = ExternalOptions()
            options.replicationFactor = replicas
            return ExternalTopics(options, suffix: "abc")
        }
        let enough = topics(3)
        #expect(try enough.prepare("three", try profile().topic, try Cluster([address])) == 3)
        let tooMany = topics(4)
        let error = #expect(throws: HarnessError.self) { _ = try tooMany.prepare("four", try profile().topic, try Cluster([address])) }
        let said = error?.description ?? ""
        #expect(said.contains("create topic four (replication factor 4, and 3 at most): INVALID_REPLICATION_FACTOR"), "\(said)")
        #expect(said.contains("the run asked for 4 replicas, and --replication-factor takes at most as many as the cluster has brokers"), "\(said)")
        #expect(tooMany.made == [])
        #expect(try self.topics(broker) == ["three"])
    }

    @Test func `a run asks for the replicas that it was told to have`() throws {
        let broker = try FaultyBroker(replicas: 2)
        defer { broker.stop() }
        let part = Part { context in
            let target = try context.externalTarget()
            let plan = LoadPlan(context.profile, label: "", topic: context.topic("load", on: target))
            try LaneFleet.make(plan, on: target, in: context).stop()
        }
        _ = try run(at: broker.address, part, fleet: LaneFleet.make) { $0.replicationFactor = 2 }
        let error = #expect(throws: HarnessError.self) { _ = try run(at: broker.address, part, fleet: LaneFleet.make) { $0.replicationFactor = 3 } }
        #expect(error?.description.contains("replication factor 3, and 2 at most") == true, "\(error?.description ?? "")")
    }

    @Test func `loads take the topics that are there in turn, the last one for the rest`() {
        var options = ExternalOptions()
        options.existingTopics = ["a", "b"]
        let topics = ExternalTopics(options, suffix: "abc")
        #expect(["x", "y", "z"].map { topics.name(for: $0) } == ["a", "b", "b"] && topics.areShared)
    }

    /// Sends 300 records and waits for them.
    private func load(_ fleet: LaneFleet) throws {
        let origin = MonotonicClock.now() + 10_000_000
        let schedule = OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: 2000, nanoseconds: 150_000_000)
        for lane in fleet.producers {
            lane.begin(schedule: schedule, at: origin, maximumSeconds: 5, byteBudget: nil)
            lane.end(at: origin + 150_000_000)
        }
        let deadline = MonotonicClock.now() + 10_000_000_000
        while !fleet.producers.allSatisfy({ $0.isDrained }) {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        fleet.stop()
    }

    @Test func `in a topic that is there only the run's own records are audited, between those of others`() throws {
        // As many partitions as it has, whatever the profile says.
        let broker = try FaultyBroker(partitions: 2)
        defer { broker.stop() }
        var options = ExternalOptions()
        options.existingTopics = ["orders"]
        for round in 0..<2 {
            let target = BrokerTarget(external: broker.address, options, suffix: "abc")
            let plan = LoadPlan(try profile(), label: "", topic: target.topics!.name(for: "load"))
            let fleet = try LaneFleet(plan, on: target, check: {})
            try load(fleet)
            // As a stranger's, which no run has stamped.
            try sendFromOutside(20, in: "orders", at: target.address, valueSize: 16, partitions: 2)
            let report = try fleet.auditReport {}
            #expect(report.outcome == .passed && report.extent == .readBack, "round \(round): \(report)")
            #expect(report.acknowledged == 300 && report.seen == 300 && report.foreign == 20, "round \(round): \(report)")
        }
    }

    // MARK: process and files

    private func steady(_ outcome: RunOutcome) throws -> PhaseRecord { try #require(outcome.record.phases.first { $0.kind == "steady" }) }

    @Test func `without a process its cost is n slash a with the reason, and another host is not named`() throws {
        for (address, place) in [("127.0.0.1:1", "at 127.0.0.1:1"), ("broker.example:9092", "on another host")] {
            let outcome = try run(at: HostPort(address)!, fleet: { _, _, _ in FakeFleet([FakeProducerLane(eventsPerSecond: 1000)]) })
            let costs = try #require(try steady(outcome).costs)
            #expect(costs.broker == nil && costs.metrics.allSatisfy { $0.value == nil })
            let reasons = Set(costs.metrics.compactMap(\.unavailable))
            #expect(reasons.count == 1 && reasons.first?.hasPrefix("the broker \(place) is not a process of this run") == true, "\(reasons)")
            #expect(outcome.record.disks.count == 1)
        }
    }

    @Test func `a process that is named tells its cost, and its directory its device and its cache`() throws {
        let logs = NSTemporaryDirectory() + "tidemark-test-logs-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: logs) }
        let outcome = try run(
            at: HostPort("127.0.0.1:1")!,
            fleet: { plan, _, _ in
                try FileManager.default.createDirectory(atPath: "\(logs)/\(plan.topic)-0", withIntermediateDirectories: true)
                try Data(count: 1 << 20).write(to: URL(filePath: "\(logs)/\(plan.topic)-0/00000000000000000000.log"))
                return FakeFleet([FakeProducerLane(eventsPerSecond: 1000)])
            }
        ) {
            try! FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
            $0.processID = getpid()
            $0.dataDirectory = logs
        }
        let phase = try steady(outcome)
        #expect(try #require(phase.costs?.broker).cpuSeconds > 0)
        #expect((phase.costs?.metrics.first { $0.name == "rss_peak" }?.value ?? 0) > 1_048_576)
        #expect(phase.counters["log_file_bytes"] == 1 << 20 && phase.counters["log_resident_bytes"] == 1 << 20)
        #expect(phase.notes.contains { $0.contains("100 % of the 1.0 MB in the topic's segment files") }, "\(phase.notes)")
        #expect(outcome.record.disks.map(\.name) == ["data directory", "broker's data directory"])
    }

    @Test func `a process that is not there ends the run before it begins`() throws {
        let error = #expect(throws: HarnessError.self) {
            _ = try run(at: HostPort("127.0.0.1:1")!, fleet: { _, _, _ in FakeFleet([]) }) { $0.processID = .max }
        }
        #expect(error?.description.hasPrefix("--broker-pid 2147483647: there is no such process") == true)
    }

    @Test func `segment files are found in Kafka's layout and in Redpanda's, of this topic only`() throws {
        let root = NSTemporaryDirectory() + "tidemark-test-layout-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        for path in [
            "a-0/00.log", "a-0/00.index", "a-12/00.log", "a-b-0/00.log", "a-0.5f3e-delete/00.log", "aa-0/00.log", "a-/00.log",
            "kafka/r/0_7/0-1-v1.log", "kafka/r/1_7/0-1-v1.log", "kafka/rr/0_7/0-1-v1.log",
        ] {
            let file = URL(filePath: "\(root)/\(path)")
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data([1]).write(to: file)
        }
        func found(_ topic: String) throws -> [String] { try LogFiles(topic: topic, under: root).paths.map { String($0.dropFirst(root.count + 1)) } }
        #expect(try found("a") == ["a-0/00.log", "a-12/00.log"])
        #expect(try found("a-b") == ["a-b-0/00.log"])
        #expect(try found("r") == ["kafka/r/0_7/0-1-v1.log", "kafka/r/1_7/0-1-v1.log"])
        #expect(throws: HarnessError.self) { _ = try found("nothing") }
    }

    // MARK: secrets

    @Test func `passwords in a profile and in what is laid over it are not in the result`() throws {
        let secret = "planted-secret-7731"
        let yaml = "\nbroker: {settings: {ssl.key.password: \"\(secret)\", retention.ms: 5}}\n"
        for text in [yaml, "\nbroker:\n  settings:\n    ssl.key.password: >-\n      \(secret)\n    retention.ms: '5'\n"] {
            var profile = try profile(text)
            profile.overrides = ["broker.settings.ssl.key.password=\(secret)", "broker.settings.sasl.jaas.config=M required password=\(secret);", "producers.rate=5"]
            let kept = Run.text(of: profile)
            #expect(!kept.contains(secret) && kept.contains("(hidden)") && kept.contains("producers.rate=5") && kept.contains("question: q"), "\(kept)")
        }
        #expect(Run.text(of: try profile()) == Self.text)
    }

    /// Each of them one value, of which YAML's reader makes something that stands nowhere word for word.
    @Test(arguments: [
        "    ssl.key.password: \"planted-one\n      planted-two\"\n", "    ssl.key.password: \"planted \\\"one\\\n\n planted-two\" # and more\n",
        "    ssl.key.password: 'planted ''one\n      planted-two'\n", "    'ssl.key.password': planted one\n      planted two\n\n      planted three\n",
        "    ssl.key.password: >-\n      planted one\n\n      planted two\n", "    ssl.key.password: |\n     planted one\n       planted two\n",
        "    ssl.key.password:\n      planted\n", "    ssl.key.password: !!str &name \"planted-one\n      planted-two\"\n",
        "    {ssl.key.password: \"planted-one\n      planted-two\", log.retention.ms: 5,\n     num.partitions: 3}\n",
    ])
    func `a password over several lines is not in the result, and what comes behind it is`(setting: String) throws {
        let profile = try profile("\nbroker:\n  settings:\n" + setting + "  loops: 2\n")
        #expect(profile.broker.settings["ssl.key.password"]?.contains("planted") == true && profile.broker.loops == 2)
        let kept = Run.text(of: profile)
        #expect(!kept.contains("planted") && kept.contains("(hidden)") && kept.hasSuffix("\n  loops: 2\n"), "\(kept)")
    }

    @Test func `how a run got in is in the result, and who and by which password is not`() throws {
        let login = try SaslLogin(.plain, user: "alice", password: Array("planted-secret".utf8))
        let outcome = try run(at: HostPort("127.0.0.1:1")!, fleet: { _, _, _ in FakeFleet([FakeProducerLane(eventsPerSecond: 1000)]) }) {
            $0.security = ConnectionSecurity(login: login)
        }
        #expect(outcome.record.software.broker == "external broker at 127.0.0.1:1 over SASL_PLAINTEXT by PLAIN")
        let json = String(decoding: try JSONEncoder().encode(outcome.record), as: UTF8.self)
        #expect(!json.contains("planted-secret") && !json.contains("alice"))
    }
}
