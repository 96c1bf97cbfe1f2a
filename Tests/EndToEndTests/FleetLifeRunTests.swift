// Transactions, a consumer group whose members come and go, and a phase that goes on with something changed, as a user runs them.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct FleetLifeRunTests {
    @Test func `aborted records reach nobody, and a group that changes reads every other record once`() throws {
        let run = try Harnessed(
            "ci-records",
            settings: [
                "phases={warmUp: 300ms, steadyWait: 0s, steady: 5s, coolDown: 200ms, then: [{name: slower, steady: 1s, set: {producers.plain.rate: 500}, perturb: [{at: 200ms, pause: 100ms}]}]}",
                "perturb=[{at: 2s, memberChurn: 2, for: 2s}]", "consumers.group.group={assignor: cooperative, heartbeat: 100ms, commit: 200ms}",
            ])
        defer { run.remove() }
        let code = run.finish()
        let record = try run.record()
        // 5: the machine was disturbed, which says nothing of the records.
        #expect(code == 0 || code == 5, "\(run.printed)")
        for facts in record.facts where facts.group == nil { #expect(facts.audit == .passed, "\(facts)\n\(run.printed)") }
        let steady = try #require(record.phases.first { $0.name == "steady" })
        let groups = try #require(steady.groups)
        #expect(groups.map(\.name) == ["plain", "committed", "group", "alone"])
        let committed = groups[1].counters
        let (ended, aborted) = (committed["committed_transactions"] ?? 0, committed["aborted_transactions"] ?? 0)
        // At least every 50 ms, of about 50 records; one in ten is aborted.
        #expect(ended + aborted >= 30 && abs(Double(aborted) - Double(ended + aborted) / 10) <= 2, "\(ended) and \(aborted)")
        #expect(steady.counters["audit_aborted"] ?? 0 > 0 && steady.counters["audit_exposed"] == 0 && steady.counters["audit_lost"] == 0)
        let sent = (groups[0].counters["acknowledged_records"] ?? 0) + (committed["acknowledged_records"] ?? 0)
        #expect(groups[2].counters["consumed_records"] == sent && groups[3].counters["consumed_records"] == sent, "\(groups.map(\.counters))")
        #expect(groups[2].counters["rebalances"] ?? 0 >= 4)
        let (members, busy) = (groups[2].counters["members"] ?? 0, groups[2].counters["members_with_partitions"] ?? 0)
        #expect(busy > 0 && busy <= members, "\(groups[2].counters)")
        #expect(steady.perturbations?.first?.kind == "memberChurn" && steady.perturbations?.first?.memberChanges == 4)
        let later = try #require(record.phases.first { $0.name == "then slower steady" })
        let plain = try #require(later.groups?.first?.counters["acknowledged_records"])
        #expect(abs(Double(plain) - 500) < 100, "\(plain)")
        #expect(later.perturbations?.map(\.kind) == ["pause"])
        for text in ["then slower steady", "error budget:", "changes of members"] { #expect(run.printed.contains(text), "\(run.printed)") }
    }
}
