// The headline sections of the table.
internal import Host
internal import Measurement

extension ResultTable {
    static func disks(_ record: RunRecord, _ width: Int) -> [String] {
        var lines: [String] = []
        for disk in record.disks {
            let confirmed = disk.classConfirmed.map { $0 ? " (confirmed by calibration)" : " (calibration does not fit that class)" } ?? ""
            let named = [disk.model, disk.transport].filter { !$0.isEmpty && $0 != "unknown" }.joined(separator: " ")
            let facts = [
                disk.filesystem, "\(disk.device)\(named.isEmpty ? "" : " (\(named))")", "class \(disk.diskClass)\(confirmed)",
                disk.scheduler.map { "scheduler \($0)" }, disk.writeCache.map { "write cache \($0)" },
            ]
            lines += listed("DISK          ", [disk.name] + facts.compactMap { $0 }, width)
            var reasons = Reasons()
            lines += calibrationLines(disk.calibration, &reasons, width)
            lines += reasons.lines(width)
        }
        let shown = Set(record.disks.flatMap(\.calibration).map(\.name))
        let host = record.calibration.before.filter { !shown.contains($0.name) }
        if !host.isEmpty {
            if !lines.isEmpty { lines.append("") }
            var reasons = Reasons()
            lines.append("MACHINE       calibrated in this run")
            lines += calibrationLines(host, &reasons, width)
            lines += reasons.lines(width)
        }
        return lines
    }

    private static let calibrationNames = [
        "write_buffered": "write + sync", "write_direct": "direct write", "append_fdatasync_p50": "4 KiB append + fdatasync p50",
        "append_fdatasync_p99": "p99", "read_cached": "cached read", "random_read_p50": "4 KiB random read p50", "random_read_p99": "p99",
        "crc_varint_one_core": "CRC + varint, one core", "crc_varint_all_cores": "all cores", "memcpy_64mib": "memcpy 64 MiB",
        "tcp_stream": "loopback stream", "tcp_ping_p50": "1 KiB ping-pong p50", "tcp_ping_p99": "p99", "timer_wakeup_p99": "timer wake-up p99",
    ]

    /// Figures side by side; a p99 follows its p50 after a comma.
    private static func calibrationLines(_ metrics: [Metric], _ reasons: inout Reasons, _ width: Int) -> [String] {
        var items: [String] = []
        for metric in metrics {
            let name = calibrationNames[metric.name] ?? metric.name.replacing("_", with: " ")
            let text = "\(name) \(calibrated(metric, &reasons))"
            if name == "p99", let before = items.popLast() { items.append("\(before), \(text)") } else { items.append(text) }
        }
        return items.isEmpty ? [] : listed("  ", items, width)
    }

    /// Times in the unit that suits them, the rest with their own.
    private static func calibrated(_ metric: Metric, _ reasons: inout Reasons) -> String {
        if metric.unit == "ns", let value = metric.value, value >= 0 { return Duration.text(nanoseconds: UInt64(value)) }
        return reasons.cell(metric, withUnit: true)
    }

    static func append(_ headline: AppendHeadline?, _ width: Int) -> [String] {
        guard let headline else { return ["APPEND THROUGHPUT   not measured"] }
        var reasons = Reasons()
        var grid = TextGrid([.left, .left, .left, .right, .left, .right, .right])
        grid.add(["", "", "durability", "accepted", "", "durable", "of height below"])
        for row in headline.rows {
            let limited = row.bindingResource.map { "limited by \($0)" }
            grid.add(
                [
                    row.height.rawValue, row.label, row.durability, reasons.cell(row.accepted),
                    row.sustained || row.accepted.value == nil ? "" : "burst", reasons.cell(row.durable),
                    row.fractionOfBelow.map { "\(fixed($0 * 100, 0)) %" } ?? "–",
                ], below: [limited, row.note].compactMap { $0 }.joined(separator: "; "))
        }
        let burst = headline.rows.contains { !$0.sustained && $0.accepted.value != nil }
            ? ["burst: under three of the kernel's dirty limits, so much of it was still in memory"] : []
        return ["APPEND THROUGHPUT   MB/s (10⁶ bytes) into \(headline.directory)"] + grid.lines(width: width) + reasons.lines(width)
            + notes(burst + headline.notes, width)
    }

    static func hitRate(_ headline: HitRateHeadline?, _ width: Int) -> [String] {
        guard let headline else { return ["PAGE-CACHE HIT RATE   not measured"] }
        var reasons = Reasons()
        var grid = TextGrid([.left, .left, .right, .right, .right, .right])
        grid.add(["", "", "by broker", "by process", "by device", "served"])
        for row in headline.rows {
            let prefetch = row.prefetchShare.map { ", \(fixed($0 * 100, 0)) % of it prefetched" } ?? ""
            grid.add(
                [
                    row.state, row.group, reasons.cell(row.byBroker), reasons.cell(row.byProcess), reasons.cell(row.byDevice),
                    byteText(Double(row.bytesServed)),
                ], below: "\(row.agrees == false ? "DISAGREE: " : "")\(row.agreement) (readahead \(row.readahead)\(prefetch))")
        }
        return ["PAGE-CACHE HIT RATE   % of fetched bytes that were in memory when served"] + grid.lines(width: width)
            + reasons.lines(width) + notes(headline.notes, width)
    }

    static func zeroCopy(_ headline: ZeroCopyHeadline?, _ width: Int) -> [String] {
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
        let pairs = Set(headline.comparisons.map(\.pairs)).sorted().map { "\($0)" }.joined(separator: " or ")
        let intervals = (pairs.isEmpty ? "" : " · \(pairs) pairs")
            + (headline.comparisons.contains { $0.saving.interval != nil } ? " · [95 % interval]" : "")
        return hanging("ZERO-COPY   ", "\(headline.load) · \(headline.placement)\(intervals)", width) + modes.lines(width: width)
            + savings.lines(width: width) + reasons.lines(width) + notes(headline.notes, width)
    }

    static func latency(_ headline: LatencyHeadline?, _ width: Int) -> [String] {
        guard let headline else { return ["LATENCY   not measured"] }
        let clocks = Set(headline.rows.map(\.clock)).sorted().joined(separator: ", ")
        var lines = hanging("LATENCY   ", "\(clocks): from the scheduled send to the acknowledgement; one column a placement", width)
        let columns = headline.rows.map(latencyColumn) + (headline.hiccup.isEmpty ? [] : [hiccupColumn(headline)])
        let quantiles = Set((headline.rows.flatMap(\.cells) + headline.hiccup).map(\.quantile)).sorted()
        let labels = ["", "records/s", "requests"] + quantiles.map(quantileName) + ["max", "placement verified"]
        var grid = TextGrid([.left] + columns.map { _ in .right })
        for (index, label) in labels.enumerated() {
            let cells = columns.map { $0.cell(index, quantiles) }
            if cells.contains(where: { !$0.isEmpty }) { grid.add([label] + cells) }
        }
        lines += grid.lines(width: width)
        for row in headline.rows {
            if let note = row.note { lines += hanging("  ", "\(row.placement): \(row.valid ? "" : "INVALID, ")\(note)", width) }
            else if !row.valid { lines += hanging("  ", "\(row.placement): INVALID, the placement could not be verified", width) }
        }
        var remarks = headline.notes
        if headline.nodes <= 1, !remarks.contains(where: { $0.contains("remote cells") }) {
            remarks.append("1 node: remote cells not measurable")
        }
        return lines + notes(remarks, width)
    }

    /// One placement from top to bottom.
    private struct LatencyColumn {
        let title, rate, samples, maximum, verified: String
        let cells: [QuantileCell]

        func cell(_ index: Int, _ quantiles: [Double]) -> String {
            let fixedRows = [title, rate, samples]
            if index < fixedRows.count { return fixedRows[index] }
            let quantile = index - fixedRows.count
            if quantile == quantiles.count { return maximum }
            if quantile > quantiles.count { return verified }
            return cells.first { $0.quantile == quantiles[quantile] }?.reading.description ?? "–"
        }
    }

    private static func latencyColumn(_ row: LatencyRow) -> LatencyColumn {
        LatencyColumn(
            title: row.placement, rate: grouped(row.eventsPerSecond), samples: grouped(Double(row.samples)),
            maximum: row.maximum.map { Duration.text(nanoseconds: $0) } ?? "–",
            verified: row.verifiedShare.map { decidingPercent($0) } ?? (row.valid || row.note != nil ? "–" : "no"), cells: row.cells)
    }

    private static func hiccupColumn(_ headline: LatencyHeadline) -> LatencyColumn {
        LatencyColumn(title: "timer overshoot", rate: "", samples: "", maximum: "", verified: "", cells: headline.hiccup)
    }

    /// `p50`, `p99.9`
    private static func quantileName(_ quantile: Double) -> String {
        let text = fixed(quantile * 100, 4)
        var digits = text[...]
        while digits.last == "0" { digits.removeLast() }
        if digits.last == "." { digits.removeLast() }
        return "p\(digits)"
    }
}
