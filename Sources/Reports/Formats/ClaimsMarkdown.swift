// A book of claims as Markdown: the verdicts on one page, then each claim with its figures. The same book gives the same bytes.
package import Claims

package enum ClaimsMarkdown {
    package static func text(_ book: ClaimBook) -> String {
        var lines = ["# Claims", "", "\(escaped(book.conditions)).", "", "\(escaped(book.machineLine))."]
        lines += ["", row(["", "claim", "verdict"]), "|---|---|---|"]
        lines += book.readings.map { reading in
            row([reading.claim.letter, "[\(escaped(reading.claim.sentence))](#\(anchor(reading.claim)))", escaped(reading.verdictText)])
        }
        for reading in book.readings { lines += section(reading) }
        if !book.failures.isEmpty {
            lines += ["", "## Experiments without a result", ""]
            lines += book.failures.map { "- \(escaped($0.experiment)): \(escaped($0.reason))" }
        }
        if !book.traits.isEmpty {
            lines += ["", "## What spoils numbers on this machine", ""]
            lines += book.traits.map { "- \(escaped($0))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func anchor(_ claim: any Claim) -> String { "\(claim.letter)-\(claim.name)" }

    private static func section(_ reading: ClaimReading) -> [String] {
        let claim = reading.claim
        var lines = ["", "## \(claim.letter). \(claim.name)", "", "<a id=\"\(anchor(claim))\"></a>", "\(escaped(claim.sentence))"]
        lines += ["", "**\(escaped(reading.verdictText)).**", "", "How: \(escaped(claim.method))"]
        lines += ["", row(["part", "figures", "verdict", "results"]), "|---|---|---|---|"]
        lines += reading.findings.map { finding in
            let figures = finding.figureTexts.map(escaped).joined(separator: "<br>")
            let results = finding.runs.map { "`\($0)`" }.joined(separator: "<br>")
            return row([escaped(finding.label), figures.isEmpty ? "–" : figures, escaped(finding.verdict.text), results.isEmpty ? "–" : results])
        }
        return lines
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    private static func escaped(_ text: String) -> String { MarkdownReport.escaped(text) }
}
