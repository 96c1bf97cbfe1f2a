// One run of `microbench calibrate`, read.
internal import Foundation
internal import Results

/// Figures of the machine, with the slices of those that were measured in slices.
struct CalibrationReading {
    let tier: String
    let metrics: [Metric]
    /// By item, in its unit.
    let slices: [String: [Double]]

    /// - Parameters:
    ///   - items: names of the items; empty: all of them.
    ///   - seconds: for each.
    /// - Throws: `HarnessError` when the probe fails.
    static func take(_ context: RunContext, directory: String, seconds: Double, items: [String] = []) throws -> CalibrationReading {
        var words = ["calibrate", "--dir", directory, "--seconds", "\(seconds)", "--json"]
        if !items.isEmpty { words += ["--only"] + items }
        let json = try context.microbench(words, label: "calibration", timeoutSeconds: 60 + seconds * 40)
        let report = try JSONDecoder().decode(Report.self, from: json)
        return CalibrationReading(
            tier: report.tier, metrics: report.items.map(\.metric),
            slices: report.items.reduce(into: [:]) { all, item in all[item.name] = item.slices })
    }

    private struct Report: Decodable {
        struct Item: Decodable {
            let name: String
            let value: Double?
            let unit: String?
            let polarity: String?
            let slices: [Double]?
            let unavailable: String?

            var metric: Metric {
                let better = Metric.Polarity(microbench: polarity)
                guard let value else {
                    return .unavailable(name, unit: unit ?? "", polarity: better, reason: unavailable ?? "not measured")
                }
                return .measured(name, value, unit: unit ?? "", polarity: better)
            }
        }
        let tier: String
        let items: [Item]
    }
}
