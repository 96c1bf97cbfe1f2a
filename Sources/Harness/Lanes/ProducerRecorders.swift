// Where a producer lane records a phase.
internal import Measurement

/// One phase of one lane: `schedule_lag` (open loop only) and `response` with a sample a record; `client_delay` with one a
/// batch, of its first record, which waited longest; `service` with one a request. The number of events behind any of
/// them is the number of acknowledged requests: a batch is one event, however many records it carries.
///
/// A record belongs to the phase in which its intended time lies, whenever it is acknowledged; only the series goes by
/// the time of the acknowledgement. Made by the control thread, then the lane's.
final class ProducerRecorders: @unchecked Sendable {
    // @unchecked: the lane's thread writes; the control thread reads closed windows only.
    let origin: UInt64
    let scheduleLag: LatencyRecorder
    let clientDelay: LatencyRecorder
    let service: LatencyRecorder
    let response: LatencyRecorder
    /// From asking for a transaction's end to hearing of it; a sample a transaction.
    let commit: LatencyRecorder?
    let series: IntervalSeries
    var counts = ProducerLanePhase()

    /// - Parameters:
    ///   - keepsIntervals: keep a coarse histogram a second of the schedule lag, too.
    ///   - keepsService: keep one of the service time, which has a sample a request and not a record.
    ///   - hasTransactions: time them.
    init(origin: UInt64, maximumSeconds: Int, keepsIntervals: Bool = false, keepsService: Bool = false, hasTransactions: Bool = false) {
        self.origin = origin
        scheduleLag = LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds, windowQuantiles: keepsIntervals)
        clientDelay = LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds)
        service = LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds, windowQuantiles: keepsService)
        response = LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds, windowQuantiles: true)
        commit = hasTransactions ? LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds) : nil
        series = IntervalSeries(origin: origin, maximumSeconds: maximumSeconds)
    }

    /// Closes the seconds that are past.
    func advance(to now: UInt64) {
        guard now >= origin else { return }
        scheduleLag.advance(to: now)
        service.advance(to: now)
        response.advance(to: now)
        series.advance(to: now)
    }

    /// The phase as a value.
    func value(errors: [String: UInt64]) -> ProducerLanePhase {
        var phase = counts
        phase.histograms = [
            "client_delay": clientDelay.snapshot(), "service": service.snapshot(), "response": response.snapshot(),
        ]
        if let commit { phase.histograms["commit"] = commit.snapshot() }
        let lag = scheduleLag.snapshot()
        if lag.count > 0 { phase.histograms["schedule_lag"] = lag }
        phase.impossibleSamples = phase.histograms.values.reduce(0) { $0 + $1.negativeCount }
        for clock in ["service", "response"] { phase.impossibleSamples += phase.histograms[clock]!.zeroCount }
        phase.errors = errors
        phase.series = series.points()
        return phase
    }
}
