// Append throughput at its heights, each with its durability and its share of the height below.
internal import Host
internal import Measurement

struct AppendSection: TableSection {
    /// The metric that says what the generator itself can do.
    static let ceilingName = "generator_ceiling"

    let headline: AppendHeadline?
    let ceiling: Metric?
    /// Limits of the device that other programs measured: shown beside ours, and no height counts its share of them.
    let imported: [ImportedRoofline]

    func oneScreen(_ width: Int) -> [String] {
        guard let headline else { return ["APPEND THROUGHPUT   not measured"] }
        var reasons = Reasons(marked: false)
        var grid = TextGrid([.left] + Self.alignments)
        grid.addHead("APPEND MB/s", Self.columns)
        // `device  O_DIRECT`: the three heights have six letters each.
        for line in rows(headline, &reasons) { grid.add(["\(line.height)  \(line.label)"] + line.cells) }
        var limits: [String] = []
        for row in headline.rows {
            // Each remark is an item of its own, so that lines break between them.
            var parts = limit(row).joined(separator: ", ").split(separator: "; ").map(String.init)
            guard !parts.isEmpty else { continue }
            parts[0] = "\(row.height.rawValue): \(parts[0])"
            limits += parts.filter { !limits.contains($0) }
        }
        if !limits.isEmpty { limits[0] = "limited by  " + limits[0] }
        if let ceiling { limits.append("generator's ceiling: \(reasons.cell(ceiling, withUnit: true))\(shareOfCeiling(headline))") }
        return grid.lines(width: width) + listed("  ", limits, width)
    }

    func full(_ width: Int) -> [String] {
        guard let headline else { return ["APPEND THROUGHPUT   not measured"] }
        var reasons = Reasons()
        var grid = TextGrid([.left, .left] + Self.alignments)
        grid.add(["", ""] + Self.columns)
        for line in rows(headline, &reasons) { grid.add([line.height, line.label] + line.cells, below: line.below) }
        let burst = headline.rows.contains { !$0.sustained && $0.accepted.value != nil }
            ? ["burst: under three of the kernel's dirty limits, so much of it was still in memory"] : []
        return ["APPEND THROUGHPUT   MB/s (10⁶ bytes) into \(headline.directory)"] + grid.lines(width: width) + reasons.lines(width)
            + notes(burst + headline.notes, width)
    }

    private static let alignments: [TextGrid.Alignment] = [.left, .right, .left, .right, .right]
    private static let columns = ["durability", "accepted", "", "durable", "of height below"]

    private typealias Line = (height: String, label: String, cells: [String], below: String)

    /// The rows, imported limits behind the device's own.
    private func rows(_ headline: AppendHeadline, _ reasons: inout Reasons) -> [Line] {
        let device = headline.rows.prefix { $0.height == .device }.count
        var lines: [Line] = []
        for (index, row) in headline.rows.enumerated() {
            if index == device { lines += imported.map { line($0, &reasons) } }
            let limit = limit(row).joined(separator: "; ")
            lines.append((row.height.rawValue, row.label, cells(row, &reasons), row.bindingResource == nil ? limit : "limited by \(limit)"))
        }
        return lines + (device == headline.rows.count ? imported.map { line($0, &reasons) } : [])
    }

    /// Whether it is a burst or sustained its file does not say. What a job does not sync is accepted, not durable.
    private func line(_ roofline: ImportedRoofline, _ reasons: inout Reasons) -> Line {
        let written = roofline.figures.first { $0.name == "write" }?.value
        func cell(_ name: String, absent: String?) -> String {
            let metric = written.flatMap { absent == nil ? Metric.measured(name, $0 * 1000, unit: "MB/s", polarity: .higherIsBetter) : nil }
            return reasons.cell(metric ?? .unavailable(name, unit: "MB/s", polarity: .higherIsBetter, reason: absent ?? "the file tells no rate"))
        }
        let accepted = cell("accepted", absent: roofline.isSynced ? "a device write is durable or it is not counted" : nil)
        let durable = cell("durable", absent: roofline.isSynced ? nil : "the job forces nothing to the device")
        let job = roofline.job.count > 16 ? "\(roofline.job.prefix(15))…" : roofline.job
        return (
            AppendRow.Height.device.rawValue, "\(roofline.tool) \(job)", [roofline.isSynced ? "synced" : "none", accepted, "", durable, "–"],
            "imported: \(roofline.label.joined(separator: ", "))"
        )
    }

    private func cells(_ row: AppendRow, _ reasons: inout Reasons) -> [String] {
        [
            row.durability, reasons.cell(row.accepted), row.accepted.value == nil ? "" : row.sustained ? "sustained" : "burst",
            reasons.cell(row.durable), row.fractionOfBelow.map { percent($0) } ?? "–",
        ]
    }

    /// How much of what the generator can do the broker took; near all of it, the figure would be the generator's.
    private func shareOfCeiling(_ headline: AppendHeadline) -> String {
        guard let ceiling = ceiling?.value, ceiling > 0,
            let accepted = headline.rows.filter({ $0.height == .broker }).compactMap(\.accepted.value).max()
        else { return "" }
        return ", \(percent(accepted / ceiling)) of it used"
    }

    private func limit(_ row: AppendRow) -> [String] { [row.bindingResource, row.note].compactMap { $0 } }
}
