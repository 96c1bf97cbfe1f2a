// What a person sees while a run runs: one rewritten line on a terminal, a line per phase elsewhere.
internal import Foundation
internal import Glibc
internal import Host

/// Progress on standard error; standard output stays free for the table.
package final class ProgressLine {
    package enum Style: Sendable { case terminal, log, silent }
    /// One moment of a phase.
    package struct Moment: Sendable {
        package var phase: String
        package var elapsedSeconds: Double
        package var totalSeconds: Double
        package var recordsPerSecond: Double?
        package var bytesPerSecond: Double?
        package var responseP99Nanoseconds: UInt64?
        package init(phase: String, elapsedSeconds: Double, totalSeconds: Double) {
            self.phase = phase
            self.elapsedSeconds = elapsedSeconds
            self.totalSeconds = totalSeconds
        }
    }

    private let style: Style
    private let write: (String) -> Void
    private let startedAt = MonotonicClock.now()
    private var loggedPhase: String?
    private var loggedAt = 0.0
    private var lineIsOpen = false

    /// In the log a phase says something at its start and then this often.
    static let logIntervalSeconds = 10.0

    package init(style: Style? = nil, write: ((String) -> Void)? = nil) {
        self.style = style ?? (isatty(2) == 1 ? .terminal : .log)
        self.write = write ?? { FileHandle.standardError.write(Data($0.utf8)) }
    }

    package func show(_ moment: Moment) {
        switch style {
        case .silent: return
        case .terminal:
            write("\r\u{1b}[K" + text(moment))
            lineIsOpen = true
        case .log:
            let isNew = moment.phase != loggedPhase
            guard isNew || moment.elapsedSeconds - loggedAt >= Self.logIntervalSeconds else { return }
            loggedPhase = moment.phase
            loggedAt = moment.elapsedSeconds
            write(stamp() + text(moment) + "\n")
        }
    }

    /// A whole line that stays.
    package func note(_ line: String) {
        guard style != .silent else { return }
        clear()
        write((style == .log ? stamp() : "") + line + "\n")
    }

    /// Takes the rewritten line away, before something else is printed.
    package func clear() {
        if lineIsOpen { write("\r\u{1b}[K") }
        lineIsOpen = false
    }

    private func stamp() -> String {
        "[" + fixed(Double(MonotonicClock.now() - startedAt) / 1e9, 1) + " s] "
    }

    func text(_ moment: Moment) -> String {
        var parts = ["\(moment.phase) \(fixed(moment.elapsedSeconds, 0))/\(fixed(moment.totalSeconds, 0)) s"]
        if let rate = moment.recordsPerSecond { parts.append("\(fixed(rate, 0)) records/s") }
        if let rate = moment.bytesPerSecond { parts.append("\(fixed(rate / 1e6, 1)) MB/s") }
        if let p99 = moment.responseP99Nanoseconds { parts.append("p99 \(fixed(Double(p99) / 1e6, 2)) ms") }
        return parts.joined(separator: " · ")
    }
}
