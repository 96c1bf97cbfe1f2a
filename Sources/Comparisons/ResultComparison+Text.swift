// A comparison on a terminal.
internal import Host
internal import Results

extension ResultComparison {
    /// Lines of at most `width` characters where the columns allow it, ending with a newline.
    package func text(width: Int = 120) -> String {
        var lines = sides.flatMap { side in hanging("\(side.letter)  ", "\(side.name) · \(side.stored.record.software.broker) · \(Self.machine(side))", width) }
        lines.append("")
        for (side, found) in zip(sides.dropFirst(), judged) { lines += hanging("", "\(side.letter) against A · \(Explanation.sentence(found))", width) }
        for table in tables {
            lines += [""] + Self.introduction(table).flatMap { hanging("", $0, width) } + PivotText.lines(table, width: width)
        }
        if tables.isEmpty, rung != .invalid { lines += ["", options.onlyChanged ? "Nothing changed by more than \(percent(options.changeMinimum))." : "They have no figure in common."] }
        return (lines + [""] + footnotes.flatMap { hanging("", $0, width) }).joined(separator: "\n") + "\n"
    }

    private static func machine(_ side: ComparisonSide) -> String {
        let hard = side.stored.record.environment.hard
        let known = ["cpu_model", "cpus", "filesystem", "hypervisor"].compactMap { hard[$0] }.filter { $0 != "unknown" }
        return (known + (hard[MachineField.modelled].map { ["MODELLED: \($0)"] } ?? [])).joined(separator: ", ")
    }

    private static func introduction(_ table: PivotTable) -> [String] {
        switch table.kind {
        case .absolute: []
        case .normalised:
            ["RELATIVE TO EACH MACHINE'S OWN LIMITS: value [what the spread of figure and calibration allow]"]
        case .absoluteAcrossMachines: ["AS MEASURED: of different machines, so without ratios but for the machines themselves"]
        }
    }

    private var footnotes: [String] {
        var notes: [String] = []
        switch rung {
        case .same, .similar:
            if tables.contains(where: { $0.rows.contains { $0.cells.contains { ($0?.results ?? 0) < PivotBuilder.resultsForInterval } } }) {
                notes.append(
                    "Nothing is marked better or worse with fewer than \(PivotBuilder.resultsForInterval) results a side: "
                        + "what a run varies by from start to start is not in its own interval. `tidemark ab` tests two builds.")
            }
            if rung == .similar { notes.append("Similar machines: read the ratios with the reservations that `tidemark explain` lists; they never gate.") }
        case .different:
            if !judged.contains(where: { $0.obstacles.contains { $0.kind == .hard && $0.rung == .different } }) {
                notes.append("Every hard field agrees: by name this is one machine, which was measured to do other things at the two times. `tidemark ab` compares builds on such a machine.")
            }
            for obstacle in FractionObstacle.apart(sides) {
                let having = sides.filter { $0.obstacles.contains(obstacle) }.map(\.letter).joined(separator: ", ")
                notes.append("No fraction of a limit for \(having): \(obstacle.text), which no part of the calibration measures.")
            }
            notes.append("Fractions explain, they do not predict: queueing is not linear. Nothing here is significant or a gate.")
            if isRefused { notes.append("Refused as a direct comparison (exit 4); --across-machines accepts the relative figures.") }
        case .invalid:
            notes.append(isSpoiled ? "Refused (exit 5): a run that does not count is never compared." : "Refused (exit 4): two experiments. `tidemark explain` shows each field; --row or --col with the field's name makes it the question.")
        }
        return notes
    }
}
