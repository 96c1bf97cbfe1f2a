// A history as Nyrkiö's API takes it.
package import Foundation
internal import Gate
package import Results

/// The body of `POST https://nyrkio.com/api/v0/result/TEST`: a list of results, each with `timestamp` (seconds since 1970), `metrics`
/// (name, unit, value, direction) and `attributes` (`git_repo`, `branch`, `git_commit`, and our own beside them).
///
/// The timestamp is that of head's commit, as its guide asks ("the time of the git commit that was tested"), and that of the
/// comparison where the commit's is not known.
///
/// - Source: frontend/src/docs/intro.md, docs/source/api-reference/data-models.md (names of letters, digits, `-` and `_`; the direction is
///   required) and backend/api/model.py (`TestResults`, a list) of github.com/nyrkio/nyrkio.
package enum NyrkioJSON {
    struct Result: Codable, Equatable {
        let timestamp: Int
        let metrics: [Metric]
        let attributes: [String: String]
    }

    struct Metric: Codable, Equatable {
        let name, unit: String
        /// head ÷ base.
        let value: Double
        let direction: String
    }

    /// - Parameters:
    ///   - metrics: by name; nil: all.
    ///   - repository: its address; a commit is linked by it.
    package static func document(_ series: HistorySeries, metrics: [String]? = nil, repository: String, branch: String) throws -> Data {
        let names = series.metricNames.filter { metrics?.contains($0) ?? true }
        let exported = Dictionary(uniqueKeysWithValues: zip(names, ExportName.unique(names, separator: "-")))
        let results = series.lines.compactMap { line -> Result? in
            let metrics = line.metrics.compactMap { metric in exported[metric.name].map { Self.metric(metric, $0) } }
            guard !metrics.isEmpty else { return nil }
            return Result(timestamp: timestamp(line), metrics: metrics, attributes: attributes(line, repository, branch))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(results) + Data("\n".utf8)
    }

    private static func metric(_ metric: HistoryMetric, _ name: String) -> Metric {
        Metric(
            name: String(name.prefix(50)), unit: "head/base", value: metric.ratio,
            direction: metric.polarity == .higherIsBetter ? "higher_is_better" : "lower_is_better")
    }

    private static func timestamp(_ line: HistoryLine) -> Int {
        let date = line.head.committedAt.flatMap { try? Date($0, strategy: .iso8601) } ?? (try? Date(line.time, strategy: .iso8601))
        return Int((date ?? .distantPast).timeIntervalSince1970)
    }

    private static func attributes(_ line: HistoryLine, _ repository: String, _ branch: String) -> [String: String] {
        [
            "git_repo": repository, "branch": branch, "git_commit": line.head.commit ?? line.head.name, "base": line.base.name,
            "profile": line.profile.name, "machine": line.machine.label, "toolchain": line.toolchain, "comparison": line.id, "compared_at": line.time,
        ]
    }
}
