// JUnit XML: one test case a deciding metric, so that every CI shows a regression as a failed test.
internal import Gate
internal import Host

package enum JUnitReport {
    /// A regression is a failure, what is invalid or not comparable an error, what is inconclusive skipped with the smallest
    /// change that could have been seen (a failure under the policy that makes it one); skipped, too, is a regression too
    /// small to fail.
    ///
    /// Only what both schemas in use allow, that of Ant's reports and that of Jenkins: the first wants a host (nobody's name:
    /// `localhost`), a time without a zone, properties and both outputs for every suite, and nothing on the root.
    package static func text(_ reports: GateReports) -> String {
        let suites = reports.entries.map { Suite($0, reports) } + reports.failures.map { Suite($0, at: reports.startedAt) }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + suites.enumerated().flatMap { $1.lines(id: $0) }.map { $0 + "\n" }.joined() + "</testsuites>\n"
    }

    private struct Suite {
        let name, startedAt: String
        let seconds: Double
        let properties: [(String, String)]
        let cases: [Case]
        let output: [String]

        init(_ entry: GateEntry, _ reports: GateReports) {
            name = entry.profile
            startedAt = entry.startedAt
            seconds = entry.report.elapsedSeconds
            properties = [
                ("base", entry.base), ("head", entry.head), ("seed", "\(entry.report.plan.seed)"), ("groups", "\(entry.report.noise.groupsKept)"), ("reproduce", entry.reproduce),
            ]
            cases = JUnitReport.cases(entry, reports)
            output = ["RESULT \(entry.report.resultText(failAbove: reports.failAbove))"] + entry.report.rows.map { "\($0.verdictText): \(GateCells.change($0))" } + ["noise: \(GateCells.noise(entry.report))"]
        }

        init(_ failure: GateFailure, at startedAt: String) {
            (name, self.startedAt, seconds, properties) = (failure.profile, startedAt, 0, [])
            cases = [Case(name: "comparison", seconds: 0, outcome: .error(message: "exit \(failure.exitCode)", text: failure.reason))]
            output = []
        }

        func lines(id: Int) -> [String] {
            let counts = "tests=\"\(cases.count)\" failures=\"\(cases.count { $0.isFailure })\" errors=\"\(cases.count { $0.isError })\" skipped=\"\(cases.count { $0.isSkipped })\""
            let head = "  <testsuite id=\"\(id)\" package=\"tidemark\" name=\"\(escaped(name))\" timestamp=\"\(escaped(startedAt.replacing("Z", with: "")))\" hostname=\"localhost\" \(counts) time=\"\(fixed(seconds, 3))\">"
            return [head, "    <properties>"]
                + properties.map { "      <property name=\"\(escaped($0.0))\" value=\"\(escaped($0.1))\"/>" } + ["    </properties>"]
                + cases.flatMap { $0.lines(name) }
                + ["    <system-out>\(output.map(escaped).joined(separator: "\n"))</system-out>", "    <system-err></system-err>", "  </testsuite>"]
        }
    }

    private enum Outcome {
        case passed
        case failure(message: String, text: String)
        case error(message: String, text: String)
        case skipped(String)
    }

    private struct Case {
        let name: String
        let seconds: Double
        let outcome: Outcome

        var isSkipped: Bool { if case .skipped = outcome { true } else { false } }
        var isFailure: Bool { if case .failure = outcome { true } else { false } }
        var isError: Bool { if case .error = outcome { true } else { false } }

        func lines(_ profile: String) -> [String] {
            let head = "    <testcase classname=\"tidemark.\(escaped(profile))\" name=\"\(escaped(name))\" time=\"\(fixed(seconds, 3))\">"
            let inside: [String] =
                switch outcome {
                case .passed: []
                case .failure(let message, let text): ["      <failure type=\"regression\" message=\"\(escaped(message))\">\(escaped(text))</failure>"]
                case .error(let message, let text): ["      <error type=\"invalid\" message=\"\(escaped(message))\">\(escaped(text))</error>"]
                case .skipped(let message): ["      <skipped message=\"\(escaped(message))\"/>"]
                }
            return [head] + inside + ["    </testcase>"]
        }
    }

    private static func cases(_ entry: GateEntry, _ reports: GateReports) -> [Case] {
        let report = entry.report
        let deciding = report.rows.filter(\.decides)
        let each = report.elapsedSeconds / Double(max(1, deciding.count))
        // Of a comparison that does not count, no row may pass.
        if report.outcome == .invalid || report.outcome == .notComparable {
            let reason = report.reasons.joined(separator: "; ")
            let names = deciding.isEmpty ? ["comparison"] : deciding.map(\.metric.name)
            return names.map { Case(name: $0, seconds: each, outcome: .error(message: report.outcome.word, text: reason)) }
        }
        return deciding.map { Case(name: $0.metric.name, seconds: each, outcome: outcome($0, entry, reports)) }
    }

    private static func outcome(_ row: MetricRow, _ entry: GateEntry, _ reports: GateReports) -> Outcome {
        let change = GateCells.change(row)
        switch row.verdict {
        case .regressed where row.isTolerated(above: reports.failAbove): return .skipped("worse, but not by enough to fail: \(change)")
        case .regressed: return .failure(message: change, text: "\(change). Reproduce: \(entry.reproduce)")
        case .same, .improved: return .passed
        case .unavailable: return .error(message: "no figure", text: row.unavailable ?? "no reason given")
        case .inconclusive:
            return reports.policy == .fail ? .failure(message: row.verdictText, text: change) : .skipped(row.verdictText)
        }
    }

    /// XML 1.0 has no place for control characters, escaped or not.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\t", "\n", "\r": result += " "
            default: if scalar.value >= 0x20, scalar.value != 0xfffe, scalar.value != 0xffff { result.unicodeScalars.append(scalar) }
            }
        }
    }
}
