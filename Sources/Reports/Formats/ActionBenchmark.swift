// github-action-benchmark's JSON: names, units and values, and nothing that says which way is better.
internal import Comparisons
package import Foundation
internal import Gate
internal import Host
internal import Measurement
package import Results

/// That tool judges a whole file by one direction, `customSmallerIsBetter`: what is better when larger is given as its
/// reciprocal, and its name and unit say so.
package enum ActionBenchmarkReport {
    struct Item: Codable, Equatable {
        let name, unit: String
        let value: Double
        let range: String?
        let extra: String?
    }

    /// The head's figures.
    package static func json(_ reports: GateReports) throws -> Data {
        try data(
            reports.entries.flatMap { entry in
                entry.report.rows.compactMap { row -> Item? in
                    guard let head = row.head, head > 0 else { return nil }
                    return item(
                        "\(entry.profile)/\(row.metric.name)", head, row.metric.unit, higherIsBetter: row.metric.polarity == .higherIsBetter, range: nil,
                        extra: "\(GateCells.verdict(row))\nhead ÷ base \(row.estimate.map { fixed($0.ratio, 3) } ?? "n/a") \(GateCells.interval(row.estimate))")
                }
            })
    }

    /// A stored result's figures; neutral ones are left out.
    package static func json(_ record: RunRecord) throws -> Data {
        try data(
            ResultFigures.list(record).compactMap { figure in
                guard let value = figure.metric.value, value > 0, figure.metric.polarity != .neutral else { return nil }
                let range = figure.metric.interval.map { "[\(threeDigits($0.lower)), \(threeDigits($0.upper))]" }
                return item(
                    "\(record.profile.name)/\(figure.key)", value, figure.metric.unit, higherIsBetter: figure.metric.polarity == .higherIsBetter,
                    range: range, extra: figure.reservation)
            })
    }

    private static func item(_ name: String, _ value: Double, _ unit: String, higherIsBetter: Bool, range: String?, extra: String?) -> Item {
        higherIsBetter
            ? Item(name: "1 ÷ \(name)", unit: "1 ÷ (\(unit))", value: 1 / value, range: nil, extra: [extra, "\(threeDigits(value)) \(unit)"].compactMap { $0 }.joined(separator: "\n"))
            : Item(name: name, unit: unit, value: value, range: range, extra: extra)
    }

    private static func data(_ items: [Item]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(items) + Data("\n".utf8)
    }
}
