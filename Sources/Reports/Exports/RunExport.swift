// What `tidemark export` writes of one stored run.
package import Foundation
package import Results

package enum ExportFormat: String, CaseIterable, Sendable {
    case hlog, hgrm, csv, gobench, gab

    package var meaning: String {
        switch self {
        case .hlog: "every histogram as an HdrHistogram log"
        case .hgrm: "one histogram's percentiles as HdrHistogram prints them"
        case .csv: "every phase second by second"
        case .gobench: "every figure in Go's benchmark format"
        case .gab: "every figure as github-action-benchmark's JSON"
        }
    }
}

package enum RunExport {
    /// - Parameters:
    ///   - phase: only that phase (hlog, hgrm, csv).
    ///   - clock: only that clock (hlog, hgrm).
    /// - Throws: `ExportError` in words, or Foundation's error of the JSON encoder.
    package static func data(_ stored: StoredResult, _ format: ExportFormat, phase: String?, clock: String?) throws -> Data {
        let record = stored.record
        switch format {
        case .hlog: return Data(HistogramLog.text(try RecordedHistogram.list(record, phase: phase, clock: clock), of: record).utf8)
        case .hgrm: return Data(PercentileDistribution.text(try RecordedHistogram.one(record, phase: phase, clock: clock)).utf8)
        case .csv: return Data(try SeriesCSV.text(record, phase: phase).utf8)
        case .gobench: return Data(GoBenchmarkReport.text([(name: stored.directory.lastPathComponent, record: record)]).utf8)
        case .gab: return try ActionBenchmarkReport.json(record)
        }
    }
}
