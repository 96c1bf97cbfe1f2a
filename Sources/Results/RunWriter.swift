// Writes a result while the run goes on, so that a killed harness still leaves one.
package import Foundation
internal import Glibc
internal import Measurement

/// One second of one phase, as series.ndjson holds it.
package struct SeriesLine: Codable, Equatable, Sendable {
    package var phase: String
    package var kind: String
    package var second: SecondRecord

    package init(phase: String, kind: String, second: SecondRecord) {
        self.phase = phase
        self.kind = kind
        self.second = second
    }
}

/// Keeps one result directory.
///
/// `run.json` is the whole document; it is written beside and renamed over, so that a reader finds the old
/// one or the new one and never a torn one. Writing it costs tens of milliseconds of CPU once the histograms
/// are in it, too much for every second of a timed phase: there the seconds go to `series.ndjson`, one line and
/// one write(2) each, and `ResultStore.load` adds them to what run.json holds. `finish` puts everything into
/// run.json, marks it complete, seals it and removes the series file.
package final class RunWriter {
    package let directory: URL
    private let series: Int32
    private let redaction: Redaction

    /// Creates the directory and the first, incomplete run.json.
    ///
    /// - Parameter redaction: what every document written is cleaned of.
    package init(store: ResultStore, record: RunRecord, redaction: Redaction = .ofThisMachine()) throws {
        self.redaction = redaction
        directory = store.directory(for: record.identity)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = directory.appendingPathComponent(ResultStore.seriesName).path
        series = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard series >= 0 else { throw ResultError.system(call: "open", path: path, reason: String(cString: strerror(errno))) }
        try update(record)
    }

    deinit { close(series) }

    /// Replaces run.json, marked incomplete. At phase borders; between them the seconds suffice.
    package func update(_ record: RunRecord) throws {
        var open = record
        open.complete = false
        try write(open)
    }

    /// Appends one second.
    package func append(_ line: SeriesLine) throws {
        let data = try RecordCoding.line(line)
        let written = data.withUnsafeBytes { Glibc.write(series, $0.baseAddress!, $0.count) }
        guard written == data.count else {
            let reason = written < 0 ? String(cString: strerror(errno)) : "wrote \(written) of \(data.count) bytes"
            throw ResultError.system(call: "write", path: ResultStore.seriesName, reason: reason)
        }
    }

    /// Writes the final run.json, complete, with the end of the run in it, and the verdict that its facts
    /// come to where none was set.
    ///
    /// - Returns: its place.
    @discardableResult
    package func finish(_ record: RunRecord, at now: Date = Date()) throws -> URL {
        var whole = record
        whole.complete = true
        if whole.verdict == nil { whole.verdict = Verdict.judge(whole.facts) }
        if whole.identity.endedAt == nil { whole.identity.endedAt = RunIdentity.timestamp(now) }
        let place = try write(whole)
        try FileManager.default.removeItem(at: directory.appendingPathComponent(ResultStore.seriesName))
        return place
    }

    @discardableResult
    private func write(_ record: RunRecord) throws -> URL {
        var record = record
        record.redact(by: redaction)
        return try ResultStore.put(record, in: directory)
    }
}
