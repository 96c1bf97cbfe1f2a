// The cells of a comparison's table, the same in every form.
internal import Gate
internal import Host

enum GateCells {
    static let heads = ["metric", "base", "head", "head ÷ base", "95 % interval", "verdict", ""]

    static func cells(_ row: MetricRow) -> [String] {
        [
            name(row), row.base.map(threeDigits) ?? "n/a", row.head.map(threeDigits) ?? "n/a", row.estimate.map { fixed($0.ratio, 3) } ?? "",
            interval(row.estimate), verdict(row), [row.pText, row.decides ? "gate" : nil].compactMap { $0 }.joined(separator: ", "),
        ]
    }

    /// `throughput MB/s ↑`.
    static func name(_ row: MetricRow) -> String {
        "\(row.metric.name) \(row.metric.unit) \(row.metric.polarity == .higherIsBetter ? "↑" : "↓")"
    }

    static func interval(_ estimate: RatioEstimate?) -> String {
        guard let estimate else { return "" }
        if estimate.isExact { return "exact" }
        guard let lower = estimate.lower, let upper = estimate.upper else { return "too few groups" }
        return "[\(fixed(lower, 3)), \(fixed(upper, 3))]"
    }

    static func verdict(_ row: MetricRow) -> String { row.unavailable.map { "n/a: \($0)" } ?? row.verdictText }

    /// `throughput 0.949 [0.935, 0.962] (214 → 203 MB/s), p=0.0004`.
    static func change(_ row: MetricRow) -> String {
        guard let estimate = row.estimate, let base = row.base, let head = row.head else { return "\(row.metric.name): \(verdict(row))" }
        let range = estimate.isExact || estimate.lower != nil ? " \(interval(estimate))" : ""
        return "\(row.metric.name) \(fixed(estimate.ratio, 3))\(range) (\(threeDigits(base)) → \(threeDigits(head)) \(row.metric.unit))"
            + (row.pText.map { ", \($0)" } ?? "")
    }

    /// Something a reader should see without unfolding anything.
    static func isChanged(_ row: MetricRow) -> Bool { row.verdict == .regressed || row.verdict == .improved || row.verdict == .unavailable && row.decides }

    static func noise(_ report: GateReport) -> String {
        var parts = ["steal \(percent(report.noise.stealShareMedian, decimals: 1)) (most \(percent(report.noise.stealShareMaximum, decimals: 1)))"]
        if let drift = report.noise.calibrationDrift { parts.append("calibration drift \(percent(drift, decimals: 1))") }
        let dropped = report.noise.dropped.map { "\($0.groups) (\($0.reason.text))" }
        parts.append(dropped.isEmpty ? "no group dropped" : "dropped of \(report.noise.groupsRun) groups: \(dropped.joined(separator: ", "))")
        return parts.joined(separator: ", ")
    }

    /// `throughput 2.3 %, p99 4.5 %`; nil where no deciding metric has one.
    static func smallestDetectable(_ report: GateReport) -> String? {
        let seen = report.rows.filter(\.decides).compactMap { row in row.smallestDetectable.map { "\(row.metric.name) \(threeDigits($0 * 100)) %" } }
        return seen.isEmpty ? nil : seen.joined(separator: ", ")
    }

    /// `28 restart groups × 4 slices × 3 s, seed 7, 7m12s`.
    static func effort(_ report: GateReport) -> String {
        let seconds = Int(report.elapsedSeconds.rounded())
        let attempts = report.attempts > 1 ? ", \(report.attempts) attempts pooled" : ""
        return "\(report.noise.groupsKept) restart groups × \(2 * report.plan.slicesPerSide) slices × \(threeDigits(report.plan.sliceSeconds)) s, "
            + "seed \(report.plan.seed)\(attempts), \(seconds / 60)m\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)s"
    }
}
