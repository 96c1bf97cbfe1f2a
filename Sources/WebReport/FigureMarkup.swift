// A chart, and a plain table, as HTML: headings, words for those who cannot see it, data to take away.

enum FigureMarkup {
    /// The plot with its words, its downloads and its data as a table.
    static func chart(_ chart: Chart) -> Markup {
        let (title, words) = ("\(chart.id)-title", "\(chart.id)-words")
        let rows = chart.rows.count
        return .element(
            "figure", ["class": "chart", "id": chart.id, "aria-labelledby": title],
            [
                .element("h3", ["id": title], chart.title), .element("p", ["id": words, "class": "words"], chart.summary),
                .element("div", ["class": "plot plot-\(chart.kind.rawValue)", "data-chart": chart.id, "role": "img", "aria-labelledby": title, "aria-describedby": words], []),
                .element(
                    "div", ["class": "tools"],
                    [
                        .element(
                            "details", [:],
                            [.element("summary", [:], "Data as a table (\(rows) row\(rows == 1 ? "" : "s"))"), table(chart.title, chart.columns, chart.rows, headsRows: true)]),
                        save(chart, "csv", "CSV"), save(chart, "json", "JSON"),
                    ]),
            ])
    }

    private static func save(_ chart: Chart, _ form: String, _ name: String) -> Markup {
        .element("button", ["type": "button", "data-save": chart.id, "data-as": form, "aria-label": "Download the data of \(chart.title) as \(name)"], "↓ \(name)")
    }

    /// - Parameter headsRows: whether the first cell of a row names it.
    static func table(_ caption: String, _ columns: [DataColumn], _ rows: [[DataCell]], headsRows: Bool = true) -> Markup {
        let isNumber = columns.indices.map { column in rows.contains { $0[column].number != nil } }
        let head = columns.indices.map { column in
            Markup.element("th", ["scope": "col", "class": isNumber[column] ? "n" : "t"], columns[column].name + CellText.unitHead(columns[column].unit))
        }
        let body = rows.map { row in
            Markup.element("tr", [:], row.indices.map { column in
                let text = CellText.text(row[column], columns[column].unit)
                let kind = isNumber[column] ? "n" : "t"
                return column == 0 && headsRows ? .element("th", ["scope": "row", "class": kind], text) : .element("td", ["class": kind], text)
            })
        }
        return table(caption, head: head, body: body)
    }

    private static func table(_ caption: String, head: [Markup], body: [Markup]) -> Markup {
        scrolling(caption, .element("table", [:], [.element("caption", [:], caption), .element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], body)]))
    }

    /// A table of words: each row begins with what it is about.
    static func table(_ caption: String, _ columns: [String], _ rows: [[String]]) -> Markup {
        table(caption, columns.map { DataColumn($0) }, rows.map { $0.map { DataCell.text($0) } })
    }

    /// The same with links in it.
    static func table(_ caption: String, _ columns: [String], _ rows: [[Markup]]) -> Markup {
        let body = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == 0 ? Markup.element("th", ["scope": "row", "class": "t"], [cell]) : Markup.element("td", ["class": "t"], [cell])
            }
            return Markup.element("tr", [:], cells)
        }
        return table(caption, head: columns.map { Markup.element("th", ["scope": "col", "class": "t"], $0) }, body: body)
    }

    /// Within the page.
    static func link(_ text: String, to id: String) -> Markup { .element("a", ["href": "#\(id)"], text) }

    /// What is wider than the page scrolls by itself, by keyboard too.
    private static func scrolling(_ caption: String, _ table: Markup) -> Markup {
        .element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Table: \(caption)"], [table])
    }

    static func paragraph(_ text: String, _ kind: String = "note") -> Markup { .element("p", ["class": kind], text) }

    static func list(_ items: [String]) -> Markup {
        items.isEmpty ? .nothing : .element("ul", ["class": "notes"], items.map { .element("li", [:], $0) })
    }

    static func folded(_ summary: String, _ body: [Markup]) -> Markup { .element("details", ["class": "folded"], [.element("summary", [:], summary)] + body) }
}
