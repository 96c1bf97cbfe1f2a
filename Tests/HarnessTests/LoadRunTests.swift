// The phases of a load, in their order, with nothing of the warm-up in the steady phase.
import Foundation
import Measurement
import Results
import Testing
import Topology

@testable import Harness

@Suite(.serialized) struct LoadRunTests {
    private static let text = """
        question: q
        name: fake
        producers: {rate: 1000, recordBytes: 100}
        phases: {warmUp: 200ms, steadyWait: 0s, steady: 1s, coolDown: 10ms}
        """

    /// Runs the profile's own load with fake lanes against no broker at all.
    private func run(_ fleet: FakeFleet, text: String = text) throws -> (RunOutcome, [URL]) {
        let profile = try Profile.parse(text, path: "fake.yaml")
        let outcome = try runWithoutBroker(profile, fleet) { base in
            let left = try FileManager.default.contentsOfDirectory(atPath: base + "/data/tidemark-runs").filter { !$0.hasPrefix(".") }
            #expect(left == [], "the run folder is removed")
        }
        return (outcome, [])
    }

    @Test func `phases follow each other and the steady one holds its own records only`() throws {
        let lane = FakeProducerLane(eventsPerSecond: 1000)
        let (outcome, _) = try run(FakeFleet([lane]))
        #expect(outcome.record.phases.map(\.kind) == ["prepare", "warm-up", "drain", "settle", "steady", "cool-down"])
        #expect(lane.calls.prefix(6) == ["begin", "end", "collect", "begin", "boundary", "end"])
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(steady.counters["scheduled_records"] == 1000)
        #expect(steady.series.count == 1)
        #expect(outcome.record.facts.count == 1 && outcome.record.facts[0].audit == .passed)
        #expect(outcome.record.complete)
    }

    @Test func `named groups keep their own rates, times and schedules, and the whole adds up`() throws {
        let text = """
            question: q
            name: fake
            producers:
              - {name: small, rate: 1000, recordBytes: 100}
              - {name: bulk, count: 2, mode: max, recordBytes: 100}
            phases: {warmUp: 100ms, steadyWait: 0s, steady: 1s, coolDown: 10ms}
            """
        let fleet = FakeFleet([
            FakeProducerLane(eventsPerSecond: 1000, latencyNanoseconds: 1_000_000), FakeProducerLane(eventsPerSecond: 3000, latencyNanoseconds: 5_000_000),
            FakeProducerLane(eventsPerSecond: 4000, latencyNanoseconds: 5_000_000),
        ])
        let (outcome, _) = try run(fleet, text: text)
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        let groups = try #require(steady.groups)
        #expect(groups.map(\.name) == ["small", "bulk"] && groups.map(\.mode) == ["open", "max"] && groups.map(\.lanes) == [1, 2])
        #expect(groups.map(\.role) == [.producers, .producers])
        #expect(groups.map { $0.counters["acknowledged_records"] } == [1000, 7000])
        #expect(groups.map { $0.histograms["response"]?.count } == [1000, 7000])
        #expect(groups.map { $0.histograms["response"]?.maximumNanoseconds } == [1_000_000, 5_000_000])
        #expect(steady.histograms["response"]?.count == 8000 && steady.counters["acknowledged_records"] == 8000)
        #expect(steady.notes.contains("mixed loop") && groups.allSatisfy(\.reasons.isEmpty))
        let facts = outcome.record.facts
        #expect(facts.map(\.phase) == ["steady", "steady", "steady"] && facts.map(\.group) == [nil, "small", "bulk"])
        #expect(facts.map(\.scheduledEvents) == [nil, 1000, nil] && facts.map(\.load) == [.maxRate, .openLoop, .maxRate])
        #expect(facts[0].audit == .passed)
        #expect(outcome.record.profile.seeds == ["producers.small": 42, "producers.bulk": 43])
    }

    @Test func `a group without a schedule has the byte budget, and ends the phase with it`() throws {
        let text = """
            question: q
            name: fake
            producers: [{name: small, rate: 1000, recordBytes: 100}, {name: bulk, mode: max, recordBytes: 1000}]
            phases: {warmUp: 0s, steadyWait: 0s, steady: 2s, coolDown: 0s}
            """
        let small = FakeProducerLane(eventsPerSecond: 1000), bulk = FakeProducerLane(eventsPerSecond: 4_000_000, recordBytes: 1000)
        let (outcome, _) = try run(FakeFleet([small, bulk]), text: text)
        #expect(small.budget == nil && bulk.budget != nil)
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(steady.notes.contains("the byte budget ended the phase early") && steady.seconds < 1.5)
    }

    @Test func `a failed audit makes the run invalid`() throws {
        let (outcome, _) = try run(FakeFleet([FakeProducerLane(eventsPerSecond: 1000)], outcome: .failed(["3 records lost"])))
        #expect(outcome.verdict.outcome == .invalid)
        #expect(outcome.verdict.reasons.contains { $0.text.contains("3 records lost") })
    }

    @Test func `a byte budget spent before the steady phase is an error, not a rate of nothing`() throws {
        let lane = FakeProducerLane(eventsPerSecond: 100_000_000, recordBytes: 1000)
        let text = """
            question: q
            name: fake
            producers: {mode: max, recordBytes: 100}
            phases: {warmUp: 0s, steadyWait: 1s, steady: 1s, coolDown: 0s}
            """
        #expect { try run(FakeFleet([lane]), text: text) } throws: { "\($0)".contains("headlines.append.atMost") }
    }

    @Test func `a rate that fell within its phase is told with both of its ends`() {
        func series(_ rates: UInt64...) -> [SecondRecord] {
            rates.enumerated().map { SecondRecord(second: $0.offset, records: 1, bytes: $0.element * 1_000_000) }
        }
        #expect(
            AppendThroughput.fall(series(1500, 900, 300), atDirtyLimits: true)
                == "fell from 1500 to 300 MB/s within the phase (the kernel's dirty limits)")
        #expect(AppendThroughput.fall(series(1500, 300), atDirtyLimits: false)?.contains("below the dirty limits") == true)
        #expect(AppendThroughput.fall(series(900, 600), atDirtyLimits: true) == nil)
        #expect(AppendThroughput.fall([], atDirtyLimits: false) == nil)
    }

    @Test func `a load on a null broker has no byte budget, and one that keeps what it gets has the plan's`() throws {
        let profile = try Profile.parse("question: q\nname: n\nproducers: {mode: max}\nphases: {warmUp: 0s, steadyWait: 0s, steady: 1s, coolDown: 0s}", path: "n.yaml")
        var plan = LoadPlan(profile, label: "ceiling", topic: "t")
        #expect(try #require(plan.budgetInForce) > 1_000_000_000)
        plan.isAudited = false
        #expect(plan.budgetInForce == nil)
        plan.byteBudget = 1
        #expect(plan.budgetInForce == 1)
    }

    @Test func `a spent byte budget ends a max-rate phase early, and says so`() throws {
        let lane = FakeProducerLane(eventsPerSecond: 1_000_000, recordBytes: 1000)
        let text = """
            question: q
            name: fake
            producers: {mode: max, recordBytes: 100}
            phases: {warmUp: 0s, steadyWait: 0s, steady: 60s, coolDown: 0s}
            """
        let fleet = FakeFleet([lane])
        let part = Part { context in
            var plan = LoadPlan(context.profile, label: "fill", topic: "t")
            plan.byteBudget = 2_400_000_000
            let outcome = try context.load(plan, on: context.externalTarget())
            #expect(outcome.steady.notes.contains("the byte budget ended the phase early"))
            #expect(outcome.steadySeconds < 2.9, "the rest of a second was idle")
            #expect(outcome.bytesPerSecond > 0.6e9)
        }
        var profile = try Profile.parse(text, path: "fake.yaml")
        profile.headlines.placement = PlacementHeadlinePlan()
        _ = try runWithoutBroker(profile, fleet, measurements: [part])
    }

    @Test func `a load that is told when it has settled waits for that and for nothing else`() throws {
        let text = """
            question: q
            name: fake
            producers: {mode: max, recordBytes: 100}
            phases: {warmUp: 0s, steadyWait: 20s, steady: 1s, coolDown: 0s}
            """
        let part = Part { context in
            var plan = LoadPlan(context.profile, label: "fill", topic: "t")
            var looks = 0
            plan.isSettled = { _ in
                looks += 1
                return looks == 2
            }
            let outcome = try context.load(plan, on: context.externalTarget())
            #expect(looks == 2 && outcome.steadyNote == nil)
        }
        var profile = try Profile.parse(text, path: "fake.yaml")
        profile.headlines.placement = PlacementHeadlinePlan()
        _ = try runWithoutBroker(profile, FakeFleet([FakeProducerLane(eventsPerSecond: 1000)]), measurements: [part])
    }

    @Test func `a run that fails midway leaves a readable incomplete result and no data`() throws {
        let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        var options = RunOptions()
        options.dataDirectory = base + "/data"
        options.resultsDirectory = base + "/results"
        options.external = HostPort("127.0.0.1:1")
        let part = Part { _ in throw HarnessError.impossible("the disk caught fire") }
        #expect(throws: HarnessError.impossible("the disk caught fire")) {
            _ = try Run.perform(
                try Profile.parse(Self.text, path: "fake.yaml"), options, interruption: TestInterruption.shared,
                progress: ProgressLine(style: .silent), measurements: [part], makeFleet: { _, _, _ in FakeFleet([]) })
        }
        let store = ResultStore(root: URL(filePath: options.resultsDirectory))
        let record = try store.load(try #require(store.list().first))
        #expect(!record.complete && record.verdict == nil)
        #expect(record.notes.contains("ended early: the disk caught fire"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: base + "/data/tidemark-runs") == [".sweep"])
    }
}

/// A headline that does what the test says.
struct Part: HeadlineMeasurement {
    let name = "part"
    let body: (RunContext) throws -> Void
    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost { HeadlineCost(loadNanoseconds: 0, diskBytes: 0) }
    func run(_ context: RunContext) throws { try body(context) }
}

/// Signals are blocked once for the whole test process.
enum TestInterruption {
    nonisolated(unsafe) static let shared = try! Interruption()
}
