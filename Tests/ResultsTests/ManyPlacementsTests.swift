import Measurement
import Testing

@testable import Results

@Suite struct ManyPlacementsTests {
    private func row(_ placement: String, _ clock: String = "response", valid: Bool = true) -> LatencyRow {
        LatencyRow(
            placement: placement, clock: clock, eventsPerSecond: clock == "fetch" ? 0 : 5_000,
            cells: [QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 120_000, bound: nil, episodes: nil))], samples: 1_000, verifiedShare: valid ? 1 : 0.4,
            valid: valid, note: valid ? nil : "only 40 % of the cached pages where they belong")
    }

    @Test func `more placements than there is room for have a line each, by clock`() {
        let places = ["broker node 0 · client node 0 · memory local", "broker node 0 · client node 1 · memory local", "broker node 1 · client node 0 · memory local"]
        let rows = places.map { row($0) } + [row(places[0] + " · pages on node 1", "fetch"), row(places[1] + " · pages on node 1", "fetch", valid: false)]
        let headline = LatencyHeadline(rows: rows, nodes: 2, notes: ["automatic NUMA balancing was off"])
        for lines in [LatencySection(headline: headline).oneScreen(100), LatencySection(headline: headline).full(100)] {
            let text = lines.joined(separator: "\n")
            for part in ["LATENCY response", "LATENCY fetch", places[2], "120 µs", "100 %", "INVALID, only 40 %", "5,000 records/s", "balancing was off"] {
                #expect(text.contains(part), "\(part) is not in\n\(text)")
            }
            #expect(lines.allSatisfy { $0.count <= 100 } && !text.contains(" 0 records/s"), "\(text)")
        }
    }

    @Test func `the full table tells part by part where things were and what interrupted them, in columns and in lines`() {
        for count in [1, 5] {
            var rows = (0..<count).map { row("broker node 0 · client node 0 · memory bind:\($0)") }
            rows[0].placed = Sample.placed
            rows[0].interrupts = Sample.interrupts
            let section = LatencySection(headline: LatencyHeadline(rows: rows, nodes: 2))
            let text = section.full(100).joined(separator: "\n").replacing(/\n +/, with: " ")
            for part in [
                "memory bind:0, response:", "broker threads 99.8 % in 21 looks · client memory 100 % · disk n/a: vda hangs on no node that the kernel knows",
                "LOC Local timer interrupts 2500 and 2400 · 25 PCI-MSI 49152-edge virtio0-req.0 120 and 3 (may go to 0-1)",
            ] { #expect(text.contains(part), "\(part) is not in\n\(text)") }
            #expect(section.full(100).allSatisfy { $0.count <= 100 } && !section.oneScreen(100).joined().contains("21 looks"), "\(text)")
        }
    }

    @Test func `a machine of one node says what it cannot tell, in lines too`() {
        let headline = LatencyHeadline(rows: (0..<5).map { row("broker node 0 · client node 0 · memory bind:\($0)") }, nodes: 1)
        #expect(LatencySection(headline: headline).oneScreen(80).joined().contains("1 node: remote cells not measurable"))
    }
}
