// The page-cache hit rate by three instruments, and whether they agree.
internal import Host

struct HitRateSection: TableSection {
    let headline: HitRateHeadline?

    func oneScreen(_ width: Int) -> [String] {
        guard let headline else { return ["PAGE-CACHE HIT RATE   not measured"] }
        var reasons = Reasons(marked: false)
        var grid = TextGrid([.left, .right, .right, .right, .right, .left])
        grid.addHead("PAGE-CACHE HIT RATE %", Self.columns)
        for row in headline.rows { grid.add([row.state] + cells(row, &reasons) + [shortRemark(row)]) }
        let groups = unique(headline.rows.map(\.group))
        let readahead = unique(headline.rows.map { "readahead \($0.readahead)" })
        return grid.lines(width: width) + listed("  ", ["of the fetched bytes, those in memory when served"] + groups + readahead, width)
            + CacheStudyLines(headline: headline).curve(width)
    }

    func full(_ width: Int) -> [String] {
        guard let headline else { return ["PAGE-CACHE HIT RATE   not measured"] }
        var reasons = Reasons()
        var grid = TextGrid([.left, .left, .right, .right, .right, .right])
        grid.add(["", ""] + Self.columns)
        for row in headline.rows {
            let prefetch = row.prefetchShare.map { ", \(percent($0)) of it prefetched" } ?? ""
            let known = row.expected?.value.map { "; \(fixed($0, 1)) was to be found" } ?? ""
            grid.add([row.state, row.group] + cells(row, &reasons), below: "\(agreement(row)) (readahead \(row.readahead)\(prefetch))\(known)")
        }
        return ["PAGE-CACHE HIT RATE   % of fetched bytes that were in memory when served"] + grid.lines(width: width)
            + reasons.lines(width) + notes(headline.notes, width) + CacheStudyLines(headline: headline).lines(width)
    }

    private static let columns = ["by broker", "by process", "by device", "served"]

    private func cells(_ row: HitRateRow, _ reasons: inout Reasons) -> [String] {
        [reasons.cell(row.byBroker), reasons.cell(row.byProcess), reasons.cell(row.byDevice), byteText(Double(row.bytesServed))]
    }

    private func agreement(_ row: HitRateRow) -> String { (row.agrees == false ? "DISAGREE: " : "") + row.agreement }

    /// Where readahead explains the difference, its share says it all.
    private func shortRemark(_ row: HitRateRow) -> String {
        guard row.agrees == nil, let share = row.prefetchShare, share > 0 else { return agreement(row) }
        return "\(percent(share)) was read ahead"
    }
}
