// One latency by two instruments: a client's quantiles beside those that a broker stamped of the same requests.
internal import Host

/// What two instruments say of one quantile, and whether they bear each other out.
package struct InstrumentComparison: Codable, Equatable, Sendable {
    /// What client and broker may differ by beyond what the machine adds, nanoseconds.
    package static let allowanceNanoseconds: UInt64 = 50_000

    /// The client's: `service`, `response`.
    package let clock: String
    /// 0.5, 0.99, …
    package let quantile: Double
    package let clientNanoseconds: UInt64
    package let brokerNanoseconds: UInt64
    /// The client's less the broker's.
    package let differenceNanoseconds: Int64
    /// The allowance, the hiccup at the quantile, and what is known to lie between the two.
    package let allowedNanoseconds: UInt64
    /// The bucket that the broker's quantile lies in: as closely as two histograms of 3 digits can agree.
    package let resolutionNanoseconds: UInt64
    package let agrees: Bool

    /// Lays a client's clock beside the broker's own.
    ///
    /// The client has its answer later than the broker sent it, never earlier, and by no more than the allowance and the machine's hiccup
    /// at the same quantile. Both are right to a bucket, 256 ns at 500 µs and 131 µs at 200 ms, so a difference counts as too large, or as
    /// that of a clock that runs ahead, when a whole bucket can't explain it.
    /// - Parameters:
    ///   - hiccup: timer overshoot of the same stretch.
    ///   - pathNanoseconds: what is known to lie between the two stamps and is nobody's error, such as what a bare echo takes.
    /// - Returns: nil where one of the three has no samples.
    package init?(
        _ clock: String, at quantile: Double, client: LatencyHistogram, broker: LatencyHistogram, hiccup: LatencyHistogram, pathNanoseconds: UInt64 = 0
    ) {
        guard let seen = client.value(at: quantile), let stamped = broker.value(at: quantile), let overshoot = hiccup.value(at: quantile) else { return nil }
        self.clock = clock
        self.quantile = quantile
        clientNanoseconds = seen
        brokerNanoseconds = stamped
        differenceNanoseconds = Int64(seen) - Int64(stamped)
        allowedNanoseconds = Self.allowanceNanoseconds + overshoot + pathNanoseconds
        resolutionNanoseconds = LatencyHistogram.bucketWidth(at: stamped)
        let resolution = Int64(resolutionNanoseconds)
        agrees = (-resolution...Int64(allowedNanoseconds) + resolution).contains(differenceNanoseconds)
    }

    /// `service p99: 200 ms beside 200 ms by the broker: 41 µs apart, 218 µs allowed, to 131 µs: agrees`
    package var text: String {
        let name = "\(clock) p\(fixed(quantile * 100, 0))"
        let apart = "\(differenceNanoseconds < 0 ? "-" : "")\(Duration.text(nanoseconds: differenceNanoseconds.magnitude)) apart"
        return "\(name): \(Duration.text(nanoseconds: clientNanoseconds)) beside \(Duration.text(nanoseconds: brokerNanoseconds)) by the broker: \(apart), "
            + "\(Duration.text(nanoseconds: allowedNanoseconds)) allowed, to \(Duration.text(nanoseconds: resolutionNanoseconds)): "
            + (agrees ? "agrees" : "DOES NOT AGREE")
    }
}

extension LatencyHistogram {
    /// As a clock would have it that is started or stopped at the wrong place: each sample, taken as its bucket's lower bound, so much later.
    package func shifted(by nanoseconds: Int64) -> LatencyHistogram {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 1)
        for (bound, count) in zip(lowerBounds, counts) { recorder.record(Int64(bound) + nanoseconds, count: count, at: 0) }
        return recorder.snapshot()
    }
}
