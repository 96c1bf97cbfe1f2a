// The costs of a load with readers say where its reads came from, or why nobody knows.
import Measurement
import Testing

@testable import Results

@Suite struct ReadCostTests {
    private func table(_ phase: String, _ hitRate: Metric, read: Double) -> CostTable {
        CostTable(
            phase: phase, rows: CostRows(broker: 1, clients: 2, unattributed: 0, idle: 7, capacity: 10),
            metrics: [.measured("device_read_per_byte_out", read, unit: "B/B", polarity: .lowerIsBetter), hitRate])
    }

    @Test func `a hit rate stands with what it rests on, and one that was not looked for with the reason`() {
        let known = Metric.measured("hit_rate", 12.5, unit: "%", polarity: .higherIsBetter, note: "one of 20 served ranges looked up")
        let unknown = Metric.unavailable("hit_rate", unit: "%", polarity: .higherIsBetter, reason: "not sampled")
        let lines = CostSection(tables: [table("steady", unknown, read: 0), table("catch-up", known, read: 0.875)]).full(120)
        #expect(lines.contains("  steady: device read 0 B per byte fetched · hit rate n/a¹ %"), "\(lines)")
        #expect(lines.contains("  catch-up: device read 0.875 B per byte fetched · hit rate 12.5 %²"), "\(lines)")
        #expect(lines.suffix(2) == ["  ¹ not sampled", "  ² one of 20 served ranges looked up"])
    }
}
