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
        var modes = TextGrid([.left, .right, .right])
        modes.add(["served by", "broker CPU-s/GB", "GB/s"])
        for row in headline.modes { modes.add([row.mode, reasons.cell(row.cpuSecondsPerGB), reasons.cell(row.throughput)]) }
        modes.add(["floor: same bytes, no file", reasons.cell(headline.floor), ""])
        var savings = TextGrid([.left, .right, .right, .right])
        savings.add(["", "broker CPU saved %", "net of floor %", "throughput x"])
        for row in headline.comparisons {
            savings.add([
                "\(row.zeroCopy) vs \(row.baseline) (\(row.baselineKind))", reasons.cell(row.saving), reasons.cell(row.savingNetOfFloor),
                reasons.cell(row.throughputRatio),
            ])
        }
        return hanging("ZERO-COPY   ", conditions(headline).joined(separator: " · "), width) + modes.lines(width: width)
            + savings.lines(width: width) + reasons.lines(width) + notes(headline.notes, width)
    }

    private func conditions(_ headline: ZeroCopyHeadline) -> [String] {
        let pairs = Set(headline.comparisons.map(\.pairs)).sorted().map { "\($0)" }.joined(separator: " or ")
        return [headline.load, headline.placement] + (pairs.isEmpty ? [] : ["\(pairs) pairs"])
            + (headline.comparisons.contains { $0.saving.interval != nil } ? ["[95 % interval]"] : [])
    }
}
