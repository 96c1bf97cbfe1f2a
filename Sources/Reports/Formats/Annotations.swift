// GitHub's workflow commands: what stands out in the log and on the pull request.
package import Comparisons
internal import Gate
internal import Host

package enum AnnotationReport {
    /// GitHub shows ten of a kind per step and drops the rest without a word.
    package static let most = 10

    /// One line each, the worst first; the last says how many are left. Nothing for what is as it was.
    package static func lines(_ reports: GateReports) -> [String] {
        let all = reports.failures.map { command("error", title: $0.profile, $0.reason) } + reports.entries.flatMap { annotations($0, reports) }
        let sorted = all.filter { $0.hasPrefix("::error") } + all.filter { $0.hasPrefix("::warning") }
        guard sorted.count > most else { return sorted }
        let left = sorted.count - (most - 1)
        return sorted.prefix(most - 1) + [command(sorted[most - 1].hasPrefix("::error") ? "error" : "warning", title: "tidemark", "and \(left) more; see the job summary")]
    }

    /// Of stored results: why they may not be compared. What changed is in the summary; two results prove nothing.
    package static func lines(_ comparison: ResultComparison) -> [String] {
        comparison.exitCode == 0 ? [] : [command("error", title: "compare", MarkdownReport.sentence(comparison))]
    }

    private static func annotations(_ entry: GateEntry, _ reports: GateReports) -> [String] {
        let report = entry.report
        switch report.outcome {
        case .invalid, .notComparable: return [command("error", title: entry.profile, report.resultText)]
        case .same, .improved: return []
        case .regression, .inconclusive:
            return report.rows.filter(\.decides).compactMap { row in
                switch row.verdict {
                case .regressed: command(row.isTolerated(above: reports.failAbove) ? "warning" : "error", title: "\(entry.profile): \(row.metric.name) regressed", GateCells.change(row))
                case .inconclusive: command(reports.policy == .fail ? "error" : "warning", title: "\(entry.profile): \(row.metric.name)", "\(row.verdictText): \(GateCells.change(row))")
                case .unavailable: command("error", title: "\(entry.profile): \(row.metric.name)", row.unavailable ?? "no figure")
                case .same, .improved: nil
                }
            }
        }
    }

    static func command(_ kind: String, title: String, _ message: String) -> String { "::\(kind) title=\(property(title))::\(data(message))" }

    /// By scalars: to Swift a carriage return and a line feed are one character.
    static func data(_ text: String) -> String { escaped(text, ["%": "%25", "\r": "%0D", "\n": "%0A"]) }
    static func property(_ text: String) -> String { escaped(text, ["%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"]) }

    private static func escaped(_ text: String, _ escapes: [Unicode.Scalar: String]) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if let escape = escapes[scalar] { result += escape } else { result.unicodeScalars.append(scalar) }
        }
    }
}
