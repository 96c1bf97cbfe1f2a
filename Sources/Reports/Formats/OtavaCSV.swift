// A history as the CSV that Apache Otava reads.
package import Results

/// A row a comparison, the oldest first: `time`, the attributes `commit`, `base`, `toolchain` and `comparison`, then a column of
/// ratios (head ÷ base) for each metric. In Otava's configuration:
///
///     tests:
///       ab-max:
///         type: csv
///         file: history.csv
///         time_column: time
///         attributes: [commit, base]
///         metrics:
///           throughput: {direction: 1}
///           broker_CPU: {direction: -1}
///
/// - Source: docs/CSV.md and otava/importer.py (`CsvImporter`) of github.com/apache/otava: commas and double quotes by default, every
///   row as long as the head, every metric's cell a number (so a metric that some comparison lacks gets no column), times with
///   their zone, and no column `branch` in a file of one branch.
package enum OtavaCSV {
    package struct Document: Equatable, Sendable {
        package let text: String
        /// Metrics without a column, because a comparison lacks them.
        package let leftOut: [String]
    }

    /// - Parameter metrics: by name; nil: all that every comparison has. A comparison that lacks one which was asked for gets no row.
    package static func document(_ series: HistorySeries, metrics: [String]? = nil) -> Document {
        let asked = series.metricNames.filter { metrics?.contains($0) ?? true }
        let lines = metrics == nil ? series.lines : series.lines.filter { line in asked.allSatisfy { line[$0] != nil } }
        let names = asked.filter { name in lines.allSatisfy { $0[name] != nil } }
        let head = ["time", "commit", "base", "toolchain", "comparison"] + ExportName.unique(names, separator: "_")
        let rows = lines.map { line in
            [zoned(line.time), line.head.commit ?? line.head.name, line.base.commit ?? line.base.name, line.toolchain, line.id]
                + names.map { "\(line[$0]!.ratio)" }
        }
        let text = ([head] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
        return Document(text: text, leftOut: asked.filter { !names.contains($0) })
    }

    /// `2026-11-24 05:00:00 +0000`.
    private static func zoned(_ time: String) -> String { time.replacing("T", with: " ").replacing("Z", with: " +0000") }

    /// RFC 4180.
    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { ",\"\n\r".contains($0) }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}

/// Names of metrics where only letters, digits and a separator are safe.
enum ExportName {
    /// `p99 ack` is `p99_ack`; where two names would be one, the later gets a number.
    static func unique(_ names: [String], separator: Character) -> [String] {
        names.reduce(into: []) { taken, name in
            let plain = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : separator })
            var (candidate, number) = (plain, 1)
            while taken.contains(candidate) {
                number += 1
                candidate = "\(plain)\(separator)\(number)"
            }
            taken.append(candidate)
        }
    }
}
