// A run's seconds as a table that anything reads (RFC 4180).
internal import Host
package import Results

/// One line a second of every phase, then of each of its named groups; a value that there is none of is empty.
package enum SeriesCSV {
    private static let columns = [
        "phase", "kind", "second", "records", "bytes", "response_p50_ns", "response_p99_ns", "response_max_ns", "queued", "consumed_records",
        "lag_max_records", "lag_records", "broker_cpu_ns", "broker_resident_bytes", "failed_records", "unread_records", "perturbations",
        "end_to_end_p50_ns", "end_to_end_p99_ns", "end_to_end_max_ns", "schedule_lag_p99_ns", "schedule_lag_max_ns", "service_p99_ns",
        "service_max_ns", "late_records", "consumed_bytes", "device_read_bytes", "device_written_bytes", "hit_rate_sampled_bytes", "hit_rate", "group",
    ]

    package static func text(_ record: RunRecord, phase: String?) throws(ExportError) -> String {
        let phases = record.phases.filter { !$0.series.isEmpty }
        guard !phases.isEmpty else { throw ExportError("the result holds no series: no phase of it was measured second by second") }
        let found = phases.filter { phase == nil || $0.name == phase }
        guard !found.isEmpty else {
            throw ExportError("no series of phase ‘\(phase ?? "")’; there is \(phases.map { "--phase '\($0.name)'" }.joined(separator: ", "))")
        }
        let lines = found.flatMap { phase in
            phase.series.map { line($0, of: phase, group: "") }
                + (phase.groups ?? []).flatMap { group in group.series.map { line($0, of: phase, group: group.name) } }
        }
        return ([columns.joined(separator: ",")] + lines).joined(separator: "\r\n") + "\r\n"
    }

    private static func line(_ second: SecondRecord, of phase: PhaseRecord, group: String) -> String {
        let figures = [
            second.responseP50Nanoseconds, second.responseP99Nanoseconds, second.responseMaximumNanoseconds, second.queued, second.consumedRecords,
            second.lagMaximumRecords, second.lagRecords, second.broker?.cpuNanoseconds, second.broker?.residentBytes, second.failedRecords,
            second.unreadRecords,
        ]
        let readers = [second.endToEndP50Nanoseconds, second.endToEndP99Nanoseconds, second.endToEndMaximumNanoseconds]
        let later = [
            second.scheduleLagP99Nanoseconds, second.scheduleLagMaximumNanoseconds, second.serviceP99Nanoseconds, second.serviceMaximumNanoseconds,
            second.lateRecords, second.consumedBytes, second.deviceReadBytes, second.deviceWrittenBytes, second.hitRateSampledBytes,
        ]
        let hits = second.hitRate.map { fixed($0, 6) } ?? ""
        let perturbations = quoted((second.perturbations ?? []).joined(separator: " "))
        let head = [quoted(phase.name), quoted(phase.kind), "\(second.second)", "\(second.records)", "\(second.bytes)"]
        let known = figures.map(cell) + [perturbations] + readers.map(cell) + later.map(cell)
        return (head + known + [hits, quoted(group)]).joined(separator: ",")
    }

    private static func cell(_ figure: UInt64?) -> String { figure.map(String.init) ?? "" }

    private static func quoted(_ text: String) -> String {
        text.contains { ",\"\r\n".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}
