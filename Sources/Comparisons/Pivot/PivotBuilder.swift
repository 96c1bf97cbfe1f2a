// From sides and axes to tables.
internal import Glibc
internal import Measurement
internal import Results

struct PivotBuilder {
    let sides: [ComparisonSide]
    let row: Axis
    let column: Axis
    let kind: PivotTable.Kind

    /// A median's interval reaches 95 % from six values on.
    static let resultsForInterval = 6

    /// One figure of one side, whatever it is.
    private struct Entry {
        let group: ResultFigure.Group
        let key: String
        let label: String
        let metric: Metric
        let remark: String?
        let isRatioScale: Bool
    }

    func tables(matching patterns: [String]) -> [PivotTable] {
        let entries = sides.map { side in
            self.entries(side).filter { entry in
                patterns.isEmpty || patterns.contains { entry.key.lowercased().contains($0.lowercased()) || entry.label.lowercased().contains($0.lowercased()) }
            }
        }
        if row == .metric || column == .metric { return [table("", entries)].filter { !$0.rows.isEmpty } }
        let keys = unique(entries.flatMap { $0.map(\.key) })
        return keys.map { key in
            let ofKey = entries.map { $0.filter { $0.key == key } }
            return table(ofKey.joined().first.map { "\($0.label) \($0.metric.unit)" } ?? key, ofKey)
        }
    }

    private func entries(_ side: ComparisonSide) -> [Entry] {
        if kind == .normalised {
            let obstacle = FractionObstacle.apart(sides).first { side.obstacles.contains($0) }
            return side.normalised.map { figure in
                if let obstacle, NormalisedFigures.isFraction(figure) {
                    return Entry(
                        group: Self.group(figure.key), key: figure.key, label: figure.label,
                        metric: .unavailable(figure.key, unit: figure.unit, polarity: figure.polarity, reason: obstacle.text), remark: nil,
                        isRatioScale: true)
                }
                let interval = ConfidenceInterval(
                    estimate: figure.value, lower: figure.lower, upper: figure.upper, method: .orderStatistics, samples: 1)
                return Entry(
                    group: Self.group(figure.key), key: figure.key, label: figure.label,
                    metric: .measured(figure.key, figure.value, unit: figure.unit, polarity: figure.polarity, interval: interval),
                    remark: figure.against, isRatioScale: true)
            }
        }
        return side.figures.map {
            Entry(group: $0.group, key: $0.key, label: $0.label, metric: $0.metric, remark: $0.reservation, isRatioScale: $0.isRatioScale)
        }
    }

    private static func group(_ key: String) -> ResultFigure.Group {
        key.hasPrefix("fraction") ? .append : key.hasPrefix("cpu") ? .cost : .latency
    }

    private func table(_ title: String, _ entries: [[Entry]]) -> PivotTable {
        let placed = zip(sides, entries).flatMap { side, list in
            list.map { (row: row == .metric ? $0.key : row.value(of: side), column: column == .metric ? $0.key : column.value(of: side), entry: $0) }
        }
        let columns = unique(placed.map(\.column))
        let rows = unique(placed.map(\.row)).map { key -> PivotRow in
            let own = placed.filter { $0.row == key }
            let first = own[0].entry
            let cells = columns.map { column in own.filter { $0.column == column }.map(\.entry) }.map(cell)
            let isMetric = row == .metric
            let built = PivotRow(
                group: first.group, key: key, label: isMetric ? first.label : key, unit: first.metric.unit, polarity: first.metric.polarity, cells: cells)
            return compared(built, own.map(\.entry))
        }
        let labels = column == .metric ? columns.map { key in placed.first { $0.column == key }?.entry.label ?? key } : columns
        var table = PivotTable(
            kind: kind, title: title, rowAxis: row.name, columnAxis: column.name, columns: labels,
            rows: row == .metric ? ResultFigure.Group.allCases.flatMap { group in rows.filter { $0.group == group } } : rows, means: [])
        if kind == .absolute, column != .metric { table.means = Self.means(table) }
        return table
    }

    private func cell(_ entries: [Entry]) -> PivotCell? {
        guard let first = entries.first else { return nil }
        let values = entries.compactMap(\.metric.value).sorted()
        guard let low = values.first, let high = values.last, let median = ConfidenceInterval.median(values) else {
            return PivotCell(value: nil, lower: nil, upper: nil, results: 0, remark: first.metric.unavailable)
        }
        let remark = entries.compactMap(\.remark).first
        if kind == .normalised, (2..<Self.resultsForInterval).contains(values.count) {
            // Each has an interval of its own, by its seconds and its calibration, which knows nothing of the spread between runs: what any of
            // them allows, and what Student's t does. Two runs that agree by chance allow much.
            let intervals = entries.compactMap(\.metric.interval) + [ConfidenceInterval.pairedRatio(values.map { ($0, 1) })].compactMap { $0 }
            return PivotCell(
                value: median.estimate, lower: min(low, intervals.map(\.lower).min() ?? low), upper: max(high, intervals.map(\.upper).max() ?? high),
                results: values.count, remark: remark)
        }
        switch values.count {
        case 1: return PivotCell(value: low, lower: first.metric.interval?.lower, upper: first.metric.interval?.upper, results: 1, remark: remark)
        case ..<Self.resultsForInterval: return PivotCell(value: median.estimate, lower: low, upper: high, results: values.count, remark: remark)
        default: return PivotCell(value: median.estimate, lower: median.lower, upper: median.upper, results: values.count, remark: remark)
        }
    }

    /// With ratios to the first column, where they may be drawn.
    private func compared(_ row: PivotRow, _ entries: [Entry]) -> PivotRow {
        var row = row
        let isRatioScale = entries.allSatisfy(\.isRatioScale)
        guard column != .metric, kind != .absoluteAcrossMachines || row.group == .machine, let base = row.cells.first ?? nil, let from = base.value else { return row }
        // A normalised figure's remark says what it was divided by; a reservation says why not to divide.
        func isReserved(_ cell: PivotCell) -> Bool { kind != .normalised && cell.remark != nil }
        for index in row.cells.indices.dropFirst() {
            guard var cell = row.cells[index], let value = cell.value, !isReserved(cell), !isReserved(base) else { continue }
            if !isRatioScale {
                cell.points = value - from
            } else if from > 0, value >= 0 {
                cell.ratio = value / from
            }
            if kind == .absolute { cell.mark = Self.mark(base, cell, row.polarity) }
            row.cells[index] = cell
        }
        return row
    }

    /// One run a side proves nothing: what it would vary by from start to start is not in its own interval.
    private static func mark(_ base: PivotCell, _ cell: PivotCell, _ polarity: Metric.Polarity) -> PivotCell.Mark? {
        guard base.results >= resultsForInterval, cell.results >= resultsForInterval, polarity != .neutral,
            let baseLower = base.lower, let baseUpper = base.upper, let lower = cell.lower, let upper = cell.upper
        else { return nil }
        if lower > baseUpper { return polarity == .higherIsBetter ? .better : .worse }
        if upper < baseLower { return polarity == .higherIsBetter ? .worse : .better }
        return nil
    }

    private static func means(_ table: PivotTable) -> [PivotMean] {
        ResultFigure.Group.allCases.filter { ![.machine, .other].contains($0) }.flatMap { group in
            [Metric.Polarity.higherIsBetter, .lowerIsBetter].compactMap { polarity -> PivotMean? in
                let rows = table.rows.filter { row in
                    row.group == group && row.polarity == polarity && row.unit != "%" && row.cells.contains { $0?.value != nil }
                }
                guard rows.count > 1 else { return nil }
                let ratios = table.columns.indices.map { index -> Double? in
                    let ratios = rows.map { $0.cells[index]?.ratio }
                    guard index > 0, ratios.allSatisfy({ ($0 ?? 0) > 0 }) else { return nil }
                    return exp(ratios.reduce(0) { $0 + log($1 ?? 1) } / Double(ratios.count))
                }
                return ratios.contains { $0 != nil } ? PivotMean(group: group, polarity: polarity, ratios: ratios, rows: rows.count) : nil
            }
        }
    }
}
