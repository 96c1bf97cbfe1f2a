// Figures that belong to no headline.

struct OtherFiguresSection: TableSection {
    let metrics: [Metric]

    /// The two that every quickstart has stand with the appends.
    func oneScreen(_ width: Int) -> [String] {
        var reasons = Reasons(marked: false)
        let items = metrics.filter { ![AppendSection.ceilingName, "engine_append_of_c_limit"].contains($0.name) }
            .map { "\(name($0)) \(reasons.cell($0, withUnit: true))" }
        return listed("OTHER     ", items, width)
    }

    func full(_ width: Int) -> [String] {
        guard !metrics.isEmpty else { return [] }
        var reasons = Reasons()
        var grid = TextGrid([.left, .right, .left])
        for metric in metrics { grid.add([name(metric), reasons.cell(metric, withUnit: true), metric.note ?? ""]) }
        return ["OTHER FIGURES"] + grid.lines(width: width) + reasons.lines(width)
    }

    private func name(_ metric: Metric) -> String { metric.name.replacing("_", with: " ") }
}
