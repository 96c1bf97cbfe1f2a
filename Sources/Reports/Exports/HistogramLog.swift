// A histogram log (.hlog): what HdrHistogram's own tools plot, merge and compare.
internal import Foundation
internal import Measurement
package import Results

/// One line a phase and clock, of named groups one each, tagged with all of them; times in seconds from the first phase on, maxima in
/// milliseconds. Shorter stretches have no lines: a run keeps the quantiles of its seconds and intervals, and histograms of whole phases.
package enum HistogramLog {
    package static func text(_ recorded: [RecordedHistogram], of record: RunRecord) -> String {
        let origin = record.phases.map(\.startedNanoseconds).filter { $0 > 0 }.min() ?? 0
        let start = (try? Date(record.identity.startedAt, strategy: .iso8601))?.timeIntervalSince1970 ?? 0
        var lines = [
            "#[Histograms of \(record.identity.directoryName), written by tidemark; values in nanoseconds]",
            "#[Histogram log format version 1.3]",
            "#[A line is a whole phase]",
            String(format: "#[StartTime: %.3f (seconds since epoch)]", start),
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
        ]
        for one in recorded {
            let since = Double(one.phase.startedNanoseconds &- min(origin, one.phase.startedNanoseconds)) / 1e9
            let maximum = Double(max(0, one.histogram.maximumNanoseconds ?? 0)) / 1e6
            lines.append(String(format: "Tag=%@,%.3f,%.3f,%.3f,%@", one.tag, since, one.phase.seconds, maximum, HistogramEncoding.base64(one.histogram)))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
