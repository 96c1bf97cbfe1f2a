// What `--out` asks for: `md=summary.md,junit=report.xml`.

package enum ReportFormat: String, CaseIterable, Sendable {
    case md, comment, junit, json, gobench, gab

    package var meaning: String {
        switch self {
        case .md: "Markdown"
        case .comment: "Markdown that fits into a comment"
        case .junit: "JUnit XML"
        case .json: "JSON with every raw slice"
        case .gobench: "Go's benchmark format"
        case .gab: "github-action-benchmark's JSON"
        }
    }
}

package struct ReportRequest: Equatable, Sendable {
    package let format: ReportFormat
    package let path: String

    /// - Parameter texts: each `format=path`, or several with commas between them.
    /// - Throws: `ReportRequestError` for an unknown format, a missing path, and one path asked for twice.
    package static func parse(_ texts: [String]) throws(ReportRequestError) -> [ReportRequest] {
        var requests: [ReportRequest] = []
        for text in texts.flatMap({ $0.split(separator: ",").map(String.init) }) {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let format = parts.first.flatMap({ ReportFormat(rawValue: $0) }) else { throw ReportRequestError(text: text, reason: "knows \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", "))") }
            guard parts.count == 2, !parts[1].isEmpty else { throw ReportRequestError(text: text, reason: "wants a path, as in \(format.rawValue)=FILE") }
            guard !requests.contains(where: { $0.path == parts[1] }) else { throw ReportRequestError(text: text, reason: "would write one file twice") }
            requests.append(ReportRequest(format: format, path: parts[1]))
        }
        return requests
    }
}

package struct ReportRequestError: Error, Equatable, CustomStringConvertible {
    package let text: String
    package let reason: String
    package var description: String { "--out ‘\(text)’: --out \(reason)" }
}
