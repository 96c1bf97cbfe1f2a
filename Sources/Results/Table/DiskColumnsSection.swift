// Disks side by side, a column each: what it can do by itself, and what a log got of it.
internal import Measurement

struct DiskColumnsSection: TableSection {
    private let disks: [DiskRecord]

    /// One disk without a log on it has its figures beside its name.
    static func isThere(_ disks: [DiskRecord]) -> Bool { disks.count { !$0.calibration.isEmpty } > 1 || disks.contains { $0.log != nil } }

    /// - Parameter disks: those that were not calibrated have no column.
    init(disks: [DiskRecord]) { self.disks = Self.isThere(disks) ? disks.filter { !$0.calibration.isEmpty } : [] }

    func oneScreen(_ width: Int) -> [String] {
        var reasons = Reasons(marked: false)
        return grid(&reasons, width, Self.isShownFirst) + conditions(width)
    }

    func full(_ width: Int) -> [String] {
        var reasons = Reasons()
        let lines = grid(&reasons, width) { _ in true }
        return lines + reasons.lines(width) + conditions(width) + notes(unique(disks.flatMap { disk in disk.log?.append.notes ?? [] }), width)
    }

    private static func isShownFirst(_ name: String) -> Bool { !["read_cached", "random_read_p99"].contains(name) }

    private func grid(_ reasons: inout Reasons, _ width: Int, _ isShown: (String) -> Bool) -> [String] {
        guard !disks.isEmpty else { return [] }
        var grid = TextGrid([.left] + disks.map { _ in .right })
        grid.addHead("DISKS", disks.map(\.name))
        grid.add(["class"] + disks.map(\.diskClass))
        if disks.contains(where: { $0.behaviour != nil }) { grid.add(["behaves like"] + disks.map { $0.behaviour.map { $0.like ?? "unclear" } ?? "–" }) }
        let columns = disks.map { $0.calibration + $0.logFigures }
        for name in unique(columns.flatMap { $0.map(\.name) }).filter(isShown) {
            var cells: [String] = []
            for column in columns { cells.append(column.first { $0.name == name }.map { cell($0, &reasons) } ?? "–") }
            grid.add([name.replacing("_", with: " ")] + cells)
        }
        return grid.lines(width: width)
    }

    /// Times in the unit that suits them, and with their reservations, the rest with their own.
    private func cell(_ metric: Metric, _ reasons: inout Reasons) -> String {
        if metric.unit == "ns", let value = metric.value, value >= 0 { return metric.note ?? Duration.text(nanoseconds: UInt64(value)) }
        return reasons.cell(metric, withUnit: true)
    }

    /// What appends and acknowledgements promise, and at which rate the latter were asked for.
    private func conditions(_ width: Int) -> [String] {
        let logs = disks.compactMap(\.log)
        let durabilities = unique(logs.flatMap { $0.append.rows.filter { $0.height != .device }.map { "durability \($0.durability)" } })
        let rates = unique(logs.map { "acknowledgements at \(grouped($0.acknowledged.eventsPerSecond)) records/s, from the scheduled send" })
        return listed("  ", durabilities + rates, width)
    }
}
