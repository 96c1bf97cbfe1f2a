// What a terminal shows of a running phase: a few lines, laid out anew each second.
internal import Host
internal import Measurement
internal import Results

/// From one moment of a phase to lines of text: no clock, no terminal.
enum LiveScreen {
    /// No line is longer, however wide the terminal is.
    static let widest = 80
    private static let labelWidth = 9
    private static let barWidth = 24

    /// At least one line, none longer than the terminal less a column (in the last one some terminals begin a new line), and
    /// fewer than it has rows.
    static func lines(_ moment: ProgressLine.Moment, columns: Int, rows: Int) -> [String] {
        let width = max(1, min(widest, columns - 1))
        let all: [String?] = [phase(moment, width), load(moment, width), latency(moment, width), readers(moment, width), broker(moment, width)]
        return Array(all.compactMap { $0 }.prefix(max(1, rows - 1)))
    }

    private static func phase(_ moment: ProgressLine.Moment, _ width: Int) -> String {
        let left = max(0, moment.totalSeconds - moment.elapsedSeconds)
        let time = "\(fixed(moment.elapsedSeconds, 0)) of \(fixed(moment.totalSeconds, 0)) s"
        let share = moment.totalSeconds > 0 ? min(1, max(0, moment.elapsedSeconds / moment.totalSeconds)) : 0
        let filled = Int((share * Double(barWidth)).rounded())
        let bar = "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled) + "]"
        let name = moment.phase + String(repeating: " ", count: max(0, labelWidth - 2 - moment.phase.count))
        // What is least needed goes first where there is no room: the bar, then the time that is left.
        let tails = ["  \(bar) \(time), \(fixed(left, 0)) s left", "  \(time), \(fixed(left, 0)) s left", "  \(time)"]
        guard let tail = tails.first(where: { $0.count + labelWidth - 2 <= width }) else { return shortened(moment.phase, width) }
        return shortened(name, width - tail.count) + tail
    }

    private static func load(_ moment: ProgressLine.Moment, _ width: Int) -> String? {
        guard let rate = moment.recordsPerSecond else { return nil }
        return line("load", [
            moment.loop.map { "\($0) loop" }, moment.offeredPerSecond.map { "offered \(grouped($0))/s" }, "acknowledged \(grouped(rate))/s",
            moment.bytesPerSecond.map { "\(fixed($0 / 1e6, 1)) MB/s" }, moment.lateRecords.map { "late \(grouped(Double($0)))" },
        ], width)
    }

    private static func latency(_ moment: ProgressLine.Moment, _ width: Int) -> String? {
        guard moment.recordsPerSecond != nil else { return nil }
        func quantile(_ name: String, _ nanoseconds: UInt64?) -> String { "\(name) \(nanoseconds.map { Duration.text(nanoseconds: $0) } ?? "n/a")" }
        return line("response", [
            quantile("p50", moment.responseP50Nanoseconds), quantile("p99", moment.responseP99Nanoseconds) + " in the last second",
            moment.outstandingRecords.map { "outstanding \(grouped(Double($0)))" },
        ], width)
    }

    private static func readers(_ moment: ProgressLine.Moment, _ width: Int) -> String? {
        guard let rate = moment.consumedPerSecond else { return nil }
        return line("readers", ["consumed \(grouped(rate))/s", moment.behindRecords.map { "\(grouped(Double($0))) records behind" }], width)
    }

    private static func broker(_ moment: ProgressLine.Moment, _ width: Int) -> String? {
        guard moment.recordsPerSecond != nil else { return nil }
        let hits = moment.cacheHitShare.map { percent($0, decimals: 1) } ?? moment.cacheHitMissing.map { "n/a: \($0)" }
        return line("broker", [
            "CPU " + (moment.brokerCPUShare.map { "\(percent($0)) of one" } ?? "n/a"), hits.map { "cache hits \($0)" },
        ], width)
    }

    /// As many of the figures as fit, whole ones, in their order.
    private static func line(_ label: String, _ figures: [String?], _ width: Int) -> String {
        var text = label + String(repeating: " ", count: max(1, labelWidth - label.count))
        var isFirst = true
        for figure in figures.compactMap({ $0 }) {
            let more = (isFirst ? "" : " · ") + figure
            guard text.count + more.count <= width else { break }
            text += more
            isFirst = false
        }
        return shortened(isFirst ? label : text, width)
    }

    private static func shortened(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
    }
}
