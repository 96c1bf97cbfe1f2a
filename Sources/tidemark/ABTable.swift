// The screen that a comparison ends with.
internal import Foundation
internal import Gate
internal import Host
internal import Results

enum ABTable {
    /// - Parameters:
    ///   - exitCode: what the program ends with, printed in the last line.
    ///   - failAbove: what it was reckoned with.
    ///   - stored: the result's directory, as someone here would type it.
    static func text(_ record: CampaignRecord, _ report: GateReport, exitCode: Int32, failAbove: Double?, stored: String) -> String {
        var lines = [header(record, report)]
        if !report.rows.isEmpty { lines += table(report.rows) }
        lines.append(noise(report))
        lines += record.notes.map { "note: \($0)" }
        lines.append(power(report))
        lines.append("RESULT \(report.resultText(failAbove: failAbove))   exit \(exitCode)")
        if report.outcome == .inconclusive || report.ending == .interrupted {
            lines.append("Pool more groups: \(record.reproduce) --resume \(stored)")
        }
        lines.append("Reproduce: \(record.reproduce) --seed \(report.plan.seed)")
        lines.append("Stored: \(stored)/\(CampaignStore.recordName)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func header(_ record: CampaignRecord, _ report: GateReport) -> String {
        let slices = 2 * report.plan.slicesPerSide
        let seconds = Int(report.elapsedSeconds.rounded())
        let took = "\(seconds / 60)m\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)s"
        let attempts = report.attempts > 1 ? ", \(report.attempts) attempts pooled" : ""
        return """
            \(record.profile.name)   base \(record.base.name)   head \(record.head.name)
              \(report.noise.groupsKept) restart groups x \(slices) slices x \(threeDigits(report.plan.sliceSeconds)) s, seed \(report.plan.seed)\(attempts)   \(took)
            """
    }

    // MARK: rows

    private static func table(_ rows: [MetricRow]) -> [String] {
        // A counter that a broker does not keep is no news.
        let cells = rows.filter { $0.decides || $0.metric.unit != GatedMetric.perRecord || $0.unavailable == nil }.map(cells)
        let head = ["", "", "", "base", "head", "head/base", "95 % CI", "verdict", "", ""]
        let all = [head] + cells
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let padded = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return numeric.contains(column) ? space + row[column] : row[column] + space
            }
            return trimmed("  " + padded.joined(separator: "  "))
        }
    }

    private static let numeric: Set<Int> = [3, 4, 5]

    private static func cells(_ row: MetricRow) -> [String] {
        let arrow = row.metric.polarity == .higherIsBetter ? "↑" : "↓"
        let ratio = row.estimate.map { fixed($0.ratio, 3) } ?? ""
        let verdict = row.unavailable.map { "n/a (\($0))" } ?? row.verdictText
        return [
            row.metric.name, row.metric.unit, arrow, row.base.map(threeDigits) ?? "n/a", row.head.map(threeDigits) ?? "n/a", ratio,
            interval(row.estimate), verdict, row.pText ?? "", row.decides ? "[gate]" : "",
        ]
    }

    private static func interval(_ estimate: RatioEstimate?) -> String {
        guard let estimate else { return "" }
        if estimate.isExact { return "exact" }
        guard let lower = estimate.lower, let upper = estimate.upper else { return "too few groups" }
        return "[\(fixed(lower, 3)), \(fixed(upper, 3))]"
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    // MARK: below the rows

    private static func noise(_ report: GateReport) -> String {
        var parts = ["steal \(percent(report.noise.stealShareMedian, decimals: 1)) (most \(percent(report.noise.stealShareMaximum, decimals: 1)))"]
        if let drift = report.noise.calibrationDrift { parts.append("calibration drift \(percent(drift, decimals: 1))") }
        let dropped = report.noise.dropped.map { "\($0.groups) (\($0.reason.text))" }
        parts.append(dropped.isEmpty ? "no group dropped" : "dropped of \(report.noise.groupsRun) groups: \(dropped.joined(separator: ", "))")
        let seen = report.rows.filter(\.decides).compactMap { row in
            row.smallestDetectable.map { "\(row.metric.name) \(threeDigits($0 * 100)) %" }
        }
        return "noise: \(parts.joined(separator: ", "))" + (seen.isEmpty ? "" : "   smallest detectable: \(seen.joined(separator: ", "))")
    }

    private static func power(_ report: GateReport) -> String {
        let power = report.power
        return "power: with \(power.gatedMetrics) gated metric\(power.gatedMetrics == 1 ? "" : "s") and all looks, on a machine like a shared CI runner, "
            + "5 % is found in \(percent(power.atFivePercent)), 10 % in \(percent(power.atTenPercent)) of comparisons, and none in "
            + "\(percent(power.falseAlarms, decimals: 1)) by mistake, a metric"
    }
}
