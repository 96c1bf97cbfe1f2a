// What each transfer mode costs the broker, and what zero-copy saves against each named copy.
internal import Measurement

struct ZeroCopySection: TableSection {
    let headline: ZeroCopyHeadline?

    func oneScreen(_ width: Int) -> [String] {
        guard let headline else { return ["ZERO-COPY   not measured"] }
        var reasons = Reasons(marked: false)
        let baselines = unique(headline.comparisons.map(\.baseline))
        let kinds = baselines.map { baseline in headline.comparisons.first { $0.baseline == baseline }!.baselineKind }
        // Two copies of one kind are told apart by their names.
        let titles = Set(kinds).count == kinds.count ? kinds : baselines
        var grid = TextGrid([.left, .right, .right] + baselines.map { _ in .right })
        grid.addHead("ZERO-COPY", ["broker CPU-s/GB", "GB/s"] + titles.map { "% saved vs \($0)" })
        for row in headline.modes {
            let kind = baselines.firstIndex(of: row.mode).map { " (\(kinds[$0]))" } ?? ""
            let savings = baselines.map { baseline in
                headline.comparisons.first { $0.zeroCopy == row.mode && $0.baseline == baseline }.map { reasons.cell($0.saving) } ?? "–"
            }
            grid.add([row.mode + kind, reasons.cell(row.cpuSecondsPerGB), reasons.value(row.throughput)] + savings)
        }
        grid.add(["floor: no file at all", reasons.cell(headline.floor)])
        return grid.lines(width: width) + listed("  ", conditions(headline) + ["saved: broker CPU-s/GB"], width)
    }

    func full(_ width: Int) -> [String] {
        guard let headline else { return ["ZERO-COPY   not measured"] }
        var reasons = Reasons()
        // METHOD gives costs and savings of the broker alone, and with the CPU that no process has.
        let tellsMachine = headline.modes.contains { $0.cpuSecondsPerGBWithUnattributed != nil }
        let more: [TextGrid.Alignment] = tellsMachine ? [.right] : []
        var modes = TextGrid([.left, .right, .right] + more)
        modes.add(["served by", "broker CPU-s/GB", "GB/s"] + (tellsMachine ? ["with unattributed"] : []))
        for row in headline.modes {
            let cells = [row.mode, reasons.cell(row.cpuSecondsPerGB), reasons.cell(row.throughput)]
            modes.add(tellsMachine ? cells + [cell(row.cpuSecondsPerGBWithUnattributed, &reasons)] : cells)
        }
        modes.add(["floor: same bytes, no file", reasons.cell(headline.floor), ""])
        var savings = TextGrid([.left, .right, .right, .right] + more)
        savings.add(["", "broker CPU saved %", "net of floor %", "throughput x"] + (tellsMachine ? ["with unattributed %"] : []))
        for row in headline.comparisons {
            let cells = [
                "\(row.zeroCopy) vs \(row.baseline) (\(row.baselineKind))", reasons.cell(row.saving), reasons.cell(row.savingNetOfFloor),
                reasons.cell(row.throughputRatio),
            ]
            savings.add(tellsMachine ? cells + [cell(row.savingWithUnattributed, &reasons)] : cells)
        }
        let figures = modes.lines(width: width) + savings.lines(width: width) + details(headline, &reasons, width)
        let explanation = ZeroCopyExplanation.text(headline).map { hanging("  ", $0, width) } ?? []
        return hanging("ZERO-COPY   ", conditions(headline).joined(separator: " · "), width) + figures + reasons.lines(width)
            + notes([headline.defaultLine].compactMap { $0 } + headline.notes, width) + explanation
    }

    /// Times, system calls and context switches: none in results that did not take them.
    private func details(_ headline: ZeroCopyHeadline, _ reasons: inout Reasons, _ width: Int) -> [String] {
        guard headline.modes.contains(where: { $0.fetchP50 != nil }) else { return [] }
        let more = Self.later.filter { column in headline.modes.contains { $0[keyPath: column.value] != nil } }
        var modes = TextGrid([.left, .right, .right, .right, .right] + more.map { _ in .right })
        modes.add(["served by", "fetch p50", "p99", "syscalls/GB", "context switches/GB"] + more.map(\.title))
        for row in headline.modes {
            let counts = [row.syscallsPerGB, row.contextSwitchesPerGB] + more.map { row[keyPath: $0.value] }
            modes.add([row.mode] + [row.fetchP50, row.fetchP99].map { time($0, &reasons) } + counts.map { cell($0, &reasons) })
        }
        let tellsTail = headline.comparisons.contains { $0.latencyP99Ratio != nil }
        let tail: [TextGrid.Alignment] = tellsTail ? [.right] : []
        var ratios = TextGrid([.left, .right, .right, .right] + tail)
        ratios.add(["", "fetch p50 x", "syscalls x", "context switches x"] + (tellsTail ? ["fetch p99 x"] : []))
        for row in headline.comparisons {
            let figures = [row.latencyRatio, row.syscallRatio, row.contextSwitchRatio] + (tellsTail ? [row.latencyP99Ratio] : [])
            ratios.add(["\(row.zeroCopy) vs \(row.baseline)"] + figures.map { cell($0, &reasons) })
        }
        return modes.lines(width: width) + ratios.lines(width: width) + listed("  ", loops(headline, &reasons), width)
    }

    /// Columns that older results lack.
    private static var later: [(title: String, value: KeyPath<ModeRow, Metric?>)] {
        [("client's CPU %", \.clientShare), ("user s/GB", \.userSecondsPerGB), ("system s/GB", \.systemSecondsPerGB)]
    }

    /// What bare C loops did in the same rounds.
    private func loops(_ headline: ZeroCopyHeadline, _ reasons: inout Reasons) -> [String] {
        var found: [String] = []
        if let ratio = headline.bestCopyOverC { found.append("best copy over a C loop of pread and send: \(reasons.cell(ratio, withUnit: true))") }
        if let bare = headline.bareSplice {
            found.append("C loop of splice: \(reasons.cell(bare.cpuSecondsPerGB)) CPU-s/GB, \(reasons.cell(bare.throughput)) GB/s")
        }
        if let ratio = headline.spliceOverBare { found.append("throughput of splice over it: \(reasons.cell(ratio, withUnit: true))") }
        return found
    }

    private func cell(_ metric: Metric?, _ reasons: inout Reasons) -> String { metric.map { reasons.cell($0) } ?? "–" }

    private func time(_ metric: Metric?, _ reasons: inout Reasons) -> String {
        guard let metric else { return "–" }
        return metric.value.map { (metric.note == nil ? "" : "≤ ") + Duration.text(nanoseconds: UInt64($0)) } ?? reasons.value(metric)
    }

    private func conditions(_ headline: ZeroCopyHeadline) -> [String] {
        let pairs = Set(headline.comparisons.map(\.pairs)).sorted().map { "\($0)" }.joined(separator: " or ")
        let served = [
            headline.data, headline.fetchBytes.map { "fetches of \(byteText(Double($0)))" }, headline.consumers.map { $0 == 1 ? "1 consumer" : "\($0) consumers" },
        ].compactMap { $0 }
        return [headline.load, headline.placement] + served + (pairs.isEmpty ? [] : ["\(pairs) pairs"])
            + (headline.comparisons.contains { $0.saving.interval != nil } ? ["[95 % interval]"] : [])
    }
}
