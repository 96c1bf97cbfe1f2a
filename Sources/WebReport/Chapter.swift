// One part of a report: a heading, and what stands below it in its order.

struct Chapter: Sendable {
    enum Piece: Sendable {
        case chart(Chart)
        case markup(Markup)
    }

    /// Unique on the page.
    let id: String
    let title: String
    let pieces: [Piece]

    /// nil where there is nothing to show: a chapter appears only with its data.
    init?(_ id: String, _ title: String, _ pieces: [Piece?]) {
        let pieces = pieces.compactMap { $0 }
        guard !pieces.isEmpty else { return nil }
        self.id = id
        self.title = title
        self.pieces = pieces
    }

    var charts: [Chart] { pieces.compactMap { if case .chart(let chart) = $0 { chart } else { nil } } }

    var markup: Markup {
        .element(
            "section", ["id": id, "aria-labelledby": "\(id)-title"],
            [.element("h2", ["id": "\(id)-title"], title)] + pieces.map { piece in
                switch piece {
                case .chart(let chart): FigureMarkup.chart(chart)
                case .markup(let markup): markup
                }
            })
    }
}

extension Chapter.Piece {
    /// nil for no text.
    static func notes(_ texts: [String]) -> Chapter.Piece? { texts.isEmpty ? nil : .markup(FigureMarkup.list(texts)) }
    static func note(_ text: String) -> Chapter.Piece { .markup(FigureMarkup.paragraph(text)) }
}
