// The null broker as a second instrument: how long its answers took by its own readings of the clock.
package import Measurement
internal import Host

/// A request whose answer will be stamped.
struct TakenRequest {
    enum Kind { case produce, fetch }
    let kind: Kind
    /// When its whole frame had come and was taken up, CLOCK_MONOTONIC nanoseconds.
    let at: UInt64
}

/// From taking a request up to just before its answer goes to the socket. A client's service time is this, and what its own socket, its
/// wake-up and the broker's add to it. Belongs to the broker's thread.
final class AnswerStamps {
    private let produce = LatencyRecorder(origin: MonotonicClock.now(), maximumSeconds: 1)
    private let fetch = LatencyRecorder(origin: MonotonicClock.now(), maximumSeconds: 1)

    func record(_ request: TakenRequest, sentAt now: UInt64) {
        let recorder = request.kind == .produce ? produce : fetch
        recorder.record(Int64(bitPattern: now &- request.at), at: now)
    }

    var times: AnswerTimes { AnswerTimes(produce: AnswerTime(produce.snapshot()), fetch: AnswerTime(fetch.snapshot())) }
}

/// What a null broker has stamped so far.
package struct AnswerTimes: Codable, Equatable, Sendable {
    package let produce: AnswerTime
    package let fetch: AnswerTime
}

/// Of requests of one kind that were answered.
package struct AnswerTime: Codable, Equatable, Sendable {
    package let requests: UInt64
    /// Nanoseconds by name (`p50`); those that at least 50 requests lie above.
    package let quantiles: [String: UInt64]
    /// Every sample, in HdrHistogram's buckets of 3 digits.
    package let histogram: LatencyHistogram

    private static let names: [(name: String, quantile: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
    ]

    init(_ histogram: LatencyHistogram) {
        requests = histogram.count
        self.histogram = histogram
        var values: [String: UInt64] = [:]
        for (name, quantile) in Self.names where VerdictThresholds.tailIsLongEnough(quantile: quantile, samples: requests) {
            values[name] = histogram.value(at: quantile)
        }
        quantiles = values
    }
}
