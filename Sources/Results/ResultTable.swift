// The one screen at the end of a run: every headline with its conditions, the cost, the verdict.
internal import Host
internal import Measurement

/// The terminal table, as a pure function of the record.
///
/// Rules of its own: units stand once, in the heading; a figure that has an interval shows it; what could not be
/// measured reads `n/a` with a number, and the reasons stand below their section; nothing is coloured, so a
/// pasted table says what the screen said.
package enum ResultTable {
    /// The table of `record`, lines of at most `width` characters (80 and more), ending with a newline.
    package static func text(_ record: RunRecord, width: Int = 96) -> String {
        precondition(width >= 80, "the table needs 80 columns, not \(width)")
        let rule = String(repeating: "─", count: width)
        let sections = [
            disks(record, width), append(record.headlines.append, width), hitRate(record.headlines.hitRate, width),
            zeroCopy(record.headlines.zeroCopy, width), latency(record.headlines.latency, width), costs(record, width),
            otherFigures(record, width),
        ]
        let lines = head(record, width) + [rule] + Array(sections.filter { !$0.isEmpty }.joined(separator: [""])) + [rule] + foot(record, width)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func head(_ record: RunRecord, _ width: Int) -> [String] {
        let identity = record.identity
        let started = identity.startedAt.replacing("T", with: " ").replacing("Z", with: " UTC")
        var lines = wrapped("tidemark · \(identity.profileName) · \(started) · run \(identity.shortID)", width: width)
        if !record.profile.question.isEmpty { lines += wrapped(record.profile.question, width: width) }
        let hard = record.environment.hard
        // Only what a reader needs to place the figures; all the rest is in run.json.
        let machine = ["cpu_model", "cpus", "memory", "kernel", "hypervisor"].compactMap { hard[$0] }.filter { $0 != "unknown" }
        lines += wrapped((["\(record.software.broker)"] + machine).joined(separator: " · "), width: width)
        if record.profile.tier == "quick" {
            lines += wrapped("quick tier: short passes, one calibration of 0.5 s an item; a first impression, never a gate", width: width)
        }
        return lines
    }

    private static func foot(_ record: RunRecord, _ width: Int) -> [String] {
        var lines = record.notes.filter { !$0.hasPrefix("plan:") }.flatMap { hanging("NOTE      ", $0, width) } + hanging("AUDIT     ", audit(record), width)
        if !record.complete, record.verdict == nil {
            lines += hanging("VERDICT   ", "none: the run ended before its end (run.json is marked incomplete)", width)
        } else if let verdict = record.verdict {
            lines += hanging("VERDICT   ", headline(verdict, record), width)
            lines += verdict.reasons.flatMap { reason in
                hanging("        · ", [reason.phase.map { "\($0): " } ?? "", reason.text].joined(), width)
            }
        } else {
            lines += hanging("VERDICT   ", "none was reached", width)
        }
        lines += hanging("LIMITER   ", record.limiter?.text ?? "not determined", width)
        return lines
    }

    private static func headline(_ verdict: Verdict, _ record: RunRecord) -> String {
        switch verdict.outcome {
        case .valid: "VALID: every rule held (\(record.thresholds.count) thresholds, listed in run.json)"
        case .saturated: "SATURATED: the load came on time, the broker did not keep up; no latency claim"
        case .invalid: "INVALID: the generator or the machine spoiled it; not to be compared"
        }
    }

    private static func audit(_ record: RunRecord) -> String {
        var passed: [String] = []
        var failed: [String] = []
        var others: [String: [String]] = [:]
        for facts in record.facts {
            switch facts.audit {
            case .passed: passed.append(facts.phase)
            case .failed: failed.append(facts.phase)
            case .notRun(let reason): others[reason, default: []].append(facts.phase)
            }
        }
        let parts = [(failed, "FAILED in "), (passed, "every record accounted for in ")].filter { !$0.0.isEmpty }.map { $1 + $0.joined(separator: ", ") }
            + others.sorted { $0.value[0] < $1.value[0] }.map { "not in \($0.value.joined(separator: ", ")) (\($0.key))" }
        return parts.isEmpty ? "none" : parts.joined(separator: "; ")
    }

    /// The broker's costs: one line of four rows, one of the figures that a reader compares; all others are in run.json.
    private static func costs(_ record: RunRecord, _ width: Int) -> [String] {
        // The generator's own ceiling is no cost of the broker.
        let tables = record.phases.compactMap(\.costs).filter { !$0.phase.hasPrefix("ceiling") }
        guard !tables.isEmpty else { return [] }
        var lines = ["BROKER COST   CPU seconds and share of all CPUs, read from outside"]
        var grid = TextGrid([.left, .right, .right, .right, .right])
        grid.add(["", "broker", "clients", "unattributed", "idle"])
        for table in tables {
            let cells = [table.rows.broker, table.rows.clients, table.rows.unattributed, table.rows.idle].map { seconds in
                seconds.map { "\(fixed($0, 2)) s \(share($0, of: table.rows.capacity))" } ?? "n/a"
            }
            grid.add([table.phase] + cells)
        }
        lines += grid.lines(width: width)
        var reasons = Reasons()
        for table in tables {
            let metrics = table.metrics.filter { costWords[$0.name] != nil && ($0.value != nil || tables.count == 1) }
            guard !metrics.isEmpty else { continue }
            let figures = metrics.map { metric in
                let (before, after) = costWords[metric.name]!
                return before + reasons.cell(metric) + after
            }
            lines += listed(tables.count > 1 ? "  \(table.phase): " : "  ", figures, width)
        }
        return lines + reasons.lines(width)
    }

    private static let costWords: [String: (before: String, after: String)] = [
        "cpu_ns_per_record": ("", " CPU-ns/record"), "cpu_s_per_gb_in": ("", " CPU-s/GB in"), "cpu_s_per_gb_out": ("", " CPU-s/GB out"),
        "rss_peak": ("peak RSS ", ""), "device_written": ("device written ", ""),
        "syscalls": ("", " system calls (self-reported)"),
    ]

    private static func share(_ seconds: Double, of capacity: Double) -> String {
        guard capacity > 0 else { return "" }
        let percent = "\(fixed(seconds / capacity * 100, 0)) %"
        return String(repeating: " ", count: max(0, 5 - percent.count)) + percent
    }

    private static func otherFigures(_ record: RunRecord, _ width: Int) -> [String] {
        guard !record.metrics.isEmpty else { return [] }
        var reasons = Reasons()
        var grid = TextGrid([.left, .right, .left])
        for metric in record.metrics {
            grid.add([metric.name.replacing("_", with: " "), reasons.cell(metric, withUnit: true), metric.note ?? ""])
        }
        return ["OTHER FIGURES"] + grid.lines(width: width) + reasons.lines(width)
    }
}
