// A backlog as a run: who is held back, how fast the groups write meanwhile, and what the record keeps.
import Foundation
import Measurement
import Results
import Testing

@testable import Harness

@Suite(.serialized) struct CatchUpRunTests {
    private static let text = """
        question: q
        name: fake
        producers: [{name: small, rate: 1000, recordBytes: 100}, {name: bulk, rate: 3000, recordBytes: 500}]
        consumers: [{name: live}, {name: archive, rate: 10}]
        phases: {warmUp: 20ms, steadyWait: 0s, coolDown: 0s}
        backlog: {time: 200ms, rate: 8000, producers: throttled, throttle: 50%, atMost: 2s}
        """

    private func run(_ fleet: RatedFleet, producers: BacklogPlan.Producers, text: String = Self.text) throws -> RunRecord {
        var profile = try Profile.parse(text, path: "f.yaml")
        // A window that a profile can't ask for.
        profile.phases.steadyNanoseconds = 100_000_000
        profile.backlog?.producers = producers
        return try runWithoutBroker(profile, fleet).record
    }

    @Test(arguments: [BacklogPlan.Producers.throttled, .stopped])
    func `groups write by one factor, tails stand still, and a slow reader reads on`(producers: BacklogPlan.Producers) throws {
        let (small, bulk, offered) = producers == .throttled ? ([500.0], [1_500.0], 2_000.0) : ([], [], 0)
        let lanes = [RatedLane(partition: 0, of: 2), RatedLane(partition: 1, of: 2)]
        let readers = [RatedReader(of: lanes, partitions: 2), RatedReader(of: lanes, partitions: 2, isSlow: true)]
        let record = try run(RatedFleet(lanes, readers), producers: producers)
        // Warm-up, steady phase, backlog, catch-up.
        #expect(lanes.map(\.rates) == [[1_000, 1_000, 2_000] + small, [3_000, 3_000, 6_000] + bulk])
        #expect(readers.map(\.pauses) == [1, 0])
        let phase = try #require(record.phases.first { $0.kind == "catch-up" })
        let catchUp = try #require(phase.catchUp)
        #expect(catchUp.offeredPerSecond == offered && catchUp.recordBytes == 400 && catchUp.seconds != nil && catchUp.allowedRecords == UInt64(offered / 10))
        // 8,000 a second for 0.2 s, as far as the lanes were asked before the readers went.
        #expect((1_590...1_610).contains(catchUp.backlogRecords), "\(catchUp)")
        #expect(phase.groups?.map(\.name) == ["small", "bulk", "live", "archive"] && phase.groups?[2].counters["consumed_records"].map { $0 >= 1_590 } == true)
        #expect(record.facts.map(\.phase) == ["steady", "steady", "steady", "catch-up", "catch-up", "catch-up"])
        #expect(record.facts[3].audit == .notRun("audited with the whole run") && (record.facts[4].scheduledEvents != nil) == (offered > 0))
        let steady = try #require(record.phases.first { $0.kind == "steady" })
        // The slow reader's lag is its own: 80 records of the warm-up.
        #expect(steady.lag?.maximumRecords == 0 && steady.groups?[3].lag?.maximumRecords ?? 0 >= 20, "\(String(describing: steady.groups?[3].lag))")
        #expect(record.metrics.map(\.name) == ["catch_up_time", "drain_throughput"])
    }

    @Test func `a group that is there to catch up does so while tails read on, and the lag of the phase is its own`() throws {
        let lanes = [RatedLane(partition: 0, of: 2), RatedLane(partition: 1, of: 2)]
        let readers = (0..<3).map { RatedReader(of: lanes, partitions: 2, isSlow: $0 == 2) }
        let text = Self.text.replacing("[{name: live}", with: "[{name: live}, {name: late, kind: catch-up}")
        let record = try run(RatedFleet(lanes, readers), producers: .running, text: text)
        #expect(readers.map(\.pauses) == [0, 1, 0])
        let phase = try #require(record.phases.first { $0.kind == "catch-up" })
        let catchUp = try #require(phase.catchUp)
        #expect((1_590...1_610).contains(catchUp.backlogRecords) && catchUp.seconds != nil && catchUp.allowedRecords == 400, "\(catchUp)")
        let groups = try #require(phase.groups).filter { $0.role == .consumers }
        #expect(groups.map(\.mode) == ["tail", "catch-up", "slow"])
        #expect(groups.map { $0.counters["read_nanoseconds"] != nil } == [false, true, true])
        #expect(phase.lag != nil && phase.lag == groups[1].lag)
        // Before the backlog it is a tail as any other.
        let steady = try #require(record.phases.first { $0.kind == "steady" })
        #expect(steady.lag?.maximumRecords ?? .max < 400)
    }

    @Test func `readers of several sets stand still, and what they catch up with is the sum of all sets`() throws {
        let text = """
            question: q
            name: fake
            topics: [{name: a}, {name: b}]
            producers: [{name: small, topic: a, rate: 1000, recordBytes: 100}, {name: bulk, topic: b, rate: 3000, recordBytes: 500}]
            consumers: [{name: live, topic: a}, {name: archive, topic: b}]
            phases: {warmUp: 20ms, steadyWait: 0s, coolDown: 0s}
            backlog: {time: 200ms, rate: 8000, producers: stopped, atMost: 2s}
            """
        let lanes = [RatedLane(partition: 0, of: 2), RatedLane(partition: 1, of: 2)]
        let readers = lanes.map { RatedReader(of: [$0], partitions: 2, own: [$0.partition]) }
        let record = try run(RatedFleet(lanes, readers), producers: .stopped, text: text)
        #expect(readers.map(\.pauses) == [1, 1])
        let phase = try #require(record.phases.first { $0.kind == "catch-up" })
        let catchUp = try #require(phase.catchUp)
        #expect((1_590...1_610).contains(catchUp.backlogRecords) && catchUp.seconds != nil && catchUp.recordBytes == 400, "\(catchUp)")
        let groups = try #require(phase.groups).filter { $0.role == .consumers }
        let read = groups.map { $0.counters["consumed_records"] ?? 0 }
        #expect((390...410).contains(read[0]) && (1_190...1_210).contains(read[1]), "\(read)")
        // By the sizes of what each of them read, not by one for all.
        let bytes = try #require(catchUp.readBytesPerSecond), bytesARecord = bytes / catchUp.readRecordsPerSecond
        #expect(abs(bytesARecord - Double(read[0] * 100 + read[1] * 500) / Double(read[0] + read[1])) < 0.001, "\(bytesARecord)")
    }

    @Test func `a small set that nobody reads is not lost in what a large one may be behind`() throws {
        let text = """
            question: q
            name: fake
            topics: [{name: a}, {name: b}]
            producers: [{name: small, topic: a, rate: 10, recordBytes: 100}, {name: bulk, topic: b, rate: 90000, recordBytes: 100}]
            consumers: [{name: live, topic: a}, {name: archive, topic: b}]
            phases: {warmUp: 0s, steadyWait: 0s, coolDown: 0s}
            backlog: {time: 1s}
            """
        let plan = LoadPlan(try Profile.parse(text, path: "f.yaml"), label: "", topic: "t")
        let lanes = [RatedLane(partition: 0, of: 2), RatedLane(partition: 1, of: 2)]
        let stuck = RatedReader(of: [], partitions: 2, own: [0]), reader = RatedReader(of: [], partitions: 2, own: [1])
        lanes[0].acknowledgedEnds?.advance(0, to: 10)
        lanes[1].acknowledgedEnds?.advance(1, to: 90_000)
        var goal = CatchUpGoal(plan, consumers: [[stuck], [reader]], producers: lanes)
        goal.begin(drainShare: 1)
        var reached = goal.isReached(), left = goal.remaining()
        #expect(goal.behind == 90_010 && goal.allowed == 9_001 && left == 90_010 && !reached)
        reader.readerOffsets?.advance(1, position: 89_000, end: 90_000)
        (reached, left) = (goal.isReached(), goal.remaining())
        #expect(left == 1_010 && !reached)
        stuck.readerOffsets?.advance(0, position: 9, end: 10)
        (reached, left) = (goal.isReached(), goal.remaining())
        #expect(left == 1_001 && reached)
    }
}
