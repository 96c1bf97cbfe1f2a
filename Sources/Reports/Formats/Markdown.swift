// Markdown for a job summary or a comment: the verdict first, what changed in the open, the rest folded away.
package import Comparisons
internal import Gate
internal import Host
internal import Results

package enum MarkdownReport {
    /// GitHub drops an over-size summary as a whole, so it is cut here.
    package static let sizeCapBytes = 1024 * 1024
    /// GitHub takes 65,536 characters, GitLab more; some are left for whoever puts a mark of their own before it.
    package static let commentCapBytes = 64_000
    /// Invisible; a comment that carries it is replaced instead of joined by another.
    package static let marker = "<!-- tidemark-report -->"
    private static func cutNote(_ capBytes: Int) -> String { "\n\n*Cut here, at \(grouped(Double(capBytes))) bytes. The whole is in the JSON output.*\n" }

    // MARK: builds

    package static func text(_ reports: GateReports, capBytes: Int = sizeCapBytes) -> String {
        var lines = ["\(reports.isTolerated ? symbol(.inconclusive) : symbol(reports.outcome)) **\(escaped(reports.sentence))**", "", marker]
        for failure in reports.failures { lines += ["", "### \(escaped(failure.profile))", "", escaped(failure.reason), "", "Exit \(failure.exitCode)."] }
        for entry in reports.entries { lines += section(entry, reports.failAbove) }
        return capped(lines.joined(separator: "\n") + "\n", capBytes)
    }

    private static func section(_ entry: GateEntry, _ failAbove: Double?) -> [String] {
        let report = entry.report
        var lines = ["", "### \(escaped(entry.profile)): \(code(entry.base)) → \(code(entry.head))", "", escaped(report.resultText(failAbove: failAbove)) + " · " + GateCells.effort(report)]
        let changed = report.rows.filter(GateCells.isChanged)
        let rest = report.rows.filter { !GateCells.isChanged($0) }
        if !changed.isEmpty { lines += [""] + table(changed) }
        if let seen = GateCells.smallestDetectable(report) { lines += ["", "Smallest detectable change: \(seen)."] }
        lines += ["", "<details><summary>\(rest.isEmpty ? "Conditions" : "\(rest.count) more \(rest.count == 1 ? "metric" : "metrics"), and the conditions")</summary>"]
        if !rest.isEmpty { lines += [""] + table(rest) }
        lines += ["", "Noise: \(escaped(GateCells.noise(report)))."]
        lines += ["", "Power of this plan on a shared CI runner: 5 % is found in \(percent(report.power.atFivePercent)), 10 % in \(percent(report.power.atTenPercent)), "
            + "none in \(percent(report.power.falseAlarms, decimals: 1)) by mistake, per metric."]
        lines += entry.notes.flatMap { ["", "Note: \(escaped($0))"] }
        lines += ["", "Reproduce: \(code(entry.reproduce))"]
        if let stored = entry.stored { lines += ["", "Stored: \(code(stored))"] }
        return lines + ["", "</details>"]
    }

    private static func table(_ rows: [MetricRow]) -> [String] {
        [line(GateCells.heads), "|---|--:|--:|--:|:-:|---|---|"]
            + rows.map { row in
                var cells = GateCells.cells(row).map(escaped)
                if row.verdict == .regressed { cells[5] = "**\(cells[5])**" }
                return line(cells)
            }
    }

    private static func symbol(_ outcome: GateOutcome) -> String {
        switch outcome {
        case .same, .improved: "✅"
        case .inconclusive: "⚠️"
        case .regression: "❌"
        case .notComparable, .invalid: "⛔"
        }
    }

    // MARK: stored results

    package static func text(_ comparison: ResultComparison, capBytes: Int = sizeCapBytes) -> String {
        var lines = ["**\(escaped(sentence(comparison)))**", "", marker, ""]
        lines += comparison.sides.map { "- \($0.letter): \(code($0.name)), \(escaped($0.stored.record.software.broker))" }
        for table in comparison.tables { lines += section(table, comparison.options.changeMinimum) }
        return capped(lines.joined(separator: "\n") + "\n", capBytes)
    }

    static func sentence(_ comparison: ResultComparison) -> String {
        let worst = zip(comparison.sides.dropFirst(), comparison.judged).first { $1.rung == comparison.rung }
        return worst.map { "\($0.letter) against A · \(Explanation.sentence($1))" } ?? comparison.rung.meaning
    }

    /// What changed, and across machines what may be compared, in the open; the rest folded.
    private static func section(_ table: PivotTable, _ minimum: Double) -> [String] {
        let title: String =
            switch table.kind {
            case .absolute: table.title
            case .absoluteAcrossMachines: "As measured, on different machines"
            case .normalised: "Relative to each machine's own limits"
            }
        let open = table.kind == .normalised ? table.rows : table.kind == .absolute ? table.rows.filter { $0.isChanged(by: minimum) } : []
        let folded = table.rows.filter { !open.contains($0) }
        var lines = title.isEmpty ? [] : ["", "### \(escaped(title))"]
        if !open.isEmpty { lines += [""] + rows(open, of: table) }
        if !folded.isEmpty {
            let name = open.isEmpty ? "\(folded.count) figures" : "\(folded.count) more \(folded.count == 1 ? "figure" : "figures")"
            lines += ["", "<details><summary>\(name)</summary>", ""] + rows(folded, of: table) + ["", "</details>"]
        }
        return lines
    }

    private static func rows(_ rows: [PivotRow], of table: PivotTable) -> [String] {
        let heads = table.columns.enumerated().flatMap { $0.offset == 0 ? [$0.element] : [$0.element, "÷ \(table.columns[0])"] }
        return [line([table.rowAxis] + heads.map(escaped)), "|---|" + heads.map { _ in "--:|" }.joined()]
            + rows.map { row in line([escaped(row.label + (["ns", "×"].contains(row.unit) ? "" : " \(row.unit)"))] + PivotText.texts(row).map(escaped)) }
    }

    // MARK: text

    private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    /// What Markdown and HTML would read as theirs.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "|", "*", "_", "`", "\\", "[", "]", "#", "~": result += "\\\(character)"
            case "\n", "\r", "\r\n": result += " "
            default: result.append(character)
            }
        }
    }

    private static func code(_ text: String) -> String {
        "`" + String(text.map { $0 == "`" ? "'" : $0 == "|" ? "¦" : $0.isNewline ? " " : $0 }) + "`"
    }

    /// Cut at a line's end, folded parts closed, and said so.
    static func capped(_ text: String, _ capBytes: Int) -> String {
        guard text.utf8.count > capBytes else { return text }
        let note = cutNote(capBytes)
        let closing = "\n</details>" + note
        var kept: [Substring] = []
        var bytes = closing.utf8.count
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            bytes += line.utf8.count + 1
            guard bytes <= capBytes else { break }
            kept.append(line)
        }
        let open = kept.count { $0.hasPrefix("<details>") } > kept.count { $0 == "</details>" }
        return kept.joined(separator: "\n") + (open ? closing : note)
    }
}
