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

    /// - Parameter axes: dotted paths.
    package static func text(axes: [String], _ rows: [Row], width: Int = 100) -> String {
        let names = unique(rows.flatMap { groups(of: $0).map(\.name) })
        // The times of several groups together say nothing of any.
        let times = names.isEmpty ? ["p50", "p99"] : names.flatMap { ["\($0) p50", "\($0) p99"] }
        let titles = ["loop", "rec/s", "MB/s"] + times + ["broker ns/rec", "append MB/s"] + zeroCopyTitles
        let cells = rows.map { figures($0, names) }
        // A column that no point has anything in says nothing. Loads follow a schedule unless it is said.
        let shown = titles.indices.filter { column in cells.contains { !["–", "open"].contains($0[column]) } }
        var grid = TextGrid(axes.map { _ in .right } + shown.map { _ in .right } + [.left])
        grid.add(axes.map { $0.split(separator: ".").last.map(String.init) ?? $0 } + shown.map { titles[$0] } + ["verdict"])
        for (row, cells) in zip(rows, cells) { grid.add(row.values + shown.map { cells[$0] } + [verdict(row)]) }
        return (["SWEEP  \(axes.joined(separator: " × ")), \(rows.count) points"] + grid.lines(width: width)).joined(separator: "\n") + "\n"
    }

    /// Of producers, by name.
    private static func groups(of row: Row) -> [LoadReading.Group] {
        guard case .measured(let record) = row.outcome else { return [] }
        return LoadReading(record)?.groups.filter(\.isProducing) ?? []
    }

    private static func figures(_ row: Row, _ names: [String]) -> [String] {
        guard case .measured(let record) = row.outcome else { return Array(repeating: "–", count: 5 + max(2, 2 * names.count) + zeroCopyTitles.count) }
        let load = LoadReading(record)
        let cost = load?.phase.costs?.metrics.first { $0.name == "cpu_ns_per_record" }?.value
        let append = record.headlines.append?.rows.first { $0.height == .broker }?.accepted.value
        return [load?.mode ?? "–", load.map { grouped($0.acknowledgedPerSecond) } ?? "–", load.map { figure($0.megabytesPerSecond, unit: "MB/s") } ?? "–"]
            + (names.isEmpty ? times(load, record) : groupTimes(groups(of: row), names))
            + [cost.map { figure($0, unit: "ns") } ?? "–", append.map { figure($0, unit: "MB/s") } ?? "–"] + zeroCopy(record.headlines.zeroCopy)
    }

    private static let zeroCopyTitles = ["splice s/GB", "best copy s/GB", "% saved", "throughput x", "fetch p50 x"]

    /// Splice against the best copy, or the idiomatic one where there is no other.
    private static func zeroCopy(_ headline: ZeroCopyHeadline?) -> [String] {
        let rows = headline?.comparisons.filter { $0.zeroCopy == "splice" } ?? []
        guard let headline, let row = rows.first(where: { $0.baselineKind == "best" }) ?? rows.first else { return zeroCopyTitles.map { _ in "–" } }
        var reasons = Reasons(marked: false)
        let costs = [row.zeroCopy, row.baseline].map { name in headline.modes.first { $0.mode == name }.map { reasons.value($0.cpuSecondsPerGB) } ?? "–" }
        return costs + [reasons.cell(row.saving), reasons.value(row.throughputRatio), row.latencyRatio.map { reasons.value($0) } ?? "–"]
    }

    private static let quantiles = [0.5, 0.99]

    private static func times(_ load: LoadReading?, _ record: RunRecord) -> [String] {
        let isSaturated = record.verdict?.outcome == .saturated
        return quantiles.map { quantile in isSaturated ? "–" : load?.cell("response", quantile).map { $0.reading.brief } ?? "–" }
    }

    private static func groupTimes(_ groups: [LoadReading.Group], _ names: [String]) -> [String] {
        names.flatMap { name -> [String] in
            let group = groups.first { $0.name == name && !$0.record.isSaturated }
            return quantiles.map { quantile in group?.cell("response", quantile).map { $0.reading.brief } ?? "–" }
        }
    }

    private static func verdict(_ row: Row) -> String {
        switch row.outcome {
        case .failed(let reason): "FAILED: \(reason)"
        case .measured(let record) where !record.complete: "INTERRUPTED \(record.identity.shortID)"
        case .measured(let record):
            "\((record.verdict?.outcome).map { "\($0)".uppercased() } ?? "none") \(record.identity.shortID)\(record.isClientBound ? ", client-bound" : "")"
        }
    }
}
