// Groups with topics of their own in one load: who writes where, who waits for what, and that all of it is audited.
import Client
import Host
import Measurement
import NullBroker
import Results
import Testing
import Vocabulary

@testable import Harness

@Suite(.serialized) struct TopicSetsLoadTests {
    @Test func `each group writes and reads its own topics, and those that nobody reads along are read back`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let text = """
            question: Does every record go where its group says?
            name: sets
            topics: [{name: small}, {name: bulk, count: 2, partitions: 3}]
            contract: exactly-once
            producers:
              - {name: few, topic: small, rate: 500, recordBytes: 200}
              - {name: many, topic: bulk, count: 2, rate: 4000, recordBytes: 200}
            consumers: {topic: small, count: 2}
            """
        let plan = LoadPlan(try Profile.parse(text, path: "fleet.yaml"), label: "", topic: "fleet")
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: broker.address, process: nil), check: {})
        defer { fleet.stop() }
        let made = try Admin(BrokerAddress(host: "127.0.0.1", port: broker.broker.port)).metadata().topics.sorted { $0.name < $1.name }
        #expect(made.map(\.name) == ["fleet-bulk-1", "fleet-bulk-2", "fleet-small"] && made.map(\.partitions.count) == [3, 3, 1])
        let origin = MonotonicClock.now() + 20_000_000, end = origin + 200_000_000
        for lane in fleet.consumers { lane.begin(at: origin, maximumSeconds: 5) }
        for (group, lanes) in zip(plan.producerGroups, grouped(fleet.producers, [1, 2])) {
            let schedule = group.schedule(nanoseconds: 200_000_000, shape: nil)
            for lane in lanes {
                lane.begin(schedule: schedule, at: origin, maximumSeconds: 5, byteBudget: nil)
                lane.end(at: end)
            }
        }
        try wait { fleet.producers.allSatisfy { $0.isDrained } && read(fleet) >= 100 }
        fleet.stop()
        #expect(read(fleet) == 100)
        // Of seven partitions, numbered through, each lane knows those that it writes to.
        let ends = fleet.producers.compactMap(\.acknowledgedEnds).map { gauges in (0..<gauges.count).map { gauges.offset(of: $0) } }
        #expect(ends.count == 3 && ends[0] == [100, nil, nil, nil, nil, nil, nil], "\(ends)")
        let bulk = (0..<7).map { partition in ends[1...].compactMap { $0[partition] }.max() ?? 0 }
        #expect(bulk[0] == 0 && bulk[1...3].reduce(0, +) == 400 && bulk[4...6].reduce(0, +) == 400, "\(bulk)")
        let report = try fleet.auditReport {}
        #expect(report.outcome == .passed && report.extent == .readBack, "\(report)")
        #expect(report.acknowledged == 900 && report.seen == 900)
    }

    private func read(_ fleet: LaneFleet) -> UInt64 { fleet.consumers.reduce(0) { $0 + $1.live().records } }

    private func wait(_ condition: () -> Bool) throws {
        let deadline = MonotonicClock.now() + 10 * nanosecondsPerSecond
        while !condition() {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
    }

    @Test(arguments: ["all", "0"])
    func `a barrier waits for each group's own topics, and behind is who has not read those`(acks: String) throws {
        let text = """
            question: q
            name: barrier
            topics: [{name: small}, {name: bulk}]
            producers: [{name: few, topic: small, rate: 500, recordBytes: 100, acks: \(acks)}, {name: many, topic: bulk, rate: 5000, recordBytes: 100, acks: \(acks)}]
            consumers: [{name: live, topic: small}, {name: archive, topic: bulk}]
            phases: {warmUp: 100ms, steadyWait: 0s, steady: 1s, coolDown: 0s}
            """
        let lanes = [RatedLane(partition: 0, of: 2), RatedLane(partition: 1, of: 2)]
        let readers = lanes.map { RatedReader(of: [$0], partitions: 2, own: [$0.partition]) }
        let record = try runWithoutBroker(try Profile.parse(text, path: "barrier.yaml"), RatedFleet(lanes, readers)).record
        for drain in record.phases where drain.kind == "drain" { #expect(drain.seconds < 5 && drain.notes == [], "\(drain.seconds) s, \(drain.notes)") }
        let steady = try #require(record.phases.last { $0.kind == "steady" })
        let groups = try #require(steady.groups)
        #expect(groups.map(\.name) == ["few", "many", "live", "archive"])
        #expect(groups[2...].map { $0.counters["behind_records"] } == [0, 0], "\(groups.map(\.counters))")
        #expect(!steady.series.isEmpty && steady.series.allSatisfy { $0.unreadRecords == 0 }, "\(steady.series)")
        #expect(groups.map { $0.notes.first } == ["to topic small", "to topic bulk", "from topic small", "from topic bulk"])
        #expect(steady.notes.contains { $0.hasPrefix("topics x partitions: small 1 x 1, bulk 1 x 1; ") }, "\(steady.notes)")
    }
}
