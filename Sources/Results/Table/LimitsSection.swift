// What the disk and the machine can do, measured in the same run.
internal import Measurement

struct LimitsSection: TableSection {
    let disks: [DiskRecord]
    let calibration: [Metric]

    func oneScreen(_ width: Int) -> [String] {
        disks.flatMap { disk in
            listed("DISK      ", identity(disk, detailed: false), width) + listed("  ", items(beside(disk).filter(Self.isShownFirst)), width)
                + (disk.imported ?? []).flatMap { listed("  ", [$0.name] + $0.label + items($0.figures), width) }
        } + listed("MACHINE   ", items(machine.filter(Self.isShownFirst)), width)
    }

    func full(_ width: Int) -> [String] {
        var lines = disks.flatMap { disk in
            var reasons = Reasons()
            return listed("DISK          ", identity(disk, detailed: true), width) + listed("  ", items(beside(disk), &reasons), width) + reasons.lines(width)
                + (disk.imported ?? []).flatMap { listed("  ", imported($0), width) }
        }
        guard !machine.isEmpty else { return lines }
        if !lines.isEmpty { lines.append("") }
        var reasons = Reasons()
        return lines + ["MACHINE       calibrated in this run"] + listed("  ", items(machine, &reasons), width) + reasons.lines(width)
    }

    /// The disk's own figures, where they have no columns.
    private func beside(_ disk: DiskRecord) -> [Metric] { DiskColumnsSection.isThere(disks) ? [] : disk.calibration }

    /// What was calibrated and belongs to no disk.
    private var machine: [Metric] {
        let ofDisks = Set(disks.flatMap(\.calibration).map(\.name))
        return calibration.filter { !ofDisks.contains($0.name) }
    }

    private func identity(_ disk: DiskRecord, detailed: Bool) -> [String] {
        let confirmed = disk.classConfirmed.map { $0 ? " (confirmed by calibration)" : " (calibration does not fit that class)" } ?? ""
        let named = [disk.model, disk.transport].filter { !$0.isEmpty && $0 != "unknown" }.joined(separator: " ")
        let facts = [
            disk.filesystem, "\(disk.device)\(named.isEmpty ? "" : " (\(named))")", "class \(disk.diskClass)\(confirmed)\(behaviour(disk, detailed))",
            detailed ? disk.scheduler.map { "scheduler \($0)" } : nil, disk.writeCache.map { "write cache \($0)" },
        ]
        return [disk.name] + facts.compactMap { $0 }
    }

    /// What a class that is not confirmed leaves open.
    private func behaviour(_ disk: DiskRecord, _ detailed: Bool) -> String {
        guard disk.classConfirmed != true, let behaviour = disk.behaviour else { return "" }
        return ", \(behaviour.words)" + (detailed ? " (\(behaviour.figures))" : "")
    }

    /// Not measured by this run: its source stands first.
    private func imported(_ roofline: ImportedRoofline) -> [String] {
        let place = roofline.devices.isEmpty ? nil : "on \(roofline.devices.joined(separator: ", "))"
        let source = [place, roofline.measuredAt.map { "measured \($0)" }].compactMap { $0 }
        return ["imported: \(roofline.name)"] + roofline.label + roofline.conditions + source + items(roofline.figures)
    }

    /// What a metric without its quantile is called.
    private static let names = [
        "write_buffered": "write + sync", "write_direct": "direct write", "append_fdatasync": "4 KiB append + fdatasync",
        "read_cached": "cached read", "read_direct": "direct read", "random_read": "4 KiB random read", "crc_varint_one_core": "CRC + varint, one core",
        "crc_varint_all_cores": "all cores", "memcpy_64mib": "memcpy 64 MiB", "tcp_stream": "loopback stream", "tcp_ping": "1 KiB ping-pong",
        "timer_wakeup": "timer wake-up",
    ]

    /// The limits that the headlines stand beside.
    private static func isShownFirst(_ metric: Metric) -> Bool {
        !["read_cached", "random_read_p50", "random_read_p99", "crc_varint_all_cores"].contains(metric.name)
    }

    private func items(_ metrics: [Metric]) -> [String] {
        var reasons = Reasons(marked: false)
        return items(metrics, &reasons)
    }

    /// Figures to stand side by side; a p99 follows its p50 after a comma.
    private func items(_ metrics: [Metric], _ reasons: inout Reasons) -> [String] {
        var items: [String] = []
        var previous: String?
        for metric in metrics {
            let (stem, quantile) = split(metric.name)
            let figure = ([quantile].compactMap { $0 } + [calibrated(metric, &reasons)]).joined(separator: " ")
            if quantile != nil, previous == stem {
                items[items.count - 1] += ", \(figure)"
            } else {
                items.append("\(Self.names[stem] ?? stem.replacing("_", with: " ")) \(figure)")
            }
            previous = stem
        }
        return items
    }

    /// `timer_wakeup_p99` is the p99 of `timer_wakeup`.
    private func split(_ name: String) -> (stem: String, quantile: String?) {
        for quantile in ["p50", "p99"] where name.hasSuffix("_\(quantile)") { return (String(name.dropLast(quantile.count + 1)), quantile) }
        return (name, nil)
    }

    /// Times in the unit that suits them, the rest with their own.
    private func calibrated(_ metric: Metric, _ reasons: inout Reasons) -> String {
        if metric.unit == "ns", let value = metric.value, value >= 0 { return Duration.text(nanoseconds: UInt64(value)) }
        return reasons.cell(metric, withUnit: true)
    }
}
