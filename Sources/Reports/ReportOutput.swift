// Writes reports where they were asked for, and where GitHub looks for them.
package import Comparisons
internal import Foundation
internal import Results

package enum ReportOutput {
    /// Where unasked output goes; nil for none.
    private struct GitHub {
        let summaryPath: String?

        /// - Parameter environment: of this process.
        init?(_ environment: [String: String]) {
            guard environment["GITHUB_ACTIONS"] == "true" else { return nil }
            summaryPath = environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// Comparisons of builds, those that failed before there was anything to report included.
    ///
    /// - Parameter print: takes lines for the log, GitHub's annotations.
    /// - Throws: Foundation's error where a file cannot be written.
    package static func write(
        _ reports: GateReports, requests: [ReportRequest], environment: [String: String], print: (String) -> Void = { Swift.print($0) }
    ) throws {
        for request in requests { try data(reports, request.format).write(to: URL(filePath: request.path)) }
        guard let github = GitHub(environment) else { return }
        try append(MarkdownReport.text(reports), to: github.summaryPath)
        AnnotationReport.lines(reports).forEach(print)
    }

    private static func data(_ reports: GateReports, _ format: ReportFormat) throws -> Data {
        switch format {
        case .md: Data(MarkdownReport.text(reports).utf8)
        case .comment: Data(MarkdownReport.text(reports, capBytes: MarkdownReport.commentCapBytes).utf8)
        case .junit: Data(JUnitReport.text(reports).utf8)
        case .gobench: Data(GoBenchmarkReport.text(reports).utf8)
        case .gab: try ActionBenchmarkReport.json(reports)
        case .json: document(reports)
        }
    }

    /// One comparison is its own document; several, or none, are a list of them, failures as objects with a reason.
    private static func document(_ reports: GateReports) -> Data {
        let documents = reports.entries.compactMap(\.document)
        if documents.count == 1, reports.entries.count == 1, reports.failures.isEmpty { return documents[0] }
        let failures = reports.failures.map { failure in
            (try? JSONEncoder().encode(["schema": "tidemark.ab.failure.v1", "profile": failure.profile, "reason": failure.reason])) ?? Data("{}".utf8)
        }
        return Data("[\n".utf8) + Data((documents + failures).joined(separator: Data(",\n".utf8))) + Data("\n]\n".utf8)
    }

    /// Stored results side by side.
    package static func write(
        _ comparison: ResultComparison, requests: [ReportRequest], environment: [String: String], print: (String) -> Void = { Swift.print($0) }
    ) throws {
        for request in requests { try data(comparison, request.format).write(to: URL(filePath: request.path)) }
        guard let github = GitHub(environment) else { return }
        try append(MarkdownReport.text(comparison), to: github.summaryPath)
        AnnotationReport.lines(comparison).forEach(print)
    }

    private static func data(_ comparison: ResultComparison, _ format: ReportFormat) throws -> Data {
        switch format {
        case .md: Data(MarkdownReport.text(comparison).utf8)
        case .comment: Data(MarkdownReport.text(comparison, capBytes: MarkdownReport.commentCapBytes).utf8)
        case .json: try ComparisonDocument(comparison).json()
        case .gobench: Data(GoBenchmarkReport.text(comparison.sides.map { (name: $0.name, record: $0.stored.record) }).utf8)
        // That format knows one commit's figures; of several results it gets the last, as the one that is new.
        case .gab: try ActionBenchmarkReport.json(comparison.sides[comparison.sides.count - 1].stored.record)
        case .junit: throw ReportRequestError(text: "junit", reason: "has no JUnit of stored results: they are not a gate. `tidemark ab` writes it")
        }
    }

    /// A job's steps share the file, so nothing in it is replaced.
    private static func append(_ text: String, to path: String?) throws {
        guard let path else { return }
        let place = URL(filePath: path)
        let before = (try? Data(contentsOf: place)) ?? Data()
        try (before + Data(text.utf8)).write(to: place)
    }
}
