// Append throughput at its heights, each with its durability and its share of the height below.
internal import Host
internal import Measurement

struct AppendSection: TableSection {
    /// The metric that says what the generator itself can do.
    static let ceilingName = "generator_ceiling"

    let headline: AppendHeadline?
    let ceiling: Metric?

    func oneScreen(_ width: Int) -> [String] {
        guard let headline else { return ["APPEND THROUGHPUT   not measured"] }
        var reasons = Reasons(marked: false)
        var grid = TextGrid([.left] + Self.alignments)
        grid.addHead("APPEND MB/s", Self.columns)
        for row in headline.rows { grid.add([title(row)] + cells(row, &reasons)) }
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
        for row in headline.rows {
            let limit = limit(row).joined(separator: "; ")
            grid.add([row.height.rawValue, row.label] + cells(row, &reasons), below: row.bindingResource == nil ? limit : "limited by \(limit)")
        }
        let burst = headline.rows.contains { !$0.sustained && $0.accepted.value != nil }
            ? ["burst: under three of the kernel's dirty limits, so much of it was still in memory"] : []
        return ["APPEND THROUGHPUT   MB/s (10⁶ bytes) into \(headline.directory)"] + grid.lines(width: width) + reasons.lines(width)
            + notes(burst + headline.notes, width)
    }

    private static let alignments: [TextGrid.Alignment] = [.left, .right, .left, .right, .right]
    private static let columns = ["durability", "accepted", "", "durable", "of height below"]

    private func cells(_ row: AppendRow, _ reasons: inout Reasons) -> [String] {
        [
            row.durability, reasons.cell(row.accepted), row.accepted.value == nil ? "" : row.sustained ? "sustained" : "burst",
            reasons.cell(row.durable), row.fractionOfBelow.map { percent($0) } ?? "–",
        ]
    }

    /// `device  O_DIRECT`: the three heights have six letters each.
    private func title(_ row: AppendRow) -> String { "\(row.height.rawValue)  \(row.label)" }

    /// How much of what the generator can do the broker took; near all of it, the figure would be the generator's.
    private func shareOfCeiling(_ headline: AppendHeadline) -> String {
        guard let ceiling = ceiling?.value, ceiling > 0,
            let accepted = headline.rows.filter({ $0.height == .broker }).compactMap(\.accepted.value).max()
        else { return "" }
        return ", \(percent(accepted / ceiling)) of it used"
    }

    private func limit(_ row: AppendRow) -> [String] { [row.bindingResource, row.note].compactMap { $0 } }
}
