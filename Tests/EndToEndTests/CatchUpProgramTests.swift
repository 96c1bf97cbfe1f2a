// Readers held back behind the real broker, out of a cold cache, beside a producer that goes on.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct CatchUpProgramTests {
    @Test func `a profile with a backlog ends with what was behind, how long it took, and every record accounted for`() throws {
        let run = try Harnessed(
            "cold-reader",
            settings: [
                "phases={warmUp: 200ms, steadyWait: 0s, steady: 1s, coolDown: 0s}", "producers.rate=2000", "backlog.bytes=16MiB", "backlog.rate=20000",
                "backlog.cache=cold", "backlog.atMost=20s", "broker.settings.residency.sample.interval=1",
            ])
        defer { run.remove() }
        _ = run.finish()
        let record = try run.record()
        let phase = try record.phase("catch-up")
        let catchUp = try #require(phase.catchUp, "\(run.printed)")
        #expect(catchUp.cache.hasSuffix("cold") && catchUp.producers == "running" && catchUp.offeredPerSecond == 2_000)
        // 16,384 records less what one fetch had on its way, and a second of the producer's that runs again before its readers do.
        #expect((15_000...19_500).contains(catchUp.backlogRecords), "\(catchUp)")
        #expect(try #require(catchUp.seconds, "\(run.printed)") < 20 && catchUp.readRecordsPerSecond > 1_000)
        #expect(record.phases.map(\.kind).filter { ["steady", "backlog", "catch-up"].contains($0) } == ["steady", "backlog", "catch-up"])
        let hits = try #require(phase.costs?.metrics.first { $0.name == "hit_rate" })
        #expect(hits.value != nil && hits.note?.hasPrefix("every served range looked up") == true, "\(hits)")
        let steady = try record.phase("steady")
        #expect(steady.counters["audit_lost"] == 0 && steady.counters["audit_seen"] == steady.counters["audit_acknowledged"])
        #expect(run.printed.contains("CATCH-UP  ") && run.printed.contains("caught up in "), "\(run.printed)")
    }

    @Test func `a tail reads on beside a group that catches up, and what it felt stands beside the time before`() throws {
        let run = try Harnessed(
            "catch-up-beside-tail",
            settings: [
                "phases={warmUp: 200ms, steadyWait: 0s, steady: 1s, coolDown: 0s}", "producers.rate=1000", "backlog.bytes=8MiB", "backlog.rate=8000",
                "backlog.cache=as-is", "backlog.atMost=20s",
            ])
        defer { run.remove() }
        _ = run.finish()
        let record = try run.record()
        let phase = try record.phase("catch-up")
        let catchUp = try #require(phase.catchUp, "\(run.printed)")
        // 8,192 records, and a second of the producer's that runs again before the reader does.
        #expect((7_500...9_800).contains(catchUp.backlogRecords) && catchUp.seconds != nil, "\(catchUp)")
        let groups = try #require(phase.groups).filter { $0.role == .consumers }
        #expect(groups.map(\.name) == ["live", "archive"] && groups.map(\.mode) == ["tail", "catch-up"])
        // What was intended while it lasted the tail has, with times of its own that are the phase's.
        let live = try #require(groups[0].histograms["end_to_end"])
        #expect(live.count > 0 && phase.histograms["end_to_end"]?.count == live.count, "\(run.printed)")
        #expect((groups[1].counters["consumed_records"] ?? 0) >= 7_500 && (groups[1].lag?.maximumRecords ?? 0) > (groups[0].lag?.maximumRecords ?? .max))
        let steady = try record.phase("steady")
        #expect(steady.counters["audit_lost"] == 0 && steady.counters["audit_seen"] == steady.counters["audit_acknowledged"])
        #expect(run.printed.contains("tail’s end-to-end before"), "\(run.printed)")
    }
}
