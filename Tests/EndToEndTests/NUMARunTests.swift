// The NUMA matrix on whatever nodes this machine has.
import Measurement
import Results
import Testing

@Suite(.serialized) struct NUMARunTests {
    @Test func `broker, client, memory and cached pages are where the matrix says, and the load runs nowhere else`() throws {
        let run = try Harnessed(
            "numa", settings: ["headlines.numa={brokerNodes: [0], clientNodes: [0], memory: [local], cacheNodes: [0], logBytes: 8MiB, warmUp: 300ms, steady: 1s, fetch: 300ms}"])
        defer { run.remove() }
        let code = run.finish()
        // 5: the machine was disturbed, which says nothing of where things were.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let record = try run.record()
        let rows = try #require(record.headlines.latency?.rows, "\(run.printed)")
        // Behind them the disk, where its node is known.
        #expect(rows.allSatisfy { $0.placement.hasPrefix("broker node 0 · client node 0 · memory local") }, "\(rows.map(\.placement))")
        #expect(rows.map { $0.placement.contains("pages on node 0") } == [false, true], "\(rows.map(\.placement))")
        #expect(rows.map(\.clock) == ["response", "fetch"] && rows.allSatisfy { ($0.verifiedShare ?? 0) >= 0.95 && $0.samples > 0 }, "\(rows)")
        for (row, pages) in zip(rows, ["written pages", "cached pages"]) {
            let placed = try #require(row.placed, "\(row)")
            #expect(placed.map(\.part) == ["broker threads", "client threads", "broker memory", "client memory", pages, "disk"], "\(placed)")
            #expect(placed.prefix(2).allSatisfy { $0.looks >= 4 } && row.verifiedShare == placed.compactMap(\.share).min(), "\(placed)")
            #expect(row.interrupts.map { !$0.isEmpty && $0.allSatisfy { $0.onBroker > 0 } } != false, "\(row)")
        }
        #expect(record.headlines.latency?.notes.contains { $0.contains("lo, no device") } == true)
        #expect(!record.phases.contains { $0.name == "steady" } && record.facts.allSatisfy { $0.audit == .passed }, "\(record.facts)")
    }
}
