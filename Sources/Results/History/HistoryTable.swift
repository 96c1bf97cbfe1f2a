// A history as text: a row a comparison, a line of trend a metric.
internal import Gate
internal import Host

package enum HistoryTable {
    /// - Parameters:
    ///   - metrics: to be shown; nil: those that decided.
    ///   - last: rows shown of each series; trend and change points are of all.
    package static func text(_ series: [HistorySeries], metrics: [String]? = nil, last: Int = 30, width: Int = 130) -> String {
        series.map { table($0, shown($0, metrics), last, width) }.joined(separator: "\n") + footer(series)
    }

    private static func shown(_ series: HistorySeries, _ metrics: [String]?) -> [String] {
        metrics.map { wanted in series.metricNames.filter { wanted.contains($0) } } ?? series.decidingNames
    }

    private static func table(_ series: HistorySeries, _ metrics: [String], _ last: Int, _ width: Int) -> String {
        let changes = Dictionary(uniqueKeysWithValues: metrics.map { ($0, series.changePoints(of: $0)) })
        var grid = TextGrid([.left, .left] + metrics.map { _ in .left } + [.left])
        grid.addHead("COMPARED", ["head"] + metrics.map { head(series.metric($0), $0) } + ["result"])
        for index in series.lines.indices.suffix(last) {
            let line = series.lines[index]
            grid.add(
                [day(line.time), line.head.short]
                    + metrics.map { name in cell(line[name], isChange: changes[name]!.contains { $0.index == index }) } + [line.outcome.word])
        }
        var lines = [title(series)]
        if series.lines.count > last { lines.append("the last \(last) of \(series.lines.count) comparisons") }
        lines += grid.lines(width: width)
        for name in metrics { lines += trend(series, name, changes[name]!) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func title(_ series: HistorySeries) -> String {
        let (line, count) = (series.latest, series.lines.count)
        return "\(line.profile.name) · head ÷ \(line.base.name) · \(line.machine.label) · \(count) comparison\(count == 1 ? "" : "s") · series \(series.key)"
    }

    /// `2026-11-24 05:00`.
    private static func day(_ time: String) -> String { String(time.prefix(16)).replacing("T", with: " ") }

    /// `throughput MB/s ↑`.
    private static func head(_ metric: HistoryMetric?, _ name: String) -> String {
        metric.map { "\(name) \($0.unit) \($0.polarity == .higherIsBetter ? "↑" : "↓")" } ?? name
    }

    /// `◆ 0.949 worse`: a change point, the ratio, and what was proven.
    private static func cell(_ metric: HistoryMetric?, isChange: Bool) -> String {
        guard let metric else { return "–" }
        let proven =
            switch metric.verdict {
            case .regressed: " worse"
            case .improved: " better"
            case .inconclusive: " ?"
            case .same, .unavailable: ""
            }
        return (isChange ? "◆ " : "") + fixed(metric.ratio, 3) + proven
    }

    // MARK: trend

    private static func trend(_ series: HistorySeries, _ name: String, _ changes: [ChangePoint]) -> [String] {
        let ratios = series.lines.compactMap { $0[name]?.ratio }
        guard let first = ratios.first, let last = ratios.last else { return [] }
        return ["  \(name)  \(sparkline(ratios))  \(fixed(first, 3)) → \(fixed(last, 3))"]
            + changes.map { change in
                let line = series.lines[change.index]
                return "    ◆ since \(line.time.prefix(10)) (\(line.head.short)): \(fixed(change.before, 3)) → \(fixed(change.after, 3)), p=\(fixed(change.p, 3))"
            }
    }

    /// At most 60 points, the last ones. Its height is never less than 2 %: noise must not look like mountains.
    static func sparkline(_ ratios: [Double]) -> String {
        let shown = ratios.suffix(60)
        guard let least = shown.min(), let most = shown.max() else { return "" }
        let (height, middle) = (max(most - least, 0.02), (least + most) / 2)
        return String(shown.map { bars[min(7, max(0, Int((($0 - middle) / height + 0.5) * 8)))] })
    }
    private static let bars = Array("▁▂▃▄▅▆▇█")

    private static func footer(_ series: [HistorySeries]) -> String {
        guard !series.isEmpty else { return "" }
        return "◆ change points are a view, never a gate: `history check` is the gate.   ? inconclusive\n"
    }
}
