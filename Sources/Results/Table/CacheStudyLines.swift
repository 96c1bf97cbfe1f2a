// The page cache beyond one hit rate, in lines of the table: the curve over a reader's lag, the warm-up, the broker's own memory.
internal import Host
internal import Measurement

struct CacheStudyLines {
    let headline: HitRateHeadline

    func lines(_ width: Int) -> [String] {
        curve(width) + byPoint(width) + notes(headline.lagCurve.flatMap { $0.points.isEmpty ? nil : $0.notes } ?? [], width) + warmUps(width) + doubleCaching(width)
    }

    /// What fits on the one screen: nothing but the curve, without its notes.
    func curve(_ width: Int) -> [String] {
        guard let curve = headline.lagCurve else { return [] }
        let title = "PAGE CACHE BY LAG"
        guard !curve.points.isEmpty else { return hanging("\(title)  ", "n/a: " + curve.notes.joined(separator: "; "), width) }
        var reasons = Reasons(marked: false)
        var grid = TextGrid([.right, .right, .right, .right, .right, .right, .right, .right, .right])
        grid.addHead("\(title) ÷ CACHE", ["lag", "hit rate %", "device %", "read MB/s", "fetch p50", "p99", "producer p50", "p99"])
        let nothing = Array(repeating: "–", count: 6)
        if !curve.alone.isEmpty { grid.add(["no reader"] + nothing + cells(curve.alone)) }
        for point in curve.points {
            let read = [reasons.cell(point.hitRate), reasons.value(point.deviceShare), reasons.value(point.throughput)]
            let place = [threeDigits(point.lagShare), byteText(Double(point.lagBytes))]
            grid.add(place + read + cells(point.fetch) + cells(point.producer))
        }
        var conditions = ["cache \(byteText(Double(curve.cacheBytes))) of \(byteText(Double(curve.limitBytes)))", "control group of version \(curve.controlGroup ?? 0)"]
        if let readahead = curve.readahead { conditions.append("readahead \(readahead)") }
        if let share = curve.cpuDisagreement { conditions.append("the broker's CPU by its control group and by its own clock within \(percent(share, decimals: 2))") }
        return grid.lines(width: width) + listed("  ", conditions, width)
    }

    /// What has no column.
    private func byPoint(_ width: Int) -> [String] {
        let points = headline.lagCurve?.points ?? []
        let costs = points.compactMap { point in point.samplingCost?.value.map { "\(threeDigits(point.lagShare)): \(fixed($0, 1))" } }
        let ahead = points.compactMap { point in point.prefetch?.value.map { "\(threeDigits(point.lagShare)): \(fixed($0, 1))" } }
        return listed("  read ahead of being asked for, % of bytes served, by lag  ", ahead, width) + listed("  looking at every range costs % of MB/s, by lag  ", costs, width)
    }

    private func cells(_ cells: [QuantileCell]) -> [String] { cells.map(\.reading.brief) }

    private func warmUps(_ width: Int) -> [String] {
        guard let warmUps = headline.warmUps, !warmUps.isEmpty else { return [] }
        var grid = TextGrid([.left, .right, .right, .right, .right])
        grid.addHead("WARM-UP", ["resident before %", "first hit rate %", "last hit rate %", "passes to 99 %"])
        for row in warmUps {
            grid.add([
                row.state, fixed(row.residentBefore, 1), row.points.first?.hitRate.map { fixed($0, 1) } ?? "–", row.points.last?.hitRate.map { fixed($0, 1) } ?? "–",
                row.passesUntilWarm(99).map { fixed($0, 2) } ?? "not within them",
            ])
        }
        return grid.lines(width: width)
    }

    private func doubleCaching(_ width: Int) -> [String] {
        headline.doubleCaching.map { hanging("DOUBLE CACHING  ", $0.sentence, width) } ?? []
    }
}

extension DoubleCaching {
    /// `none: the broker's own memory grew by 1.2 MiB while 512 MiB of its log came into the page cache`
    package var sentence: String {
        let verdict =
            switch isAbsent {
            case true?: "none"
            case false?: "SEEN"
            case nil: "can't be told"
            }
        return "\(verdict): the broker's own memory grew by \(byteText(Double(memoryGrowth))) while \(byteText(Double(cacheGrowth))) of its log came into the page cache"
    }
}
