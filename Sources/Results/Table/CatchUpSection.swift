// Readers that caught up: how long it took, and what the producers felt of it.
internal import Host
internal import Measurement

struct CatchUpSection: TableSection {
    let phase: PhaseRecord?
    /// The steady phase before it.
    let before: LoadReading?

    func oneScreen(_ width: Int) -> [String] { lines(width, quantiles: [0.5, 0.99, 0.999]) }

    func full(_ width: Int) -> [String] { lines(width, quantiles: LoadReading.quantiles) }

    private func lines(_ width: Int, quantiles: [Double]) -> [String] {
        guard let phase, let catchUp = phase.catchUp else { return [] }
        let offered = catchUp.offeredPerSecond > 0 ? "producers \(catchUp.producers) at \(grouped(catchUp.offeredPerSecond)) rec/s" : "producers stopped"
        let start = "\(grouped(Double(catchUp.backlogRecords))) records (\(grouped(catchUp.backlogBytes / 1e6)) MB) behind after \(fixed(catchUp.buildSeconds, 1)) s, "
            + "cache \(catchUp.cache), \(offered)"
        let bound = catchUp.isClientBound ? "; client-bound: the busiest reader had no CPU to spare" : ""
        let end = catchUp.seconds.map { "caught up in \(fixed($0, 2)) s" } ?? "not caught up: \(grouped(Double(catchUp.remainingRecords))) records behind when the time was up"
        let rate = "\(grouped(catchUp.readRecordsPerSecond)) rec/s, \(figure(catchUp.readMegabytesPerSecond, unit: "MB/s")) MB/s read"
        return hanging("CATCH-UP  ", start, width) + hanging("  ", "\(end): \(rate)\(bound)", width) + tail(phase, quantiles, width)
    }

    /// What the producers felt, and tails that read on beside groups that caught up.
    private func tail(_ phase: PhaseRecord, _ quantiles: [Double], _ width: Int) -> [String] {
        guard let meanwhile = LoadReading(phase: phase), let before, !meanwhile.recordedClocks.isEmpty else { return [] }
        let modes = meanwhile.groups.map(\.record.mode)
        let hasTail = modes.contains("tail") && modes.contains("catch-up")
        let clocks = before.recordedClocks.filter { ($0 != "end_to_end" || hasTail) && meanwhile.recordedClocks.contains($0) }
        guard !clocks.isEmpty else { return [] }
        var grid = TextGrid([.left] + clocks.flatMap { _ in [TextGrid.Alignment.right, .right] })
        grid.add([""] + clocks.flatMap { ["\($0 == "end_to_end" ? "tail’s end-to-end" : $0) before", "meanwhile"] })
        for quantile in quantiles {
            grid.add([quantileName(quantile)] + clocks.flatMap { clock in [before, meanwhile].map { $0.cell(clock, quantile)?.reading.brief ?? "–" } })
        }
        grid.add(["max"] + clocks.flatMap { clock in [before, meanwhile].map { $0.maximum(clock).map { Duration.text(nanoseconds: $0) } ?? "–" } })
        return grid.lines(width: width)
    }
}
