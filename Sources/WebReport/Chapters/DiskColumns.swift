// Data directories side by side, each with what its disk was measured to do.
internal import Results

struct DiskColumns {
    private let disks: [DiskRecord]
    private let id: String

    init(_ disks: [DiskRecord], id: String) {
        self.disks = disks
        self.id = id
    }

    var chapter: Chapter? {
        guard !disks.isEmpty else { return nil }
        return Chapter(
            "\(id)-chapter", disks.count == 1 ? "Disk" : "Disks",
            [
                chart("\(id)-throughput", "What the disk moves", "GB/s", "More is better.", log: false).map { .chart($0) },
                chart("\(id)-latency", "What the disk takes", "ns", "Less is better; logarithmic.", log: true).map { .chart($0) }, .markup(table),
            ])
    }

    /// The figures of one unit, a series a disk.
    private func chart(_ id: String, _ title: String, _ unit: String, _ words: String, log: Bool) -> Chart? {
        let items = unique(disks.flatMap(\.figures).filter { $0.unit == unit && $0.value != nil }.map(\.name))
        guard !items.isEmpty else { return nil }
        let rows = items.map { item in
            [DataCell.text(item.replacing("_", with: " "))] + disks.flatMap { disk in disk.figures.first { $0.name == item }?.cells ?? [.absent, .absent, .absent] }
        }
        return Chart(
            id: id, title: title, summary: "Calibrated in the same run, \(disks.count == 1 ? disks[0].name : "one series a data directory"). \(words)",
            kind: log ? .intervals : .bars,
            columns: [DataColumn("item")] + disks.flatMap { [DataColumn($0.name, unit), DataColumn("\($0.name), lower", unit), DataColumn("\($0.name), upper", unit)] }, rows: rows,
            x: .init(title: unit == "ns" ? "time" : unit, unit: unit, log: log),
            series: disks.enumerated().map { index, disk in .init(name: disk.name, x: 3 * index + 1, y: 0, low: 3 * index + 2, high: 3 * index + 3) })
    }

    private var table: Markup {
        let facts: [(String, (DiskRecord) -> String)] = [
            ("file system", \.filesystem), ("mount options", \.mountOptions), ("device", \.device), ("model", \.model), ("transport", \.transport),
            ("class", { $0.diskClass + ($0.classConfirmed.map { $0 ? " (confirmed by calibration)" : " (calibration does not fit that class)" } ?? "") }),
            ("behaviour", { $0.behaviour.map { "\($0.words) (\($0.figures))" } ?? "not judged" }),
            ("rotational", { $0.rotational.map { $0 ? "yes" : "no" } ?? "unknown" }), ("scheduler", { $0.scheduler ?? "unknown" }), ("write cache", { $0.writeCache ?? "unknown" }),
        ]
        var rows = facts.map { name, fact in [name] + disks.map(fact) }
        for item in unique(disks.flatMap(\.figures).map(\.name)) {
            rows.append([item.replacing("_", with: " ")] + disks.map { disk in disk.figures.first { $0.name == item }.map(Self.text) ?? "–" })
        }
        let promises = disks.map { disk in unique(disk.log?.append.rows.filter { $0.height != .device }.map(\.durability) ?? []).joined(separator: ", ") }
        if promises.contains(where: { !$0.isEmpty }) { rows.append(["durability of the appends and acknowledgements"] + promises) }
        // Limits that other programs measured: each with its source, under our own figures.
        for name in unique(disks.flatMap { $0.imported ?? [] }.map(\.name)) {
            rows.append(["imported: \(name)"] + disks.map { disk in disk.imported?.first { $0.name == name }.map(Self.cell) ?? "–" })
        }
        return FigureMarkup.table("Data directories, down to the device", ["fact"] + disks.map(\.name), rows)
    }

    /// A time that is an upper bound says so.
    private static func text(_ metric: Metric) -> String {
        guard metric.unit == "ns", metric.value != nil, let note = metric.note else { return CellText.metric(metric, withUnit: true) }
        return note
    }

    private static func cell(_ roofline: ImportedRoofline) -> String {
        let source = roofline.devices + [roofline.measuredAt].compactMap { $0 }
        let figures = roofline.figures.map { "\($0.name.replacing("_", with: " ")) \(CellText.metric($0, withUnit: true))" }
        return (roofline.label + roofline.conditions + source + figures).joined(separator: " · ")
    }
}

extension DiskRecord {
    /// What it can do by itself, then what a log got of it.
    fileprivate var figures: [Metric] { calibration + logFigures }
}
