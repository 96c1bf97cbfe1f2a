// Latency histograms as curves over 1 ÷ (1 − quantile), where every nine has the same width.
internal import Measurement

/// Some histograms read at the same quantiles.
struct PercentileCurves {
    struct Curve {
        let name: String
        let histogram: LatencyHistogram
        /// What the rule of fifty counts: requests where they are known, else samples.
        let events: UInt64
        var muted = false
    }

    /// Ten to a decade, rounded so that p50, p80, p90, p99, … are among them.
    private static let steps = [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8]

    let curves: [Curve]

    init(_ curves: [Curve]) { self.curves = curves.filter { $0.histogram.count > 0 } }

    /// 1 ÷ (1 − quantile) and a value a curve, nanoseconds; a curve ends with its exact maximum at the number of its samples.
    var rows: [[DataCell]] {
        let counts = curves.map { Double($0.histogram.count) }
        var places = Set(counts)
        var decade = 1.0
        while decade < counts.max() ?? 0 {
            places.formUnion(Self.steps.map { $0 * decade }.filter { $0 < counts.max() ?? 0 })
            decade *= 10
        }
        return places.sorted().map { place in [DataCell(place)] + zip(curves, counts).map { DataCell(Self.value($0, at: place, of: $1)) } }
    }

    private static func value(_ curve: Curve, at place: Double, of count: Double) -> UInt64? {
        if place > count { return nil }
        if place == count { return curve.histogram.value(at: 1) }
        // The smallest sample stands at p0.
        return curve.histogram.value(at: max(1 - 1 / place, 1 / count))
    }

    var columns: [DataColumn] { [DataColumn("percentile", "quantile")] + curves.map { DataColumn($0.name, "ns") } }

    var series: [Chart.Series] {
        curves.enumerated().map { index, curve in
            Chart.Series(name: curve.name, x: 0, y: index + 1, until: Double(curve.events) / Double(VerdictThresholds.tailSamplesMinimum), muted: curve.muted)
        }
    }

    func chart(id: String, title: String, summary: String) -> Chart {
        Chart(
            id: id, title: title, summary: summary + " Dotted: fewer than \(VerdictThresholds.tailSamplesMinimum) samples above, not to be quoted.", kind: .lines, columns: columns,
            rows: rows, x: .init(title: "percentile", unit: "quantile", log: true, quantiles: true), y: .init(title: "latency", unit: "ns", log: true), series: series)
    }
}
