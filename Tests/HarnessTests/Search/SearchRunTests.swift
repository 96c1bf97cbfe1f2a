// A search as a run: windows, barriers between them, and what the record keeps, on lanes whose capacity is known.
import Foundation
import Host
import Measurement
import Results
import Testing

@testable import Harness

@Suite(.serialized) struct SearchRunTests {
    private func run(_ fleet: RatedFleet, producers: String = "{recordBytes: 100}", consumers: String = "false") throws -> RunOutcome {
        var profile = try Profile.parse(
            "question: q\nname: fake\nproducers: \(producers)\nconsumers: \(consumers)\nphases: {warmUp: 20ms, steadyWait: 0s, coolDown: 0s}\nsearch: {objective: p99 <= 10ms}", path: "f.yaml")
        // Windows that a profile can't ask for: nothing here needs a second.
        var search = try #require(profile.search)
        (search.fromPerSecond, search.mostPerSecond, search.precision) = (1_000, 100_000, 0.5)
        (search.trialNanoseconds, search.settleNanoseconds, search.confirmNanoseconds) = (80_000_000, 0, 120_000_000)
        profile.search = search
        return try runWithoutBroker(profile, fleet)
    }

    /// Whether the machine took so much part in it that the search gave up, which it says.
    private func isSpoiled(_ record: RunRecord) -> Bool { record.search?.stopped?.contains("the machine spoiled") == true }

    @Test func `windows follow each other on one load, and the last is the steady phase`() throws {
        let lane = RatedLane(capacity: 3_000)
        let fleet = RatedFleet([lane])
        let outcome = try run(fleet)
        let search = try #require(outcome.record.search)
        guard !isSpoiled(outcome.record) else { return }
        #expect(search.outcome == .found && search.recordsPerSecond == 2_828, "\(search.text)")
        // The warm-up is at the first rate; a window is offered one rate from its begin to its end.
        #expect(lane.rates.first == 1_000 && Array(lane.rates.dropFirst()) == search.trials.map(\.offeredPerSecond))
        #expect(search.trials.filter { $0.outcome != .spoiled }.map(\.offeredPerSecond) == [1_000, 2_000, 4_000, 4_000, 2_828, 2_828])
        #expect(search.trials.last?.kind == .confirm && search.trials.last?.phase == "steady")
        let steady = try #require(outcome.record.phases.last { $0.kind == "steady" })
        #expect(steady.name == "steady" && steady.counters["audit_seen"] == 7 && steady.costs?.phase == "steady")
        #expect(outcome.record.phases.filter { ["trial", "confirm"].contains($0.kind) }.map(\.name) == search.trials.dropLast().map(\.phase))
        #expect(LoadReading(outcome.record)?.askedPerSecond.map { abs($0 - 2_828) < 30 } == true)
        // Only the steady phase is judged, and everything is audited once.
        #expect(outcome.record.facts.map(\.phase) == ["steady"] && fleet.audits == 1 && outcome.verdict.outcome != .saturated)
        #expect(outcome.record.metrics.first { $0.name == "sustained_rate" }?.value == 2_828)
        #expect(outcome.record.limiter != nil)
    }

    @Test func `a group with a name is searched for as one without, and its schedule is judged as its own`() throws {
        let lane = RatedLane(capacity: 3_000)
        let record = try run(RatedFleet([lane]), producers: "[{name: bulk, recordBytes: 100}]").record
        guard !isSpoiled(record) else { return }
        let search = try #require(record.search)
        #expect(search.outcome == .found && search.recordsPerSecond == 2_828, "\(search.text)")
        let steady = try #require(record.phases.last { $0.kind == "steady" })
        #expect(steady.groups?.map(\.name) == ["bulk"] && LoadReading(record)?.groups.first?.askedPerSecond.map { abs($0 - 2_828) < 30 } == true)
        #expect(record.facts.map(\.phase) == ["steady", "steady"] && record.facts.map(\.group) == [nil, "bulk"])
        #expect(record.facts[0].audit == .passed && record.facts[1].scheduledEvents != nil)
    }

    @Test func `the group without a rate is searched for, and the others run beside it at their own`() throws {
        let (beside, lane) = (RatedLane(), RatedLane(capacity: 3_000))
        let record = try run(RatedFleet([beside, lane]), producers: "[{name: live, rate: 500, recordBytes: 100}, {name: bulk, recordBytes: 100}]").record
        guard !isSpoiled(record) else { return }
        let search = try #require(record.search)
        #expect(search.outcome == .found && search.recordsPerSecond == 2_828, "\(search.text)")
        #expect(Set(beside.rates) == [500] && beside.rates.count == lane.rates.count)
        let last = try #require(search.trials.last)
        #expect(last.offeredPerSecond == 2_828 && abs(last.achievedPerSecond - 2_828) < 30, "\(last)")
        let steady = try #require(record.phases.last { $0.kind == "steady" })
        #expect(steady.groups?.map(\.name) == ["live", "bulk"] && steady.notes.contains { $0.contains("is that of ‘bulk’, beside the others") })
        #expect(record.facts.map(\.group) == [nil, "live", "bulk"])
    }

    @Test func `windows before the last keep the lag of the partitions furthest behind, the last that of all`() throws {
        let lane = RatedLane(capacity: 3_000, partition: 0, of: 50)
        let record = try run(RatedFleet([lane], [RatedReader(of: [lane], partitions: 50)]), consumers: "{count: 1}").record
        guard !isSpoiled(record) else { return }
        let lags = record.phases.filter { ["trial", "confirm"].contains($0.kind) }.map(\.lag)
        #expect(lags.count >= 3 && lags.allSatisfy { $0?.partitions.count == LagRecord.abridgedMaximum && $0?.partitionCount == 50 })
        #expect(record.phases.last { $0.kind == "steady" }?.lag?.partitions.count == 50)
    }

    @Test func `a broker that holds nothing leaves its lowest rate as what was measured, and its audit counts`() throws {
        let record = try run(RatedFleet([RatedLane(capacity: 1)], [], .failed(["3 records lost"]))).record
        guard !isSpoiled(record) else { return }
        #expect(record.search?.outcome == .nothingPassed && record.search?.recordsPerSecond == nil)
        #expect(record.phases.contains { $0.name == "steady" && $0.kind == "steady" })
        #expect(record.verdict?.outcome == .invalid && record.verdict?.reasons.contains { $0.text.contains("3 records lost") } == true)
        #expect(record.metrics.first { $0.name == "sustained_rate" }?.unavailable?.contains("not even 32 records/s") == true)
    }
}
