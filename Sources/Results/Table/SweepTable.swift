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
        let table = laidOut(axes, rows)
        let alignments: [TextGrid.Alignment] = table.heads.dropLast().map { wordy.contains($0) ? .left : .right }
        var grid = TextGrid(alignments + [.left])
        grid.add(table.heads)
        for cells in table.rows { grid.add(cells) }
        let lines = [title(axes, rows)] + grid.lines(width: width) + defaultLine(rows).flatMap { hanging("  ", $0, width) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same in Markdown.
    package static func markdown(axes: [String], _ rows: [Row]) -> String {
        let table = laidOut(axes, rows)
        func line(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: "\\|").replacing("\n", with: " ") }.joined(separator: " | ") + " |"
        }
        let rule = "|" + (table.heads.dropLast().map { wordy.contains($0) ? "---|" : "--:|" } + ["---|"]).joined()
        let lines = ["**\(title(axes, rows))**", "", line(table.heads), rule] + table.rows.map(line) + defaultLine(rows).flatMap { ["", $0] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func title(_ axes: [String], _ rows: [Row]) -> String { "SWEEP  \(axes.joined(separator: " × ")), \(rows.count) points" }

    /// Columns of words.
    private static let wordy: Set = ["engine limited by", "limited by", "least CPU", "default"]

    private static func laidOut(_ axes: [String], _ rows: [Row]) -> (heads: [String], rows: [[String]]) {
        let names = unique(rows.flatMap { groups(of: $0).map(\.name) })
        // The times of several groups together say nothing of any.
        let times = names.isEmpty ? ["p50", "p99"] : names.flatMap { ["\($0) p50", "\($0) p99"] }
        let titles = ["loop", "rec/s", "MB/s"] + times + ["broker ns/rec"] + appendTitles + zeroCopyTitles
        let cells = rows.map { figures($0, names, columns: titles.count) }
        // A column that no point has anything in says nothing. Loads follow a schedule unless it is said.
        let shown = titles.indices.filter { column in cells.contains { !["–", "open"].contains($0[column]) } }
        return (
            axes.map { $0.split(separator: ".").last.map(String.init) ?? $0 } + shown.map { titles[$0] } + ["verdict"],
            zip(rows, cells).map { row, cells in row.values + shown.map { cells[$0] } + [verdict(row)] }
        )
    }

    /// Of producers, by name.
    private static func groups(of row: Row) -> [LoadReading.Group] {
        guard case .measured(let record) = row.outcome else { return [] }
        return LoadReading(record)?.groups.filter(\.isProducing) ?? []
    }

    private static func figures(_ row: Row, _ names: [String], columns: Int) -> [String] {
        guard case .measured(let record) = row.outcome else { return Array(repeating: "–", count: columns) }
        let load = LoadReading(record)
        let cost = load?.phase.costs?.metrics.first { $0.name == "cpu_ns_per_record" }?.value
        var cells = [load?.mode ?? "–", load.map { grouped($0.acknowledgedPerSecond) } ?? "–", load.map { figure($0.megabytesPerSecond, unit: "MB/s") } ?? "–"]
        cells += names.isEmpty ? times(load, record) : groupTimes(groups(of: row), names)
        cells.append(cost.map { figure($0, unit: "ns") } ?? "–")
        return cells + append(record.headlines.append) + zeroCopy(record.headlines.zeroCopy)
    }

    private static let appendTitles = ["device MB/s", "engine MB/s", "engine limited by", "append MB/s", "limited by"]

    /// The heights, and what held each of them back; a device is its own limit.
    private static func append(_ headline: AppendHeadline?) -> [String] {
        let rows = headline?.rows ?? []
        func rate(_ value: Double?) -> String { value.map { figure($0, unit: "MB/s") } ?? "–" }
        let (engine, broker) = (rows.first { $0.height == .engine }, rows.first { $0.height == .broker })
        return [
            rate(rows.filter { $0.height == .device }.compactMap(\.durable.value).max()), rate(engine?.accepted.value), bound(engine),
            rate(broker?.accepted.value), bound(broker),
        ]
    }

    /// The resource alone: how much of it was used is in each run's own table.
    private static func bound(_ row: AppendRow?) -> String {
        guard let resource = row?.bindingResource?.prefix(while: { $0 != "(" }) else { return "–" }
        return String(resource.last == " " ? resource.dropLast() : resource)
    }

    /// `default splice: supported at 5 of 6 points, loses to mmap at 1`; none where no point tells.
    private static func defaultLine(_ rows: [Row]) -> [String] {
        let headlines = rows.compactMap { row -> ZeroCopyHeadline? in
            guard case .measured(let record) = row.outcome else { return nil }
            return record.headlines.zeroCopy
        }
        let words = headlines.compactMap { DefaultModeVerdict.judge($0)?.word }
        let modes = unique(headlines.compactMap(\.defaultMode))
        guard !words.isEmpty, modes.count == 1, let mode = modes.first else { return [] }
        let counts = unique(words).enumerated().map { place, word in
            "\(word) at \(words.filter { $0 == word }.count)" + (place == 0 ? " of \(words.count) points" : "")
        }
        return ["default \(mode): " + counts.joined(separator: ", ")]
    }

    private static let zeroCopyTitles = ["splice s/GB", "best copy s/GB", "% saved", "throughput x", "fetch p50 x", "least CPU", "default"]

    /// Splice against the best copy, or the idiomatic one where there is no other.
    private static func zeroCopy(_ headline: ZeroCopyHeadline?) -> [String] {
        let rows = headline?.comparisons.filter { $0.zeroCopy == "splice" } ?? []
        guard let headline, let row = rows.first(where: { $0.baselineKind == "best" }) ?? rows.first else { return zeroCopyTitles.map { _ in "–" } }
        var reasons = Reasons(marked: false)
        let costs = [row.zeroCopy, row.baseline].map { name in headline.modes.first { $0.mode == name }.map { reasons.value($0.cpuSecondsPerGB) } ?? "–" }
        let verdict = DefaultModeVerdict.judge(headline)
        return costs + [reasons.cell(row.saving), reasons.value(row.throughputRatio), row.latencyRatio.map { reasons.value($0) } ?? "–"]
            + [verdict.flatMap { _ in headline.cheapest?.mode } ?? "–", verdict?.word ?? "–"]
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
