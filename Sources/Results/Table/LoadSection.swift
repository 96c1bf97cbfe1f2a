// The profile's own load: what was asked, what came of it, and how long it took.
internal import Host
internal import Measurement

struct LoadSection: TableSection {
    let load: LoadReading?
    /// A saturated run makes no latency claim.
    let isSaturated: Bool

    func oneScreen(_ width: Int) -> [String] { lines(width, quantiles: [0.5, 0.99, 0.999], isFull: false) }

    func full(_ width: Int) -> [String] { lines(width, quantiles: LoadReading.quantiles, isFull: true) }

    private func lines(_ width: Int, quantiles: [Double], isFull: Bool) -> [String] {
        guard let load else { return [] }
        var rates = TextGrid([.left] + Array(repeating: .right, count: 4))
        rates.addHead("LOAD\(load.mode.map { " \($0) loop" } ?? "")", ["asked rec/s", "acknowledged rec/s", "MB/s", "consumed rec/s"])
        for group in load.groups { add(group, isFull: isFull, to: &rates) }
        rates.add([
            "\(load.groups.isEmpty ? "" : "all: ")\(load.phase.name), \(fixed(load.seconds, 1)) s\(load.phase.complete ? "" : ", interrupted")", load.askedPerSecond.map(grouped) ?? "–", grouped(load.acknowledgedPerSecond),
            figure(load.megabytesPerSecond, unit: "MB/s"), load.consumedPerSecond.map(grouped) ?? "–",
        ])
        let lag = load.phase.lag.map { hanging("  lag: ", $0.text, width) } ?? []
        let times = load.groups.isEmpty ? latencies(load, quantiles, width) : groupLatencies(load, quantiles, isFull: isFull, width)
        let compressed = load.compressed.map { ["  " + compression($0)] } ?? []
        return rates.lines(width: width) + compressed + late(load, width) + lag + load.phase.perturbationTexts.flatMap { hanging("  ", $0, width) } + drifts(load.phase) + times
    }

    func compression(_ compressed: (megabytesPerSecond: Double, ratio: Double)) -> String {
        "compressed \(fixed(compressed.ratio, 2)) to 1: \(figure(compressed.megabytesPerSecond, unit: "MB/s")) MB/s sent and stored"
    }

    /// What did not leave by its schedule, and how much of it because the broker let a lane's queue fill up.
    private func late(_ load: LoadReading, _ width: Int) -> [String] {
        guard let late = load.late else { return [] }
        let beyond = late.beyondQueue > 0 ? "; \(grouped(Double(late.beyondQueue))) of them found a lane's queue full" : ""
        let share = late.share.map { ", \(percent($0, decimals: 2)) of the schedule" } ?? ""
        return hanging("  late: ", "\(grouped(Double(late.records))) records\(share)\(beyond)", width)
    }

    /// What crept over a long phase, and what did not.
    private func drifts(_ phase: PhaseRecord) -> [String] {
        phase.drifts.map { drift in
            func signed(_ share: Double) -> String { (share < 0 ? "−" : "+") + percent(abs(share), decimals: 1) }
            return "  \(drift.figure.label), from first to last: \(signed(drift.change.estimate)) [\(signed(drift.change.lower)), \(signed(drift.change.upper))]"
                + (drift.isDrift ? " DRIFTS" : "")
        }
    }

    private func latencies(_ load: LoadReading, _ quantiles: [Double], _ width: Int) -> [String] {
        let clocks = load.recordedClocks
        guard !clocks.isEmpty, !isSaturated else { return isSaturated ? ["  saturated: no latency claim"] : [] }
        var grid = TextGrid([.left] + Array(repeating: .right, count: clocks.count + 1))
        let titles = clocks.map { $0 == "response" && load.mode != "open" ? "response (\(load.mode ?? "no") loop)" : $0.replacing("_", with: "-") }
        grid.add([""] + titles + ["timer overshoot"])
        let hiccup = load.phase.histograms["hiccup"]
        for quantile in quantiles {
            let own = clocks.map { load.cell($0, quantile)?.reading.description ?? "–" }
            grid.add([quantileName(quantile)] + own + [hiccup.map { $0.reading(at: quantile, hiccup: nil).description } ?? "–"])
        }
        grid.add(["max"] + (clocks + ["hiccup"]).map { load.maximum($0).map { Duration.text(nanoseconds: $0) } ?? "–" })
        return grid.lines(width: width)
    }
}
