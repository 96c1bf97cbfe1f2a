// Why two results are or are not comparable, field by field, in words.
internal import Host
internal import Results

/// What `tidemark explain` prints.
package enum Explanation {
    /// - Parameters:
    ///   - everything: equal fields too.
    ///   - width: of a line, 80 or more.
    package static func text(_ first: Comparand, _ second: Comparand, everything: Bool = false, width: Int = 120) -> String {
        let found = RefusalLadder.judge(first, second)
        var lines = ["A  \(first.name)", "B  \(second.name)", ""]
        lines += hanging("", sentence(found), width)
        for kind in Obstacle.Kind.allCases {
            let obstacles = found.obstacles.filter { $0.kind == kind }
            guard !obstacles.isEmpty else { continue }
            lines += ["", heading(kind)] + table(obstacles, width)
        }
        if everything {
            lines += equal("EQUAL IN THE EXPERIMENT", first.experiment, second.experiment, width)
            lines += equal("EQUAL IN THE MACHINE (HARD)", first.hard, second.hard, width)
            lines += equal("EQUAL IN THE MACHINE (SOFT)", first.soft, second.soft, width)
        }
        lines += calibration(first, second, width) + ["", summary(first, second)]
        return lines.joined(separator: "\n") + "\n"
    }

    /// `DIFFERENT: only figures relative to … may be compared, because of hypervisor, cpu_model and 2 more.`
    package static func sentence(_ found: Comparability) -> String {
        let head = "\(found.rung.rawValue.uppercased()): \(found.rung.meaning)"
        let fields = unique(found.deciding.map { $0.isFact ? $0.text : $0.field })
        guard !fields.isEmpty else { return head + ": the experiment and the machine agree." }
        let shown = 3
        let more = fields.count > shown ? " and \(fields.count - shown) more" : ""
        return "\(head), because of \(fields.prefix(shown).joined(separator: ", "))\(more)."
    }

    private static func heading(_ kind: Obstacle.Kind) -> String {
        switch kind {
        case .spoiled: "SPOILED: a run that does not count"
        case .experiment: "THE EXPERIMENT"
        case .hard: "THE MACHINE, what changes figures by itself (hard)"
        case .calibration: "WHAT THE MACHINES WERE MEASURED TO DO"
        case .soft: "THE MACHINE, worth a warning (soft)"
        case .runState: "HOW IT WAS JUST THEN, not held against them"
        }
    }

    private static func table(_ obstacles: [Obstacle], _ width: Int) -> [String] {
        let (facts, fields) = (obstacles.filter(\.isFact), obstacles.filter { !$0.isFact })
        var grid = TextGrid([.left, .left, .left, .left, .left])
        grid.addHead("", ["A", "B", "rung", "meaning"])
        for obstacle in fields {
            let rung = obstacle.rung == .same ? "–" : obstacle.rung.rawValue
            grid.add([obstacle.field, shortened(obstacle.first), shortened(obstacle.second), rung, obstacle.text])
        }
        return facts.flatMap { hanging("  · ", $0.text, width) } + (fields.isEmpty ? [] : grid.lines(width: width))
    }

    /// Long values (mitigations, options) would push everything else off the line; run.json has them whole.
    private static func shortened(_ value: String?) -> String {
        guard let value else { return "not recorded" }
        return value.count > 24 ? value.prefix(23) + "…" : value
    }

    private static func equal(_ title: String, _ first: [String: String], _ second: [String: String], _ width: Int) -> [String] {
        let fields = Comparand.fields(first, second).filter { first[$0] == second[$0] }
        return fields.isEmpty ? [] : ["", title] + fields.flatMap { hanging("  \($0)  ", first[$0] ?? "", width) }
    }

    private static func calibration(_ first: Comparand, _ second: Comparand, _ width: Int) -> [String] {
        let items = first.calibration.keys.filter { second.calibration[$0] != nil }.sorted()
        guard !items.isEmpty else { return [] }
        var grid = TextGrid([.left, .right, .right, .right, .left])
        grid.addHead("CALIBRATION, as each machine measured it", ["A", "B", "B ÷ A", ""])
        for item in items {
            guard let a = first.calibration[item], let b = second.calibration[item] else { continue }
            let judged = RefusalLadder.judgedCalibration.contains(item)
            grid.add([
                "\(item) (\(a.unit))", figure(a.value, unit: a.unit), figure(b.value, unit: b.unit), threeDigits(b.value / a.value),
                judged ? "" : "shown only",
            ])
        }
        return [""] + grid.lines(width: width)
    }

    private static func summary(_ first: Comparand, _ second: Comparand) -> String {
        func count(_ a: [String: String], _ b: [String: String]) -> Int { Comparand.fields(a, b).count { a[$0] == b[$0] } }
        return "Equal: \(count(first.experiment, second.experiment)) fields of the experiment, \(count(first.hard, second.hard)) hard and "
            + "\(count(first.soft, second.soft)) soft fields of the machine."
    }
}
