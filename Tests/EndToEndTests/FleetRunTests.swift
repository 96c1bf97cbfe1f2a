// A run of several groups, as a user starts it: keyed records beside plain ones, audited together.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct FleetRunTests {
    @Test func `two groups of producers and two of consumers end audited, each with its own figures`() throws {
        let run = try Harnessed(
            "mixed-fleet",
            settings: [
                "phases={warmUp: 500ms, steadyWait: 0s, steady: 2s, coolDown: 100ms}", "producers.bulk.rate=3000", "producers.bulk.keys={zipf: {keys: 1000, exponent: 1.1}}",
                "producers.small.headers={count: 2, bytes: 16B}",
            ])
        defer { run.remove() }
        let code = run.finish()
        let record = try run.record()
        // 5: the machine was disturbed, which says nothing of the records.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let steady = try record.phase("steady")
        let groups = try #require(steady.groups)
        #expect(groups.map(\.name) == ["small", "bulk", "live", "archive"] && groups.map(\.mode) == ["open", "open", "tail", "slow"])
        #expect(record.facts.first?.audit == .passed, "\(record.facts)")
        let acknowledged = groups.prefix(2).map { Double($0.counters["acknowledged_records"] ?? 0) }
        #expect(abs(acknowledged[0] - 4_000) < 400 && abs(acknowledged[1] - 6_000) < 600, "\(acknowledged)")
        #expect(steady.counters["acknowledged_records"] == UInt64(acknowledged[0] + acknowledged[1]))
        #expect(groups.prefix(2).allSatisfy { ($0.histograms["response"]?.count ?? 0) == $0.counters["acknowledged_records"] })
        #expect(Double(groups[2].counters["consumed_records"] ?? 0) == acknowledged[0] + acknowledged[1])
        let read = groups[3].counters["consumed_records"] ?? 0
        #expect(read > 500 && read < 3_500, "\(read)")
        #expect((groups[3].counters["behind_records"] ?? 0) > 3_000)
        // Each second has the times of what the tail read in it, as the tail has them; a slow reader's are nobody's measure.
        #expect(!steady.series.isEmpty && steady.series.allSatisfy { ($0.endToEndP50Nanoseconds ?? 0) > 0 }, "\(steady.series)")
        #expect(zip(groups[2].series, steady.series).allSatisfy { $0.endToEndP99Nanoseconds == $1.endToEndP99Nanoseconds })
        #expect(groups[3].series.allSatisfy { $0.endToEndP99Nanoseconds == nil && $0.endToEndMaximumNanoseconds == nil })
        for name in ["small, open loop", "bulk, open loop", "live, tail", "archive, slow", "all: steady, 2.0 s"] { #expect(run.printed.contains(name), "\(run.printed)") }
    }

    @Test func `groups with topics of their own write and read those and no others, and every topic is audited`() throws {
        let run = try Harnessed(
            "small-beside-bulk",
            settings: ["phases={warmUp: 300ms, steadyWait: 0s, steady: 2s, coolDown: 100ms}", "topics.bulk.count=3", "producers.bulk.rate=3000"])
        defer { run.remove() }
        let code = run.finish()
        let record = try run.record()
        // 5: the machine was disturbed, which says nothing of the records.
        #expect(code == 0 || code == 5, "\(run.printed)")
        #expect(record.facts.first?.audit == .passed, "\(record.facts)")
        let steady = try record.phase("steady")
        let groups = try #require(steady.groups)
        #expect(groups.map(\.name) == ["small", "bulk", "live", "archive"])
        let acknowledged = groups.prefix(2).map { $0.counters["acknowledged_records"] ?? 0 }
        #expect(abs(Double(acknowledged[0]) - 2_000) < 250 && abs(Double(acknowledged[1]) - 6_000) < 600, "\(acknowledged)")
        // What each topic got, as those see it who read it alone.
        #expect(groups[2...].map { $0.counters["consumed_records"] ?? 0 } == acknowledged, "\(groups.map(\.counters))")
        #expect(steady.counters["audit_seen"] == steady.counters["audit_acknowledged"] && steady.counters["audit_lost"] == 0 && steady.counters["audit_foreign"] == nil)
        #expect(steady.notes.contains { $0.hasPrefix("topics x partitions: small 1 x 1, bulk 3 x 4; ") }, "\(steady.notes)")
        #expect(groups.map { $0.notes.first } == ["to topic small", "to topic bulk", "from topic small", "from topic bulk"])
    }
}
