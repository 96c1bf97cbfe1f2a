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
        let rows = book.readings.map { [Markup($0.claim.letter), FigureMarkup.link($0.claim.sentence, to: id($0.claim)), Markup($0.verdictText)] }
        return Chapter(prefix + "claims", "Claims", [.markup(FigureMarkup.table("What each claim comes to", ["", "claim", "verdict"], rows))])
    }

    private func id(_ claim: any Claim) -> String { "\(prefix)claim-\(claim.letter)" }

    private func chapter(_ reading: ClaimReading) -> Chapter? {
        let claim = reading.claim
        return Chapter(
            id(claim), "\(claim.letter). \(claim.sentence)",
            [
                .note("\(reading.verdictText). \(claim.method)"), .notes(book.experiments(of: claim).map { "\($0.name): \($0.command). \($0.text)" }),
                .markup(
                    FigureMarkup.table(
                        "Parts of claim \(claim.letter)", ["part", "figures", "verdict", "experiment", "results"], reading.findings.map { cells($0, of: claim) })),
            ])
    }

    private func cells(_ finding: Finding, of claim: any Claim) -> [Markup] {
        // Each figure leads back to the sentence that it is evidence for.
        let figures = finding.figureTexts.enumerated().flatMap { number, figure in
            [Markup(number == 0 ? "" : "; "), FigureMarkup.link(figure.name, to: id(claim)), Markup(": \(figure.value)")]
        }
        return [
            Markup(finding.label), .joined(figures), Markup(finding.verdict.text), Markup(finding.experiment ?? "–"), Markup(finding.runs.joined(separator: ", ")),
        ]
    }

    private var failures: Chapter? {
        Chapter(prefix + "failures", "Experiments without a result", [.notes(book.failures.map { "\($0.experiment): \($0.reason)" })])
    }

    private var repeats: Chapter? { Chapter(prefix + "repeats", "Runs that were made once more", [.notes(book.repeats)]) }

    private var traits: Chapter? { Chapter(prefix + "traits", "What spoils numbers on this machine", [.notes(book.traits)]) }
}
