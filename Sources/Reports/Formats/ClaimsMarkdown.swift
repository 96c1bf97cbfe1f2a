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
        lines += list("Experiments without a result", book.failures.map { "\($0.experiment): \($0.reason)" })
        lines += list("Runs that were made once more", book.repeats) + list("What spoils numbers on this machine", book.traits)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ title: String, _ items: [String]) -> [String] {
        items.isEmpty ? [] : ["", "## \(title)", ""] + items.map { "- \(escaped($0))" }
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
