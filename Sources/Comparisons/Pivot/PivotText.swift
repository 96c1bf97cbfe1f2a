// A pivot table on a terminal.
internal import Host
internal import Measurement
internal import Results

package enum PivotText {
    static func lines(_ table: PivotTable, width: Int) -> [String] {
        let ratios = table.rows.contains { $0.cells.contains { $0?.ratio != nil || $0?.points != nil } }
        var alignments: [TextGrid.Alignment] = [.left, .right]
        for _ in table.columns.dropFirst() { alignments += ratios ? [.right, .right] : [.right] }
        var grid = TextGrid(alignments)
        let heads = table.columns.enumerated().flatMap { ratios && $0.offset > 0 ? [$0.element, "÷ \(table.columns[0])"] : [$0.element] }
        var group: ResultFigure.Group?
        for row in table.rows {
            if row.group != group || group == nil {
                grid.addHead(table.rowAxis == Axis.metric.name ? row.group.title : table.title, heads)
                group = row.group
            }
            // What all of a row was divided by stands once.
            let common = table.kind == .normalised ? commonRemark(row) : nil
            grid.add([label(row, table) + (common.map { " (÷ \($0))" } ?? "")] + cells(common == nil ? row : withoutRemarks(row), ratios))
            let isLastOfGroup = table.rows.last { $0.group == row.group }?.key == row.key
            if isLastOfGroup { for mean in table.means where mean.group == row.group { grid.add([meanLabel(mean)] + means(mean, ratios)) } }
        }
        return grid.lines(width: width)
    }

    /// The first column's value, then value and change of each other column: for outputs that lay out their own tables.
    package static func texts(_ row: PivotRow) -> [String] { cells(row, true) }

    /// With its unit and an arrow for what is better.
    private static func label(_ row: PivotRow, _ table: PivotTable) -> String {
        guard table.rowAxis == Axis.metric.name else { return row.label }
        let unit = ["ns", "bytes", "count", "×"].contains(row.unit) ? "" : " \(row.unit)"
        return row.label + unit + arrow(row.polarity)
    }

    private static func arrow(_ polarity: Metric.Polarity) -> String {
        switch polarity {
        case .higherIsBetter: " ↑"
        case .lowerIsBetter: " ↓"
        case .neutral: ""
        }
    }

    private static func commonRemark(_ row: PivotRow) -> String? {
        let remarks = Set(row.cells.compactMap { $0 }.map(\.remark))
        return remarks.count == 1 ? remarks.first ?? nil : nil
    }

    private static func withoutRemarks(_ row: PivotRow) -> PivotRow {
        var row = row
        row.cells = row.cells.map { cell in
            cell.map { PivotCell(value: $0.value, lower: $0.lower, upper: $0.upper, results: $0.results, ratio: $0.ratio, points: $0.points, mark: $0.mark, remark: nil) }
        }
        return row
    }

    private static func cells(_ row: PivotRow, _ ratios: Bool) -> [String] {
        row.cells.enumerated().flatMap { index, cell -> [String] in
            ratios && index > 0 ? [text(cell, row.unit), change(cell)] : [text(cell, row.unit)]
        }
    }

    /// `0.71 [0.66, 0.77] disk`, `214 (3)`, `n/a`, `–` where no result stands.
    static func text(_ cell: PivotCell?, _ unit: String) -> String {
        guard let cell else { return "–" }
        guard let value = cell.value else { return "n/a" }
        var text = number(value, unit)
        if let lower = cell.lower, let upper = cell.upper { text += " [\(number(lower, unit)), \(number(upper, unit))]" }
        if cell.results > 1 { text += " (\(cell.results))" }
        if let remark = cell.remark { text += " \(remark)" }
        return text
    }

    static func number(_ value: Double, _ unit: String) -> String {
        unit == "ns" && value >= 0 && value < 1e18 ? Duration.text(nanoseconds: UInt64(value.rounded())) : figure(value, unit: unit)
    }

    static func change(_ cell: PivotCell?) -> String {
        let mark: String =
            switch cell?.mark {
            case .better: " better"
            case .worse: " WORSE"
            case nil: ""
            }
        if let ratio = cell?.ratio { return ratioText(ratio) + mark }
        if let points = cell?.points { return (points >= 0 ? "+" : "−") + fixed(abs(points), 1) + " points" + mark }
        return ""
    }

    /// Three digits after the point near one, where they matter.
    static func ratioText(_ ratio: Double) -> String { ratio > 0.2 && ratio < 5 ? fixed(ratio, 3) : threeDigits(ratio) }

    private static func meanLabel(_ mean: PivotMean) -> String { "geometric mean of \(mean.rows)" + arrow(mean.polarity) }

    private static func means(_ mean: PivotMean, _ ratios: Bool) -> [String] {
        mean.ratios.enumerated().flatMap { index, ratio -> [String] in
            guard ratios, index > 0 else { return [""] }
            return ["", ratio.map(ratioText) ?? ""]
        }
    }
}
