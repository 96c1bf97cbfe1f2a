// A matrix of runs as one table: a point a line.
internal import Host
internal import Measurement

/// The figures that a sweep is made for; each run's own table has the rest.
package enum SweepTable {
    package struct Row: Sendable {
        package enum Outcome: Sendable {
            case measured(RunRecord)
            case failed(String)
        }
        /// Of the axes, in their order.
        package let values: [String]
        package let outcome: Outcome

        package init(values: [String], outcome: Outcome) {
            self.values = values
            self.outcome = outcome
        }

        package var isInvalid: Bool {
            guard case .measured(let record) = outcome else { return false }
            return record.verdict?.outcome == .invalid
        }
    }

    private static let figures = ["rec/s", "MB/s", "p50", "p99", "broker ns/rec", "append MB/s"]

    /// - Parameter axes: dotted paths.
    package static func text(axes: [String], _ rows: [Row], width: Int = 100) -> String {
        let cells = rows.map(figures)
        // A column that no point has anything in says nothing.
        let shown = figures.indices.filter { column in cells.contains { $0[column] != "–" } }
        var grid = TextGrid(axes.map { _ in .right } + shown.map { _ in .right } + [.left])
        grid.add(axes.map { $0.split(separator: ".").last.map(String.init) ?? $0 } + shown.map { figures[$0] } + ["verdict"])
        for (row, cells) in zip(rows, cells) { grid.add(row.values + shown.map { cells[$0] } + [verdict(row)]) }
        return (["SWEEP  \(axes.joined(separator: " × ")), \(rows.count) points"] + grid.lines(width: width)).joined(separator: "\n") + "\n"
    }

    private static func figures(_ row: Row) -> [String] {
        guard case .measured(let record) = row.outcome else { return figures.map { _ in "–" } }
        let load = LoadReading(record)
        let isSaturated = record.verdict?.outcome == .saturated
        let latencies = [0.5, 0.99].map { quantile in isSaturated ? "–" : load?.cell("response", quantile).map { brief($0.reading) } ?? "–" }
        let cost = load?.phase.costs?.metrics.first { $0.name == "cpu_ns_per_record" }?.value
        let append = record.headlines.append?.rows.first { $0.height == .broker }?.accepted.value
        return [load.map { grouped($0.acknowledgedPerSecond) } ?? "–", load.map { figure($0.megabytesPerSecond, unit: "MB/s") } ?? "–"] + latencies
            + [cost.map { figure($0, unit: "ns") } ?? "–", append.map { figure($0, unit: "MB/s") } ?? "–"]
    }

    /// Whose bound it is stands in the run's own table.
    private static func brief(_ reading: QuantileReading) -> String {
        guard case .measured(let nanoseconds, let bound, _) = reading else { return "n/a" }
        return (bound == nil ? "" : "≤ ") + Duration.text(nanoseconds: nanoseconds)
    }

    private static func verdict(_ row: Row) -> String {
        switch row.outcome {
        case .failed(let reason): "FAILED: \(reason)"
        case .measured(let record): "\((record.verdict?.outcome).map { "\($0)".uppercased() } ?? "none") \(record.identity.shortID)"
        }
    }
}
