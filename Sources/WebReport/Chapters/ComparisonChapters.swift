// Several runs side by side: whether they may be compared, and every figure against the first.
internal import Comparisons
internal import Host
internal import Measurement
internal import Results

struct ComparisonChapters {
    let comparison: ResultComparison

    var all: [Chapter] { [judgement, figures].compactMap { $0 } }

    // MARK: may they be compared

    private var judgement: Chapter? {
        let sides = comparison.sides.map { side -> [String] in
            let record = side.stored.record
            return [side.letter, side.name, record.software.broker, record.verdict?.outcome.rawValue.uppercased() ?? "none", record.identity.startedAt]
        }
        let pieces = zip(comparison.sides.dropFirst(), comparison.judged).flatMap { side, found -> [Chapter.Piece?] in
            let rows = found.obstacles.map { [$0.field, $0.first ?? "–", $0.second ?? "–", $0.rung.rawValue, $0.text] }
            return [
                .markup(.element("p", ["class": "judgement"], [.element("strong", [:], "\(side.letter) against A"), Markup(" · \(Explanation.sentence(found))")])),
                rows.isEmpty
                    ? nil
                    : .markup(
                        FigureMarkup.folded(
                            "What differs (\(rows.count))", [FigureMarkup.table("\(side.letter) against A, field by field", ["field", "A", side.letter, "rung", "meaning"], rows)])),
            ]
        }
        let refused: [Chapter.Piece?] = comparison.rung == .invalid ? [.note("Nothing is compared here; each result stands for itself below.")] : []
        let head: [Chapter.Piece?] = [.markup(FigureMarkup.table("The results, the base first", ["side", "result", "broker", "verdict", "started"], sides))]
        return Chapter("compare", "Comparison", head + pieces + refused)
    }

    // MARK: figures

    private var figures: Chapter? {
        let pieces = comparison.tables.enumerated().flatMap { index, table in self.pieces(table, index) }
        let needed = ResultComparison.resultsForInterval
        let notes =
            comparison.rung == .same || comparison.rung == .similar
            ? ["Nothing is marked better or worse with fewer than \(needed) results a side: what a run varies by from start to start is not in its own interval. `tidemark ab` tests two builds."]
            : ["Fractions explain, they do not predict: queueing is not linear. Nothing here is significant or a gate."]
        guard !pieces.isEmpty else { return nil }
        return Chapter("compare-figures", "Figures side by side", pieces + [.markup(FigureMarkup.list(notes))])
    }

    private func pieces(_ table: PivotTable, _ index: Int) -> [Chapter.Piece] {
        switch table.kind {
        case .absolute: ResultFigure.Group.allCases.flatMap { ratios(table, $0, index) }
        case .normalised: limits(table, index) + [.markup(listing(table, "Relative to each machine's own limits"))]
        case .absoluteAcrossMachines: [.markup(FigureMarkup.folded("As measured, of different machines", [listing(table, "As measured, of different machines: no ratios")]))]
        }
    }

    /// A group's figures, each divided by the first result's: its own interval too, so that one sees what the runs themselves vary by.
    private func ratios(_ table: PivotTable, _ group: ResultFigure.Group, _ index: Int) -> [Chapter.Piece] {
        let rows = table.rows.filter { $0.group == group }
        guard !rows.isEmpty else { return [] }
        var drawn = table
        drawn.rows = rows.filter { $0.unit != "%" && ($0.cells[0]?.value ?? 0) > 0 && $0.cells.dropFirst().contains { $0?.value != nil } }
        drawn.means = []
        let name = group.title.prefix(1) + group.title.dropFirst().lowercased()
        let listing = self.listing(table, rows, "\(name): every figure")
        guard !drawn.rows.isEmpty else { return [.markup(listing)] }
        let cells = drawn.rows.map { row -> [DataCell] in
            let base = row.cells[0]!.value!
            return [.text(label(row))] + row.cells.flatMap { cell in [cell?.value, cell?.lower, cell?.upper].map { DataCell($0.map { $0 / base }) } }
        }
        let chart = Chart(
            id: "compare-\(index)-\(group.rawValue)", title: "\(name), relative to \(table.columns[0])",
            summary: "Every figure divided by that of \(table.columns[0]); bars are each result's own interval where it has one. The arrow says which way is better.", kind: .intervals,
            columns: [DataColumn("figure")] + table.columns.flatMap { [DataColumn($0, "x"), DataColumn("\($0), lower", "x"), DataColumn("\($0), upper", "x")] }, rows: cells,
            x: .init(title: "÷ \(table.columns[0])", unit: "x", log: true), series: series(table.columns), reference: .init(value: 1, name: "no difference"))
        return [.chart(chart), .markup(FigureMarkup.folded("\(name): values", [listing]))]
    }

    /// Fractions of a limit and multiples of a floor, a chart each.
    private func limits(_ table: PivotTable, _ index: Int) -> [Chapter.Piece] {
        unique(table.rows.map(\.unit)).enumerated().map { number, unit in
            let cells = table.rows.filter { $0.unit == unit }.map { row -> [DataCell] in
                [.text(label(row))] + row.cells.flatMap { cell in [cell?.value, cell?.lower, cell?.upper].map { DataCell($0) } }
            }
            let isShare = unit == "of limit"
            return .chart(
                Chart(
                    id: "compare-\(index)-limits-\(number + 1)", title: isShare ? "Throughput as a fraction of each machine's own limit" : "Costs and times as multiples of each machine's own",
                    summary: "Intervals are what the spread of figure and calibration allow. Machines differ; this is what their figures have in common.", kind: .intervals,
                    columns: [DataColumn("figure")] + table.columns.flatMap { [DataColumn($0, "x"), DataColumn("\($0), lower", "x"), DataColumn("\($0), upper", "x")] }, rows: cells,
                    x: .init(title: isShare ? "of the limit" : "×", unit: "x", log: !isShare), series: series(table.columns)))
        }
    }

    private func series(_ columns: [String]) -> [Chart.Series] {
        columns.indices.map { .init(name: columns[$0], x: 3 * $0 + 1, y: 0, low: 3 * $0 + 2, high: 3 * $0 + 3) }
    }

    private func label(_ row: PivotRow) -> String {
        switch row.polarity {
        case .higherIsBetter: "\(row.label) ↑"
        case .lowerIsBetter: "\(row.label) ↓"
        case .neutral: row.label
        }
    }

    private func listing(_ table: PivotTable, _ caption: String) -> Markup { listing(table, table.rows, caption) }

    private func listing(_ table: PivotTable, _ rows: [PivotRow], _ caption: String) -> Markup {
        let heads = table.columns.enumerated().flatMap { $0.offset == 0 ? [$0.element] : [$0.element, "÷ \(table.columns[0])"] }
        return FigureMarkup.table(
            caption, ["figure", "unit"] + heads, rows.map { row in [label(row), ["ns", "bytes", "count"].contains(row.unit) ? "" : row.unit] + PivotText.texts(row) })
    }
}
