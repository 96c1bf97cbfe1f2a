// What is kept of the placement cells that were measured before somebody ended the run.
import Foundation
import Host
import Results
import Testing

@testable import Harness

@Suite(.serialized) struct PlacementLatencyTests {
    private static let text = """
        question: q
        name: fake
        producers: {mode: open, rate: 1000, recordBytes: 100}
        phases: {warmUp: 0s, steadyWait: 0s, steady: 1s, coolDown: 0s}
        headlines: {placement: {cells: [unpinned]}}
        """

    /// - Parameter finished: cells that are measured before the signal comes.
    private func interrupted(after finished: Int, of cells: Int) throws -> RunOutcome {
        var plan = PlacementHeadlinePlan()
        plan.cells = Array(repeating: .unpinned, count: cells)
        plan.warmUpNanoseconds = 0
        plan.steadyNanoseconds = 1_000_000_000
        var begun = 0
        return try run(
            try Profile.parse(Self.text, path: "fake.yaml"), at: try #require(HostPort("127.0.0.1:1")), measurements: [PlacementLatency(plan: plan)],
            fleet: { _, _, _ in
                if begun == finished { throw HarnessError.interrupted(signal: 2) }
                begun += 1
                return FakeFleet([FakeProducerLane(eventsPerSecond: 1000)])
            })
    }

    @Test func `cells that were finished before the run was ended are kept, and how many there should be is told`() throws {
        let outcome = try interrupted(after: 2, of: 3)
        #expect(outcome.interruptedBy == 2 && !outcome.record.complete)
        let latency = try #require(outcome.record.headlines.latency)
        #expect(latency.rows.map(\.placement) == ["unpinned", "unpinned"] && latency.rows.map(\.samples) == [1000, 1000])
        #expect(latency.hiccup.count == PlacementLatency.quantiles.count)
        #expect(latency.notes.filter { $0.hasPrefix("interrupted") } == ["interrupted after 2 of 3 cells"])
    }

    @Test func `a run that is ended in its first cell has no row, and says why`() throws {
        let outcome = try interrupted(after: 0, of: 2)
        #expect(outcome.interruptedBy == 2 && outcome.record.headlines.latency == nil)
        #expect(outcome.record.notes.contains("placement: n/a: interrupted after 0 of 2 cells"))
    }

    @Test func `cells that all were measured tell of no interruption`() throws {
        let outcome = try interrupted(after: 2, of: 2)
        #expect(outcome.interruptedBy == nil && outcome.record.complete)
        #expect(outcome.record.headlines.latency?.rows.count == 2 && outcome.record.headlines.latency?.notes.contains { $0.hasPrefix("interrupted") } == false)
    }
}
