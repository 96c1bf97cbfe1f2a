// Engine and broker append behind what lies in their logs: it is really there before anything is measured.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct StoredAppendRunTests {
    @Test func `what is to lie in the log is there by the broker's word, before the warm-up, and is audited with the rest`() throws {
        let run = try Harnessed(
            "append",
            settings: [
                "tier=quick", "topic.segmentBytes=1MiB",
                "headlines={append: {heights: [engine, broker], stored: 8MiB, atMost: 1GiB, recordBytes: 1KiB, batchBytes: 64KiB, engine: 200ms, warmUp: 100ms, steadyWait: 0s, steady: 1s, ceiling: 0s}}",
            ])
        defer { run.remove() }
        let code = run.finish()
        // 5: the machine was disturbed, which says nothing of what lay where.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let record = try run.record()
        let (fill, warmUp, steady) = (try record.phase("fill"), try record.phase("warm-up"), try record.phase("steady"))
        #expect(fill.counters == ["acknowledged_records": 8_192, "acknowledged_bytes": 8 << 20, "log_end_offsets": 8_192])
        #expect(fill.endedNanoseconds <= warmUp.startedNanoseconds && warmUp.endedNanoseconds <= steady.startedNanoseconds)
        // The load's own records came on top of them.
        let (measured, audited) = (try #require(steady.counters["acknowledged_records"]), try #require(steady.counters["audit_acknowledged"]))
        #expect(measured > 0 && audited >= 8_192 + measured)
        #expect(record.facts.allSatisfy { $0.audit == .passed }, "\(record.facts)")
        let rows = try #require(record.headlines.append).rows
        #expect(rows.map(\.height) == [.engine, .broker] && rows.allSatisfy { $0.note?.contains(" MB stored before it") == true }, "\(rows)")
        #expect(run.leftFolders.isEmpty)
    }
}
