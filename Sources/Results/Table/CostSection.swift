// What the broker cost in each phase: the machine's CPU in four rows, and the figures a reader compares.
internal import Host
internal import Measurement

struct CostSection: TableSection {
    private let tables: [CostTable]

    init(tables: [CostTable]) { self.tables = tables.filter { !ResultTable.isCeiling($0.phase) } }

    func oneScreen(_ width: Int) -> [String] {
        guard !tables.isEmpty else { return [] }
        var reasons = Reasons(marked: false)
        var grid = TextGrid([.left] + Array(repeating: .right, count: Self.owners.count + Self.perUnit.count))
        grid.addHead("BROKER COST", Self.owners + Self.perUnit.map(\.title))
        var reservations: [String] = []
        for table in tables {
            let figures = Self.perUnit.map { column -> String in
                guard let metric = table.metrics.first(where: { $0.name == column.metric }), metric.value != nil else { return "–" }
                if isIndicative(metric) { reservations.append("~ \(metric.note!)") }
                return (isIndicative(metric) ? "~" : "") + reasons.value(metric)
            }
            grid.add([table.phase] + seconds(table).map { $0.map { share($0, of: table.rows.capacity) } ?? "n/a" } + figures)
        }
        let conditions = ["% of all CPUs, read from outside", "ns and s of broker CPU"] + unique(reservations)
        return grid.lines(width: width) + listed("  ", conditions, width)
    }

    func full(_ width: Int) -> [String] {
        guard !tables.isEmpty else { return [] }
        var grid = TextGrid([.left, .right, .right, .right, .right])
        grid.add([""] + Self.owners)
        for table in tables {
            grid.add([table.phase] + seconds(table).map { seconds in
                seconds.map { "\(fixed($0, 2)) s \(padded(share($0, of: table.rows.capacity)))" } ?? "n/a"
            })
        }
        var reasons = Reasons()
        var lines = ["BROKER COST   CPU seconds and share of all CPUs, read from outside"] + grid.lines(width: width)
        for table in tables {
            let figures = table.metrics.compactMap { metric -> String? in
                guard let (before, after) = Self.words[metric.name], metric.value != nil || tables.count == 1 || isHitRate(metric) else { return nil }
                return before + reasons.cell(metric) + after + (isReserved(metric) ? reasons.mark(metric.note!) : "")
            }
            if !figures.isEmpty { lines += listed(tables.count > 1 ? "  \(table.phase): " : "  ", figures, width) }
        }
        return lines + reasons.lines(width)
    }

    private static let owners = ["broker", "clients", "unattributed", "idle"]
    private static let perUnit: [(metric: String, title: String)] = [
        ("cpu_ns_per_record", "ns/record"), ("cpu_s_per_gb_in", "s/GB in"), ("cpu_s_per_gb_out", "s/GB out"), ("rss_peak", "peak RSS"),
    ]
    private static let words: [String: (before: String, after: String)] = [
        "cpu_ns_per_record": ("", " CPU-ns/record"), "cpu_s_per_gb_in": ("", " CPU-s/GB in"), "cpu_s_per_gb_out": ("", " CPU-s/GB out"),
        "rss_peak": ("peak RSS ", ""), "device_written": ("device written ", ""),
        "device_read_per_byte_out": ("device read ", " B per byte fetched"), "hit_rate": ("hit rate ", " %"),
        "syscalls": ("", " system calls (self-reported)"), "segments_resident": ("segment files in memory ", " %"),
        "hit_rate_by_process": ("hit rate by process ", " %"), "hit_rate_by_device": ("hit rate by device ", " %"),
    ]

    /// In the order of `owners`.
    private func seconds(_ table: CostTable) -> [Double?] {
        [table.rows.broker, table.rows.clients, table.rows.unattributed, table.rows.idle]
    }

    /// A figure of CPU that has a reservation: the phase held too little of it.
    private func isIndicative(_ metric: Metric) -> Bool { metric.name.hasPrefix("cpu_") && metric.value != nil && metric.note != nil }

    /// Read beside the broker, not by the run.
    private func isOfProbe(_ metric: Metric) -> Bool { metric.value != nil && metric.note?.hasPrefix("probe") == true }

    /// Of a load with readers: where it is not known the reason stands there, too.
    private func isHitRate(_ metric: Metric) -> Bool { metric.name == "hit_rate" }

    private func isReserved(_ metric: Metric) -> Bool {
        isIndicative(metric) || isOfProbe(metric) || (isHitRate(metric) && metric.value != nil && metric.note != nil)
    }

    private func share(_ seconds: Double, of capacity: Double) -> String { capacity > 0 ? percent(seconds / capacity) : "" }

    /// So that the seconds before it line up as well.
    private func padded(_ share: String) -> String { share.isEmpty ? "" : String(repeating: " ", count: max(0, 5 - share.count)) + share }
}
