// A book of claims as Markdown: the verdicts on one page, then each claim with its figures. The same book gives the same bytes.
package import Claims

package enum ClaimsMarkdown {
    package static func text(_ book: ClaimBook) -> String {
        var lines = ["# Claims", "", "\(escaped(book.conditions)).", "", "\(escaped(book.machineLine))."]
        lines += ["", row(["", "claim", "verdict"]), "|---|---|---|"]
        lines += book.readings.map { reading in
            row([reading.claim.letter, "[\(escaped(reading.claim.sentence))](#\(anchor(reading.claim)))", escaped(reading.verdictText)])
        }
        for reading in book.readings { lines += section(reading, book.experiments(of: reading.claim)) }
        lines += list("Experiments without a result", book.failures.map { "\($0.experiment): \($0.reason)" })
        lines += list("Runs that were made once more", book.repeats) + list("What spoils numbers on this machine", book.traits)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ title: String, _ items: [String]) -> [String] {
        items.isEmpty ? [] : ["", "## \(title)", ""] + items.map { "- \(escaped($0))" }
    }

    private static func anchor(_ claim: any Claim) -> String { "\(claim.letter)-\(claim.name)" }

    private static func section(_ reading: ClaimReading, _ experiments: [ExperimentReading]) -> [String] {
        let claim = reading.claim
        var lines = ["", "## \(claim.letter). \(claim.name)", "", "<a id=\"\(anchor(claim))\"></a>", "\(escaped(claim.sentence))"]
        lines += ["", "**\(escaped(reading.verdictText)).**", "", "How: \(escaped(claim.method))"]
        if !experiments.isEmpty { lines += [""] + experiments.map { "- \(escaped($0.name)): `\($0.command)`. \(escaped($0.text))" } }
        lines += ["", row(["part", "figures", "verdict", "experiment", "results"]), "|---|---|---|---|---|"]
        lines += reading.findings.map { finding in
            // Each leads back to the sentence that it is evidence for, from wherever it is quoted.
            let figures = finding.figureTexts.map { "[\(escaped($0.name))](#\(anchor(claim))): \(escaped($0.value))" }
            return row([
                escaped(finding.label), cell(figures), escaped(finding.verdict.text), cell([finding.experiment].compactMap { $0 }.map(escaped)),
                cell(finding.runs.map { "`\($0)`" }),
            ])
        }
        return lines
    }

    private static func cell(_ lines: [String]) -> String { lines.isEmpty ? "–" : lines.joined(separator: "<br>") }
    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    private static func escaped(_ text: String) -> String { MarkdownReport.escaped(text) }
}
