// Stored results as one HTML file that needs nothing else: opens offline, prints, reads well aloud.
//
// `Chapter`s hold `Chart`s and tables; a chart is a table with a description of its picture, so that plot, table and
// download are one value. `Page` puts chapters, their data as JSON, style and script into one document; plotly.js draws.
package import Claims
package import Comparisons
internal import Foundation
package import Results

/// What a report is about.
package enum WebReport {
    package enum Subject: Sendable {
        case run(StoredResult)
        /// A comparison of two builds, and the name of its directory.
        case campaign(CampaignRecord, name: String)
        case claims(ClaimBook)

        package var name: String {
            switch self {
            case .run(let stored): stored.directory.lastPathComponent
            case .campaign(_, let name): name
            case .claims(let book): book.name
            }
        }
    }

    /// The document. The same subjects and program give the same bytes.
    ///
    /// - Parameters:
    ///   - subjects: in the order of their chapters; of several runs the first is what the others are compared with.
    ///   - options: of that comparison.
    ///   - maker: the program and its version.
    package static func html(_ subjects: [Subject], _ options: PivotOptions = PivotOptions(), library: ChartLibrary, maker: String) -> String {
        precondition(!subjects.isEmpty, "a report of nothing")
        let runs = subjects.compactMap { if case .run(let stored) = $0 { stored } else { nil } }
        let comparison = runs.count > 1 ? ResultComparison(runs, options) : nil
        return Page(title: title(subjects), parts: (comparison.map { [ReportPart(comparison: $0)] } ?? []) + parts(subjects), library: library, maker: maker).html
    }

    private static func title(_ subjects: [Subject]) -> String {
        subjects.count == 1 ? subjects[0].name : "\(subjects.count) results: \(subjects.map(\.name).joined(separator: ", "))"
    }

    /// Ids of the second and later subjects begin with a letter of their own; the first has plain ones when it is alone.
    private static func parts(_ subjects: [Subject]) -> [ReportPart] {
        var run = 0
        return subjects.enumerated().map { index, subject in
            let prefix = subjects.count == 1 ? "" : "r\(index + 1)-"
            switch subject {
            case .run(let stored):
                let letter = subjects.count == 1 ? nil : ComparisonSide(stored, index: run).letter
                run += 1
                return ReportPart(run: RunChapters(record: stored.record, prefix: prefix), heading: letter.map { "\($0) · \(stored.directory.lastPathComponent)" })
            case .campaign(let record, let name):
                return ReportPart(campaign: CampaignChapters(record: record, prefix: prefix), heading: subjects.count == 1 ? nil : name)
            case .claims(let book):
                return ReportPart(claims: ClaimChapters(book: book, prefix: prefix), heading: subjects.count == 1 ? nil : book.name)
            }
        }
    }
}

/// What belongs to one subject, or to all of them together.
struct ReportPart: Sendable {
    /// nil where it is the only one.
    let heading: String?
    let summary: Markup?
    let chapters: [Chapter]

    init(run: RunChapters, heading: String?) {
        self.heading = heading
        summary = run.summary(heading: heading)
        chapters = run.all
    }

    init(campaign: CampaignChapters, heading: String?) {
        self.heading = heading
        summary = campaign.summary(heading: heading)
        chapters = campaign.all
    }

    init(claims: ClaimChapters, heading: String?) {
        self.heading = heading
        summary = claims.summary(heading: heading)
        chapters = claims.all
    }

    init(comparison: ResultComparison) {
        heading = nil
        summary = nil
        chapters = ComparisonChapters(comparison: comparison).all
    }
}
