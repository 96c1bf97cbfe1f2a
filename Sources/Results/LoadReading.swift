// What a profile's own load came to, read from its steady phase: a pure function of the record.
internal import Host
internal import Measurement

/// Rates and latencies of one steady phase that belongs to no headline.
package struct LoadReading: Sendable {
    /// Of latencies that are printed; METHOD's rule decides which of them may be.
    package static let quantiles = [0.5, 0.9, 0.99, 0.999, 0.9999]
    /// Clocks in the order of a table: what a user feels first.
    package static let clocks = ["response", "service", "end_to_end"]

    package let phase: PhaseRecord
    /// `open`, `closed` or `max`; `mixed` where its groups differ; nil in records that do not say.
    package let mode: String?

    /// The profile's own load; nil where only headlines ran, or the load did not end.
    package init?(_ record: RunRecord) {
        guard let phase = record.phases.first(where: { $0.name == "steady" && $0.kind == "steady" }) else { return nil }
        self.init(phase: phase)
    }

    /// The loads that went on from it with something changed, in order.
    package static func later(_ record: RunRecord) -> [LoadReading] {
        record.phases.filter { $0.kind == "steady" && $0.name.hasPrefix("then ") }.compactMap { LoadReading(phase: $0) }
    }

    /// A phase in which lanes produced; nil where nobody brought it to an end, as one of a run that was killed.
    init?(phase: PhaseRecord) {
        guard phase.seconds > 0, phase.counters["acknowledged_records"] != nil else { return nil }
        self.phase = phase
        mode = phase.notes.first { $0.hasSuffix(" loop") }.map { String($0.dropLast(5)) }
    }

    /// Records a second that the schedule intended; nil without one.
    package var askedPerSecond: Double? { mode == "open" ? rate("scheduled_records") : nil }
    package var acknowledgedPerSecond: Double { rate("acknowledged_records") ?? 0 }
    package var consumedPerSecond: Double? { rate("consumed_records").flatMap { $0 > 0 ? $0 : nil } }

    /// Of the schedule's window; records that do not say have the phase's own length, which is read a moment later.
    package var seconds: Double { phase.counters["load_nanoseconds"].map { Double($0) / 1e9 } ?? phase.seconds }

    /// Record bytes acknowledged, 10⁶ a second; from the seconds where the record does not count them.
    package var megabytesPerSecond: Double {
        if let bytes = rate("acknowledged_bytes") { return bytes / 1e6 }
        return Double(phase.series.reduce(0) { $0 + $1.bytes }) / Double(max(1, phase.series.count)) / 1e6
    }

    /// Megabytes a second of whole batches as they were sent, and how many times smaller they were than before; nil where nothing
    /// was compressed.
    package var compressed: (megabytesPerSecond: Double, ratio: Double)? {
        guard let sent = phase.counters["batch_bytes"], sent > 0, let before = phase.counters["uncompressed_batch_bytes"] else { return nil }
        return (Double(sent) / seconds / 1e6, Double(before) / Double(sent))
    }

    /// Records of a schedule that were late, their share of it where everything had one, and those of them that came beyond a lane's
    /// queue; nil where none was.
    package var late: (records: UInt64, share: Double?, beyondQueue: UInt64)? {
        guard let late = phase.counters["late_records"], late > 0 else { return nil }
        let scheduled = mode == "open" ? phase.counters["scheduled_records"] : nil
        return (late, scheduled.map { Double(late) / Double(max(1, $0)) }, phase.counters["beyond_queue_records"] ?? 0)
    }

    private func rate(_ counter: String) -> Double? { phase.counters[counter].map { Double($0) / seconds } }

    /// The clocks that recorded anything.
    package var recordedClocks: [String] { Self.clocks.filter { (phase.histograms[$0]?.count ?? 0) > 0 } }

    /// nil where the clock recorded nothing.
    package func cell(_ clock: String, _ quantile: Double) -> QuantileCell? {
        Self.cell(clock, quantile, phase.histograms, phase.counters, mode: mode, hiccup: phase.histograms["hiccup"])
    }

    static func cell(
        _ clock: String, _ quantile: Double, _ histograms: [String: LatencyHistogram], _ counters: [String: UInt64], mode: String?, hiccup: LatencyHistogram?
    ) -> QuantileCell? {
        guard let histogram = histograms[clock], histogram.count > 0 else { return nil }
        // A batch is one event: what counts are requests, and polls on the consumers' side.
        let events = counters[clock == "end_to_end" ? "polls" : "acknowledged_requests"]
        // Without a schedule a late generator is none.
        let lag = mode == "open" && clock == "response" ? histograms["schedule_lag"] : nil
        return QuantileCell(quantile: quantile, reading: histogram.reading(at: quantile, hiccup: hiccup, scheduleLag: lag, events: events))
    }

    /// Exact, nanoseconds.
    package func maximum(_ clock: String) -> UInt64? { phase.histograms[clock]?.maximumNanoseconds.map { UInt64(max(0, $0)) } }
}

/// `p50`, `p99.9`
package func quantileName(_ quantile: Double) -> String {
    var digits = fixed(quantile * 100, 4)[...]
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return "p\(digits)"
}
