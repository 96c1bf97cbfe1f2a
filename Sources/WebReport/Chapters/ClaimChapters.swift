// A book of claims: the verdicts on one page, then a chapter a claim.
internal import Claims
internal import Results

struct ClaimChapters {
    let book: ClaimBook
    /// Before the ids of its chapters.
    let prefix: String

    var all: [Chapter] { ([verdicts] + book.readings.map(chapter) + [failures, repeats, traits]).compactMap { $0 } }

    func summary(heading: String?) -> Markup {
        .element(
            "section", ["id": prefix + "summary", "class": "summary", "aria-label": "Summary of \(book.name)"],
            [
                heading.map { Markup.element("h2", [:], $0) } ?? .nothing, FigureMarkup.paragraph("Which of the claims about log brokers hold on this machine?", "question"),
                FigureMarkup.paragraph(book.machineLine, "machine"), FigureMarkup.paragraph(book.conditions),
            ])
    }

    private var verdicts: Chapter? {
        let rows = book.readings.map { [$0.claim.letter, $0.claim.sentence, $0.verdictText] }
        return Chapter(prefix + "claims", "Claims", [.markup(FigureMarkup.table("What each claim comes to", ["", "claim", "verdict"], rows))])
    }

    private func chapter(_ reading: ClaimReading) -> Chapter? {
        let rows = reading.findings.map { finding in
            [
                finding.label, finding.figureTexts.joined(separator: "; "), finding.verdict.text,
                finding.runs.joined(separator: ", "),
            ]
        }
        return Chapter(
            "\(prefix)claim-\(reading.claim.letter)", "\(reading.claim.letter). \(reading.claim.sentence)",
            [
                .note("\(reading.verdictText). \(reading.claim.method)"),
                .markup(FigureMarkup.table("Parts of claim \(reading.claim.letter)", ["part", "figures", "verdict", "results"], rows)),
            ])
    }

    private var failures: Chapter? {
        Chapter(prefix + "failures", "Experiments without a result", [.notes(book.failures.map { "\($0.experiment): \($0.reason)" })])
    }

    private var repeats: Chapter? { Chapter(prefix + "repeats", "Runs that were made once more", [.notes(book.repeats)]) }

    private var traits: Chapter? { Chapter(prefix + "traits", "What spoils numbers on this machine", [.notes(book.traits)]) }
}
