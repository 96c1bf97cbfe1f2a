// What a person sees while a run runs: a few lines written over in place on a terminal, a line per phase elsewhere.
internal import Foundation
internal import Host

/// Progress on standard error; standard output stays free for the table.
package final class ProgressLine {
    package enum Style: Sendable {
        /// A few lines, written over in place.
        case screen
        /// Lines that stay, without any control character.
        case log
        case silent
    }
    /// One moment of a phase.
    package struct Moment: Sendable {
        package var phase: String
        package var elapsedSeconds: Double
        package var totalSeconds: Double
        /// `closed`, `max` or `mixed`, what a load is without a schedule; nil with one, and where no load runs.
        package var loop: String?
        /// Acknowledged; nil where no load runs.
        package var recordsPerSecond: Double?
        package var bytesPerSecond: Double?
        /// Of the schedule; nil without one.
        package var offeredPerSecond: Double?
        /// Of the last second.
        package var responseP50Nanoseconds, responseP99Nanoseconds: UInt64?
        /// Due and not acknowledged.
        package var outstandingRecords: UInt64?
        /// Handed over too late or beyond a queue's bound, since the phase began; nil without a schedule.
        package var lateRecords: UInt64?
        /// nil: nobody reads.
        package var consumedPerSecond: Double?
        /// By which readers are behind the ends of their logs, all partitions together.
        package var behindRecords: UInt64?
        /// CPU seconds a second: 1 is one CPU. nil: its process is not known here.
        package var brokerCPUShare: Double?
        /// Of the bytes that the broker looked up in the last second before it served them, those in memory; nil where it did not look.
        package var cacheHitShare: Double?
        /// Why that is not known, where it is not; nil: nobody reads.
        package var cacheHitMissing: String?
        package init(phase: String, elapsedSeconds: Double, totalSeconds: Double) {
            self.phase = phase
            self.elapsedSeconds = elapsedSeconds
            self.totalSeconds = totalSeconds
        }
    }

    package let style: Style
    private let write: (String) -> Void
    private let startedAt = MonotonicClock.now()
    private var loggedPhase: String?
    private var loggedAt = 0.0
    private var block = TerminalBlock()
    private var shownPhase: String?
    private var shownAt: UInt64 = 0

    /// In the log a phase says something at its start and then this often.
    static let logIntervalSeconds = 10.0
    /// A phase's frames are at least so far apart.
    static let frameIntervalNanoseconds: UInt64 = 200_000_000

    /// - Parameter style: nil: a screen where standard error is a terminal that can show one, else a log.
    package init(style: Style? = nil, write: ((String) -> Void)? = nil) {
        self.style = style ?? (Terminal.isScreen ? .screen : .log)
        self.write = write ?? { StandardError.write($0) }
    }

    package func show(_ moment: Moment) {
        switch style {
        case .silent: return
        case .screen:
            let now = MonotonicClock.now()
            guard moment.phase != shownPhase || now - shownAt >= Self.frameIntervalNanoseconds else { return }
            (shownPhase, shownAt) = (moment.phase, now)
            let size = Terminal.size
            write(block.frame(LiveScreen.lines(moment, columns: size.columns, rows: size.rows)))
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

    /// Takes the rewritten lines away, before something else is printed.
    package func clear() {
        let text = block.erase()
        if !text.isEmpty { write(text) }
    }

    private func stamp() -> String {
        "[" + fixed(Double(MonotonicClock.now() - startedAt) / 1e9, 1) + " s] "
    }

    func text(_ moment: Moment) -> String {
        var parts = ["\(moment.phase) \(fixed(moment.elapsedSeconds, 0))/\(fixed(moment.totalSeconds, 0)) s"]
        if let loop = moment.loop { parts.append("\(loop) loop") }
        if let rate = moment.recordsPerSecond { parts.append("\(fixed(rate, 0)) records/s") }
        if let rate = moment.bytesPerSecond { parts.append("\(fixed(rate / 1e6, 1)) MB/s") }
        if let p99 = moment.responseP99Nanoseconds { parts.append("p99 \(fixed(Double(p99) / 1e6, 2)) ms") }
        if let behind = moment.behindRecords { parts.append("lag \(behind)") }
        if let late = moment.lateRecords { parts.append("late \(late)") }
        if let share = moment.brokerCPUShare { parts.append("broker CPU \(percent(share))") }
        if let share = moment.cacheHitShare { parts.append("cache hits \(percent(share, decimals: 1))") }
        return parts.joined(separator: " · ")
    }
}
