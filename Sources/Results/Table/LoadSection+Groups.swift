// A load of several named groups: a row each, and a column a group and clock.
internal import Host
internal import Measurement

extension LoadSection {
    func add(_ group: LoadReading.Group, isFull: Bool, to rates: inout TextGrid) {
        let title = "\(group.name), \(group.isProducing ? "\(group.record.mode) loop" : group.record.mode)"
        let remarks: [String] = [
            group.compressed.map(compression), group.behind.map { "\(grouped(Double($0))) records behind at the end" },
            group.record.isSaturated ? "saturated: no latency claim" : nil,
        ].compactMap { $0 } + (isFull ? [group.record.lag.map { "lag \($0.text)" }].compactMap { $0 } + group.record.notes : [])
        rates.add(
            [
                title, group.askedPerSecond.map(grouped) ?? "–", group.acknowledgedPerSecond.map(grouped) ?? "–",
                figure(group.megabytesPerSecond, unit: "MB/s"), group.consumedPerSecond.map(grouped) ?? "–",
            ], below: remarks.joined(separator: "; "))
    }

    private struct Column {
        let title: String
        let cell: (Double) -> String
        let maximum: String
    }

    /// What a group's records took. Those of all groups together only where all follow one kind of load: a schedule's times and a
    /// closed loop's are no one figure.
    func groupLatencies(_ load: LoadReading, _ quantiles: [Double], isFull: Bool, _ width: Int) -> [String] {
        let shown = isFull ? LoadReading.clocks : ["response", "end_to_end"]
        var columns = load.groups.filter { !$0.record.isSaturated }.flatMap { group in
            group.recordedClocks.filter(shown.contains).map { clock in
                Column(
                    title: "\(group.name) \(name(clock, group.record.mode))", cell: { group.cell(clock, $0)?.reading.description ?? "–" },
                    maximum: maximum(group.maximum(clock)))
            }
        }
        if isFull, !isSaturated, load.mode != "mixed", load.groups.count(where: \.isProducing) > 1, load.recordedClocks.contains("response") {
            columns.append(
                Column(
                    title: "all \(name("response", load.mode))", cell: { load.cell("response", $0)?.reading.description ?? "–" },
                    maximum: maximum(load.maximum("response"))))
        }
        guard !columns.isEmpty else { return [] }
        let hiccup = load.phase.histograms["hiccup"]
        columns.append(
            Column(
                title: "timer overshoot", cell: { quantile in hiccup.map { $0.reading(at: quantile, hiccup: nil).description } ?? "–" },
                maximum: maximum(load.maximum("hiccup"))))
        var grid = TextGrid([.left] + columns.map { _ in .right })
        grid.add([""] + columns.map(\.title))
        for quantile in quantiles { grid.add([quantileName(quantile)] + columns.map { $0.cell(quantile) }) }
        grid.add(["max"] + columns.map(\.maximum))
        return grid.lines(width: width)
    }

    private func name(_ clock: String, _ mode: String?) -> String {
        clock == "response" && mode != "open" ? "response (\(mode ?? "no") loop)" : clock.replacing("_", with: "-")
    }

    private func maximum(_ nanoseconds: UInt64?) -> String { nanoseconds.map { Duration.text(nanoseconds: $0) } ?? "–" }
}
