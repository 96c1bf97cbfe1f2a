// The simulated-disk campaign: seeded crash points all along runs of everything that the engine does.
import Foundation
import Host
@testable import StorageEngine
import Testing

@Suite struct CampaignTests {
    /// Crash points in all: `Scripts/test` asks for 10,000 by `TIDEMARK_CRASH_POINTS`. `TIDEMARK_CAMPAIGN_SEED` asks for
    /// another beginning.
    private static let wanted = ProcessInfo.processInfo.environment["TIDEMARK_CRASH_POINTS"].flatMap(Int.init) ?? 1_000
    /// From so many on every line of the recovery table has to be met.
    private static let complete = 10_000
    private static let firstSeed = ProcessInfo.processInfo.environment["TIDEMARK_CAMPAIGN_SEED"].flatMap(UInt64.init) ?? 1
    private static let operationsPerRun = 260

    @Test func `crashes all along a run lose nothing that was forced, serve nothing torn and move no offset`() async throws {
        let lanes = 2
        let started = MonotonicClock.now()
        let total = try await withThrowingTaskGroup(of: CampaignRun.Outcome.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var outcome = CampaignRun.Outcome()
                    var seed = Self.firstSeed + UInt64(lane)
                    while outcome.crashPoints < Self.wanted / lanes, outcome.failures.isEmpty {
                        let run = CampaignRun(seed: seed, crashOdds: 0.2)
                        outcome.add(try run.run(operations: Self.operationsPerRun))
                        outcome.runs += 1
                        seed += UInt64(lanes)
                    }
                    return outcome
                }
            }
            var total = CampaignRun.Outcome()
            for try await outcome in group { total.add(outcome) }
            return total
        }
        let seconds = Double(MonotonicClock.now() - started) / 1e9
        print(
            "campaign: \(total.crashPoints) crash points, each with an unforced write pending, in \(total.runs) runs of \(Self.operationsPerRun) operations,",
            "\(seconds.formatted(.number.precision(.fractionLength(1)))) s; \(total.flips) on a damaged disk, \(total.detections) detections")
        print("campaign: " + CampaignRun.Operation.allCases.map { "\($0) \(total.operations[$0] ?? 0)" }.joined(separator: ", "))
        print("campaign: rows " + RecoveryTable.Row.allCases.map { "\($0) \(total.rows[$0] ?? 0)" }.joined(separator: ", "))
        for failure in total.failures { Issue.record("\(failure)") }
        #expect(total.crashPoints >= Self.wanted)
        for operation in CampaignRun.Operation.allCases { #expect(total.operations[operation] ?? 0 >= total.runs, "\(operation)") }
        if Self.wanted < Self.complete { return }
        for row in RecoveryTable.Row.allCases { #expect(total.rows[row] ?? 0 > 0, "\(row) was never met") }
    }
}
