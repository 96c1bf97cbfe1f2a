// One reading of all metrics, in Prometheus' text format (version 0.0.4): families in one piece each, whoever gave
// their samples.

/// Gathers samples by family.
package struct MetricSamples {
    private struct Family {
        let metric: Metric
        var lines: [UInt8] = []
    }

    private var families: [Family] = []
    private var places: [String: Int] = [:]

    package init() {}

    /// Text as a sample's label value.
    package typealias Labels = [(name: String, value: String)]

    package mutating func add(_ metric: Metric, _ value: Int64, _ labels: Labels = []) {
        line(of: metric, "", labels, "\(value)")
    }

    package mutating func add(_ metric: Metric, _ value: UInt64, _ labels: Labels = []) {
        line(of: metric, "", labels, "\(value)")
    }

    package mutating func add(_ metric: Metric, seconds value: Double, _ labels: Labels = []) {
        line(of: metric, "", labels, Self.text(value))
    }

    /// A histogram of time.
    ///
    /// - Parameters:
    ///   - counts: one for each bucket of `DurationBuckets`, not accumulated.
    ///   - sum: of all durations, in nanoseconds.
    package mutating func add(_ metric: Metric, counts: [UInt64], sum: UInt64, _ labels: Labels = []) {
        precondition(counts.count == DurationBuckets.count, "\(metric.name): \(counts.count) buckets")
        var below: UInt64 = 0
        for (count, bound) in zip(counts, DurationBuckets.labels) {
            below &+= count
            line(of: metric, "_bucket", labels + [("le", bound)], "\(below)")
        }
        line(of: metric, "_sum", labels, Self.text(Double(sum) / 1e9))
        line(of: metric, "_count", labels, "\(below)")
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    private mutating func line(of metric: Metric, _ suffix: String, _ labels: Labels, _ value: String) {
        var line = metric.name + suffix
        if !labels.isEmpty {
            line += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        line += " \(value)\n"
        if let place = places[metric.name] {
            families[place].lines += line.utf8
        } else {
            places[metric.name] = families.count
            families.append(Family(metric: metric, lines: Array(line.utf8)))
        }
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return text }
        return text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }

    /// The whole reading.
    package var text: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(families.reduce(0) { $0 + $1.lines.count + 160 })
        for family in families {
            let help = family.metric.help.reduce(into: "") { $0 += $1 == "\\" ? "\\\\" : $1 == "\n" ? "\\n" : String($1) }
            bytes += "# HELP \(family.metric.name) \(help)\n# TYPE \(family.metric.name) \(family.metric.kind.rawValue)\n".utf8
            bytes += family.lines
        }
        return bytes
    }
}
