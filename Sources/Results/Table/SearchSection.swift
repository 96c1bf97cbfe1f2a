// A search: what it came to, and latency against load.
internal import Host
internal import Measurement

struct SearchSection: TableSection {
    let search: SearchRecord?

    /// The curve; which of several windows at a rate counts says the full form.
    func oneScreen(_ width: Int) -> [String] { lines(search?.curve ?? [], withReasons: false, width) }

    /// Every window in its order.
    func full(_ width: Int) -> [String] { lines(search?.trials ?? [], withReasons: true, width) }

    private func lines(_ trials: [SearchTrial], withReasons: Bool, _ width: Int) -> [String] {
        guard let search else { return [] }
        let hasIntervals = withReasons && trials.contains { $0.interval(0.99) != nil }
        let (hasLag, hasLate) = (trials.contains { $0.lagMaximumRecords != nil }, trials.contains { $0.lateShare > 0 })
        let times: [String] = ["p50", "p99"] + (hasIntervals ? ["95 % of p99"] : []) + ["p99.9", "max"]
        let read = search.endToEndAsked
        let readTimes: [String] = read.map { "e2e \($0)" }
        let figures: [String] = ["acked/s"] + times + readTimes + (hasLag ? ["lag", "lag slope"] : []) + (hasLate ? ["late"] : [])
        var grid = TextGrid([.left] + figures.map { _ in .right } + [.left])
        grid.add(["asked/s"] + figures)
        for trial in trials {
            grid.add(cells(trial, hasIntervals: hasIntervals, read: read, hasLag: hasLag, hasLate: hasLate), below: withReasons ? trial.reasons.joined(separator: "; ") : "")
        }
        return hanging("SEARCH    ", "\(search.objectiveText), to \(percent(search.precision)): \(search.text)", width)
            + (search.doubt.map { hanging("  sure ", $0, width) } ?? [])
            + (search.knee.map { hanging("  knee ", $0.text, width) } ?? []) + grid.lines(width: width)
    }

    private func cells(_ trial: SearchTrial, hasIntervals: Bool, read: [String], hasLag: Bool, hasLate: Bool) -> [String] {
        var cells = [grouped(trial.offeredPerSecond), grouped(trial.achievedPerSecond)]
        for quantile in [0.5, 0.99, 0.999] {
            cells.append(trial.reading(quantile)?.brief ?? "–")
            if hasIntervals, quantile == 0.99 { cells.append(trial.interval(quantile)?.text ?? "–") }
        }
        cells.append(trial.maximumNanoseconds.map { Duration.text(nanoseconds: $0) } ?? "–")
        cells += read.map { trial.endToEndBrief($0) ?? "–" }
        if hasLag {
            cells.append(trial.lagMaximumRecords.map { grouped(Double($0)) } ?? "–")
            cells.append(trial.lagSlope.map { whole($0.estimate) } ?? "–")
        }
        if hasLate { cells.append(trial.lateShare > 0 ? decidingPercent(trial.lateShare) : "0") }
        return cells + [words(trial)]
    }

    private func words(_ trial: SearchTrial) -> String {
        let outcome = switch trial.outcome {
        case .passed: "passed"
        case .failed: "failed"
        case .clientBound: "client-bound"
        case .spoiled: "spoiled"
        }
        return trial.kind == .confirm ? "final: \(outcome)" : outcome
    }
}

extension SearchTrial {
    /// - Parameter name: `p99`, `max`.
    package func endToEndBrief(_ name: String) -> String? {
        if name == "max" { return endToEndMaximumNanoseconds.map { Duration.text(nanoseconds: $0) } }
        return endToEnd?.first { quantileName($0.quantile) == name }?.reading.brief
    }
}
