// Where a consumer lane records a phase.
internal import Measurement

/// One phase of one lane: `end_to_end` with a sample a record, from its intended time to the poll that returned it. The
/// number of events behind it is the number of polls. A record belongs to the phase in which its intended time lies.
/// Made by the control thread, then the lane's.
final class ConsumerRecorders: @unchecked Sendable {
    // @unchecked: handed over before it is used; then only the lane's thread touches it.
    let origin: UInt64
    let endToEnd: LatencyRecorder
    /// From learning that the group changes to reading again; of members of a group.
    let rebalance: LatencyRecorder?
    let series: IntervalSeries
    var counts = ConsumerLanePhase()
    /// Whether the poll that is being delivered has brought records of this phase.
    var isInPoll = false

    /// - Parameters:
    ///   - keepsSeconds: keep a coarse histogram a second.
    ///   - isMember: of a group.
    init(origin: UInt64, maximumSeconds: Int, keepsSeconds: Bool = false, isMember: Bool = false) {
        self.origin = origin
        endToEnd = LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds, windowQuantiles: keepsSeconds)
        rebalance = isMember ? LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds) : nil
        series = IntervalSeries(origin: origin, maximumSeconds: maximumSeconds)
    }

    func value(errors: [String: UInt64]) -> ConsumerLanePhase {
        var phase = counts
        let histogram = endToEnd.snapshot()
        phase.histograms = ["end_to_end": histogram]
        if let rebalance { phase.histograms["rebalance"] = rebalance.snapshot() }
        phase.impossibleSamples = histogram.negativeCount + histogram.zeroCount
        phase.errors = errors
        phase.series = series.points()
        return phase
    }
}
