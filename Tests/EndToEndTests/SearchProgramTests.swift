// A search against the real broker: windows on one load, the final measurement, the readers' lag in the result.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct SearchProgramTests {
    @Test func `a profile with a search ends with its curve, and its last window is the steady phase`() throws {
        let run = try Harnessed(
            "search-p99",
            settings: [
                "search={objective: p99 <= 5s and errors = 0, from: 5000, most: 10000, precision: 50%, trial: 1s, settle: 0s, confirm: 2s}",
                "phases.steadyWait=0s", "phases.warmUp=200ms",
            ])
        defer { run.remove() }
        let code = run.finish()
        #expect(run.printed.contains("SEARCH    p99 <= 5s and errors = 0, to 50 %: "), "\(run.printed)")
        let record = try run.record()
        let search = try #require(record.search)
        #expect(search.trials.first?.offeredPerSecond == 5_000 && search.outcome != nil)
        #expect(search.trials.allSatisfy { trial in record.phases.contains { $0.name == trial.phase } })
        let steady = try record.phase("steady")
        let lag = try #require(steady.lag, "the readers were looked at")
        #expect(lag.partitionCount == 2 && lag.looks.count >= 2 && lag.partitions.map(\.partition) == [0, 1])
        #expect(steady.counters["audit_lost"] == 0 && steady.counters["audit_seen"] == steady.counters["audit_acknowledged"])
        // A machine that has other things to do at the moment spoils windows; one that has not finds no limit.
        guard record.verdict?.outcome == .valid, search.outcome != .unfinished else { return }
        #expect(code == 0 && search.outcome == .noLimit && search.recordsPerSecond == 10_000, "\(search.text)")
        #expect(record.metrics.first { $0.name == "sustained_rate" }?.value == 10_000)
    }
}
