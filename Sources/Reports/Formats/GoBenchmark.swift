// Go's benchmark format, which benchstat reads.
internal import Comparisons
internal import Gate
package import Results

/// `key: value` lines, then one `BenchmarkName 1 value unit` line a repetition; `benchstat -col side` sets the sides against each other.
package enum GoBenchmarkReport {
    /// A line a slice of every group that counts.
    package static func text(_ reports: GateReports) -> String {
        reports.entries.map { entry in
            Side.allCases.map { side in
                let build = side == .base ? entry.base : entry.head
                let head = ["side: \(side.rawValue)", "build: \(oneLine(build))", "profile: \(oneLine(entry.profile))"]
                let kept = entry.groups.filter { $0.dropped == nil }
                let lines = entry.report.plan.metrics.flatMap { metric in
                    kept.flatMap { $0.values[metric.name]?[side] ?? [] }.map { "Benchmark\(name(entry.profile))/\(name(metric.name)) 1 \($0) \(unit(metric.unit))" }
                }
                return (head + [""] + lines).joined(separator: "\n") + "\n"
            }.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Stored results: a line a figure.
    package static func text(_ results: [(name: String, record: RunRecord)]) -> String {
        results.map { result in
            let record = result.record
            let head = ["result: \(oneLine(result.name))", "commit: \(oneLine(record.software.brokerCommit ?? record.software.commit))", "profile: \(oneLine(record.profile.name))"]
            let lines = ResultFigures.list(record).compactMap { figure in
                figure.metric.value.map { "Benchmark\(name(record.profile.name))/\(name(figure.key)) 1 \($0) \(unit(figure.metric.unit))" }
            }
            return (head + [""] + lines).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// A name is one word and begins, behind `Benchmark`, with no small letter.
    static func name(_ text: String) -> String {
        let words = text.map { $0.isLetter || $0.isNumber || "./+-".contains($0) ? $0 : "_" }
        return words.first.map { $0.uppercased() + String(words.dropFirst()) } ?? "_"
    }

    /// One word. Go's own spelling where it has one, so that benchstat knows what is better.
    static func unit(_ unit: String) -> String {
        switch unit {
        case "ns": "ns/op"
        case "": "1"
        default: String(unit.map { $0 == " " ? "-" : $0 })
        }
    }

    private static func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
