// The page cache beyond one hit rate, as plots: over a reader's lag, and while it warms up.
internal import Measurement
internal import Results

extension RunChapters {
    /// What a reader finds in memory and how fast it reads, over how far behind it is.
    func cacheHitCurve(_ curve: CacheLagCurve) -> Chart? {
        guard !curve.points.isEmpty else { return nil }
        let rows = curve.points.map { point -> [DataCell] in
            [
                .number(point.lagShare), .number(Double(point.lagBytes)), DataCell(point.hitRate.value), DataCell(point.deviceShare.value), DataCell(point.throughput.value),
                .number(point.residentBefore), DataCell(point.samplingCost?.value), DataCell(point.prefetch?.value),
            ]
        }
        let words = curve.points.compactMap { point in point.hitRate.value.map { "\(CellText.number(point.lagShare, "x")) caches behind \(CellText.number($0, "%")) %" } }
        return Chart(
            id: id("cache-hit-curve"), title: "Cache hits by lag",
            summary: "Share of what a reader fetched that was in memory, over how far behind it was, in caches: \(words.joined(separator: ", ")). The broker's cache is bounded by a control group; beside the reader a producer writes to another topic.",
            kind: .lines,
            columns: [
                DataColumn("lag ÷ cache", "x"), DataColumn("lag", "bytes"), DataColumn("hit rate", "%"), DataColumn("read from the device ÷ served", "%"),
                DataColumn("fetch throughput", "MB/s"), DataColumn("of the log resident before", "%"), DataColumn("throughput that sampling costs", "%"),
                DataColumn("read ahead ÷ served", "%"),
            ], rows: rows, x: .init(title: "bytes behind ÷ bytes of cache", unit: "x", log: true), y: .init(title: "% of bytes served", unit: "%"),
            series: [.init(name: "in memory when served", x: 0, y: 2), .init(name: "read from the device", x: 0, y: 3)],
            reference: .init(value: 100, name: "everything served"))
    }

    /// What the reader and the producer beside it wait for.
    func cacheLagTimes(_ curve: CacheLagCurve) -> Chart? {
        guard !curve.points.isEmpty else { return nil }
        let rows = curve.points.map { point -> [DataCell] in [.number(point.lagShare)] + times(point.fetch) + times(point.producer) }
        let alone = curve.alone.last?.reading.nanoseconds.map { Chart.Reference(value: Double($0), name: "producer p99 without a reader") }
        return Chart(
            id: id("cache-lag-times"), title: "Times by lag",
            summary: "What the reader's fetches take, and what the producer of another topic waits for meanwhile. A missing point had too few samples for its quantile.",
            kind: .lines,
            columns: [DataColumn("lag ÷ cache", "x")] + ["fetch p50", "fetch p99", "producer p50", "producer p99"].map { DataColumn($0, "ns") }, rows: rows,
            x: .init(title: "bytes behind ÷ bytes of cache", unit: "x", log: true), y: .init(title: "time", unit: "ns", log: true),
            series: [.init(name: "fetch p50", x: 0, y: 1), .init(name: "fetch p99", x: 0, y: 2), .init(name: "producer p50", x: 0, y: 3), .init(name: "producer p99", x: 0, y: 4)],
            reference: alone)
    }

    private func times(_ cells: [QuantileCell]) -> [DataCell] {
        [0.5, 0.99].map { quantile in DataCell(cells.first { $0.quantile == quantile }?.reading.nanoseconds) }
    }

    /// Hit rate over what a reader has read since a restart, and since an empty cache.
    func cacheWarmUps(_ warmUps: [CacheWarmUp]) -> Chart? {
        guard warmUps.contains(where: { !$0.points.isEmpty }) else { return nil }
        // A column for each state, so that each is a line of its own.
        let rows = warmUps.indices.flatMap { state in
            warmUps[state].points.map { point -> [DataCell] in
                [.number(point.passes), .number(point.seconds), .number(point.megabytesPerSecond)]
                    + warmUps.indices.map { $0 == state ? DataCell(point.hitRate) : .absent }
            }
        }
        let words = warmUps.map { "\($0.state): \(CellText.number($0.residentBefore, "%")) % of the log was in memory at the start" }
        return Chart(
            id: id("cache-warm-up"), title: "How the cache warms up",
            summary: "Share of what was served that was in memory, as a reader goes over the log again and again. \(words.joined(separator: "; ")).", kind: .lines,
            columns: [DataColumn("logs read", "x"), DataColumn("after", "s"), DataColumn("throughput", "MB/s")] + warmUps.map { DataColumn($0.state, "%") }, rows: rows,
            x: .init(title: "bytes read ÷ bytes of the log", unit: "x"), y: .init(title: "% of bytes served", unit: "%", range: [0, 105]),
            series: warmUps.indices.map { .init(name: warmUps[$0].state, x: 0, y: 3 + $0) })
    }
}
