// The page-cache hit rate by three instruments, and what zero-copy saves.
internal import Measurement
internal import Results

extension RunChapters {
    var hitRate: Chapter? {
        guard let part = record.headlines.hitRate, !part.rows.isEmpty else { return nil }
        let groups = Set(part.rows.map(\.group)).count
        let rows = part.rows.map { row -> [DataCell] in
            [
                .text(groups > 1 ? "\(row.state) · \(row.group)" : row.state), DataCell(row.byBroker.value), DataCell(row.byProcess.value), DataCell(row.byDevice.value),
                DataCell(row.bytesServed), .text("readahead \(row.readahead)"), DataCell(row.prefetchShare.map { $0 * 100 }),
                .text((row.agrees == false ? "DISAGREE: " : "") + row.agreement),
            ]
        }
        let words = part.rows.compactMap { row in row.byBroker.value.map { "\(row.state) \(CellText.number($0, "%")) %" } }
        let chart = Chart(
            id: id("hit-rate"), title: "Page-cache hit rate",
            summary: "Share of fetched bytes that were in memory when they were served, told by three instruments that share no source. By the broker: \(words.joined(separator: ", ")).",
            kind: .bars,
            columns: [
                DataColumn("state"), DataColumn("by broker", "%"), DataColumn("by process", "%"), DataColumn("by device", "%"), DataColumn("served", "bytes"),
                DataColumn("readahead"), DataColumn("of device reads prefetched", "%"), DataColumn("agreement"),
            ], rows: rows, x: .init(title: "% of bytes served", unit: "%", range: [0, 100]),
            series: [.init(name: "by broker (cachestat)", x: 1, y: 0), .init(name: "by process (bytes read)", x: 2, y: 0), .init(name: "by device (sectors)", x: 3, y: 0)])
        var pieces: [Chapter.Piece?] = [.chart(chart)]
        for more in [part.lagCurve.flatMap(cacheHitCurve), part.lagCurve.flatMap(cacheLagTimes), part.warmUps.flatMap(cacheWarmUps)] {
            if let more { pieces.append(.chart(more)) }
        }
        var said = part.notes + (part.lagCurve?.notes ?? []) + known(part)
        if let memory = part.doubleCaching { said.append("double caching: \(memory.sentence)") }
        pieces.append(.notes(said + absent(part.rows.flatMap { [$0.byBroker, $0.byProcess, $0.byDevice] })))
        return Chapter(id("hit-rate-chapter"), "Page-cache hit rate", pieces)
    }

    /// What was to be found, where that was known.
    private func known(_ part: HitRateHeadline) -> [String] {
        part.rows.compactMap { row in row.expected?.value.map { "\(row.state), \(row.group): \(CellText.number($0, "%")) % was to be found" } }
    }

    var zeroCopy: Chapter? {
        guard let part = record.headlines.zeroCopy, !part.modes.isEmpty else { return nil }
        let reasons = absent([part.floor] + part.comparisons.flatMap { [$0.saving, $0.savingNetOfFloor, $0.throughputRatio] })
        return Chapter(
            id("zero-copy-chapter"), "Zero-copy",
            [
                .chart(modes(part)), savings(part).map { .chart($0) }, details(part).map { .chart($0) },
                ZeroCopyExplanation.text(part).map { .note($0) },
                .notes([part.defaultLine].compactMap { $0 } + part.notes + bareSplice(part) + reasons),
            ])
    }

    private func modes(_ part: ZeroCopyHeadline) -> Chart {
        let floor = part.floor.value.map { Chart.Reference(value: $0, name: "floor: the same bytes, no file") }
        let lastRow: [[DataCell]] = part.floor.value == nil ? [] : [[.text("floor")] + part.floor.cells + Self.nothing + Self.nothing]
        return Chart(
            id: id("zero-copy"), title: "What each way of sending costs",
            summary: "Broker CPU seconds per GB out, \(part.load), \(part.placement); bars are 95 % intervals, less is better. The dashed line is the floor: the same bytes from constant memory.",
            kind: .intervals,
            columns: [
                DataColumn("served by"), DataColumn("broker CPU", "CPU-s/GB"), DataColumn("lower", "CPU-s/GB"), DataColumn("upper", "CPU-s/GB"),
                DataColumn("throughput", "GB/s"), DataColumn("lower", "GB/s"), DataColumn("upper", "GB/s"),
                DataColumn("with unattributed", "CPU-s/GB"), DataColumn("lower", "CPU-s/GB"), DataColumn("upper", "CPU-s/GB"),
            ],
            rows: part.modes.map { row -> [DataCell] in
                [.text(row.mode)] + row.cpuSecondsPerGB.cells + row.throughput.cells + (row.cpuSecondsPerGBWithUnattributed?.cells ?? Self.nothing)
            } + lastRow,
            x: .init(title: "broker CPU-s/GB", unit: "CPU-s/GB"), series: [.init(name: "broker CPU-s/GB", x: 1, y: 0, low: 2, high: 3)], reference: floor)
    }

    /// What a C loop of splice did in the same rounds.
    private func bareSplice(_ part: ZeroCopyHeadline) -> [String] {
        guard let bare = part.bareSplice, let cost = bare.cpuSecondsPerGB.value, let speed = bare.throughput.value else { return [] }
        let ratio = part.spliceOverBare?.value.map { "; the broker's splice has \(CellText.number($0, "x")) times its throughput" } ?? ""
        return ["a bare C loop of splice: \(CellText.number(cost, "CPU-s/GB")) CPU-s/GB, \(CellText.number(speed, "GB/s")) GB/s\(ratio)"]
    }

    /// System calls and context switches for each GB, and times; nil in results that did not take them.
    private func details(_ part: ZeroCopyHeadline) -> Chart? {
        guard part.modes.contains(where: { $0.syscallsPerGB?.value != nil }) else { return nil }
        return Chart(
            id: id("zero-copy-calls"), title: "System calls and context switches",
            summary: "Of the broker, for each GB out, with 95 % intervals; the fetches' own times beside them.", kind: .intervals,
            columns: [
                DataColumn("served by"), DataColumn("system calls", "/GB"), DataColumn("lower", "/GB"), DataColumn("upper", "/GB"), DataColumn("context switches", "/GB"),
                DataColumn("lower", "/GB"), DataColumn("upper", "/GB"), DataColumn("fetch p50", "ns"), DataColumn("fetch p99", "ns"),
                DataColumn("client's busiest thread", "%"), DataColumn("user CPU", "CPU-s/GB"), DataColumn("system CPU", "CPU-s/GB"),
            ],
            rows: part.modes.map { row -> [DataCell] in
                [.text(row.mode)] + (row.syscallsPerGB?.cells ?? Self.nothing) + (row.contextSwitchesPerGB?.cells ?? Self.nothing)
                    + [DataCell(row.fetchP50?.value), DataCell(row.fetchP99?.value), DataCell(row.clientShare?.value)]
                    + [DataCell(row.userSecondsPerGB?.value), DataCell(row.systemSecondsPerGB?.value)]
            }, x: .init(title: "for each GB", unit: "/GB"),
            series: [.init(name: "system calls", x: 1, y: 0, low: 2, high: 3), .init(name: "context switches", x: 4, y: 0, low: 5, high: 6)])
    }
    private static let nothing: [DataCell] = [.absent, .absent, .absent]

    private func savings(_ part: ZeroCopyHeadline) -> Chart? {
        guard !part.comparisons.isEmpty else { return nil }
        var series: [Chart.Series] = [
            .init(name: "saved", x: 1, y: 0, low: 2, high: 3), .init(name: "saved, net of the floor", x: 4, y: 0, low: 5, high: 6),
        ]
        if part.comparisons.contains(where: { $0.savingWithUnattributed != nil }) {
            series.append(.init(name: "saved, of broker and unattributed", x: 11, y: 0, low: 12, high: 13))
        }
        let words = part.comparisons.compactMap { row in row.saving.value.map { "\(row.zeroCopy) against \(row.baseline) \(CellText.number($0, "%")) %" } }
        return Chart(
            id: id("zero-copy-saving"), title: "What zero-copy saves of the broker's CPU",
            summary: "Against two named copies, the idiomatic and the best: \(words.joined(separator: ", ")). Bars are 95 % intervals of paired slices.", kind: .intervals,
            columns: [
                DataColumn("comparison"), DataColumn("saved", "%"), DataColumn("lower", "%"), DataColumn("upper", "%"), DataColumn("net of floor", "%"),
                DataColumn("lower", "%"), DataColumn("upper", "%"), DataColumn("throughput", "x"), DataColumn("lower", "x"), DataColumn("upper", "x"), DataColumn("pairs"),
                DataColumn("with unattributed", "%"), DataColumn("lower", "%"), DataColumn("upper", "%"),
                DataColumn("fetch p99", "x"), DataColumn("lower", "x"), DataColumn("upper", "x"),
            ],
            rows: part.comparisons.map { row -> [DataCell] in
                let figures = row.saving.cells + row.savingNetOfFloor.cells + row.throughputRatio.cells + [DataCell.number(Double(row.pairs))]
                let more = (row.savingWithUnattributed?.cells ?? Self.nothing) + (row.latencyP99Ratio?.cells ?? Self.nothing)
                return [.text("\(row.zeroCopy) vs \(row.baseline) (\(row.baselineKind))")] + figures + more
            }, x: .init(title: "% of the copy's CPU per GB", unit: "%"),
            series: series, reference: .init(value: 0, name: "nothing saved"))
    }

    /// Why there is no value, each reason once.
    func absent(_ metrics: [Metric]) -> [String] {
        unique(metrics.compactMap { metric in metric.unavailable.map { "\(metric.name.replacing("_", with: " ")) n/a: \($0)" } })
    }
}
