// How sure a quantile of a stretch is, where its samples come in bursts.

/// The 95 % interval of a quantile. An end that lies beyond what was sampled is open.
package struct QuantileInterval: Codable, Equatable, Sendable {
    /// 0.5, 0.99, …
    package let quantile: Double
    /// nil: open.
    package let lowerNanoseconds: UInt64?
    /// nil: open.
    package let upperNanoseconds: UInt64?
    /// What it rests on: events (requests, not records), and seconds that held some. Under two seconds, on the events alone.
    package let events: UInt64
    package let seconds: Int

    package init(quantile: Double, lowerNanoseconds: UInt64?, upperNanoseconds: UInt64?, events: UInt64, seconds: Int) {
        self.quantile = quantile
        self.lowerNanoseconds = lowerNanoseconds
        self.upperNanoseconds = upperNanoseconds
        self.events = events
        self.seconds = seconds
    }

    /// `[8.80 ms, 9.60 ms]`; an open end is `–`.
    package var text: String {
        let ends = [lowerNanoseconds, upperNanoseconds].map { $0.map { Duration.text(nanoseconds: $0) } ?? "–" }
        return "[\(ends[0]), \(ends[1])]"
    }
}

/// The samples of one second around a value: in all, above its bucket, and in it.
package struct SecondAround: Equatable, Sendable {
    package let samples: UInt64
    package let above: UInt64
    package let within: UInt64

    package init(samples: UInt64, above: UInt64, within: UInt64) {
        self.samples = samples
        self.above = above
        self.within = within
    }
}

/// Each second of a clock over several lanes, as it lies around a value. For lanes that write no more.
///
/// - Returns: nil where a recorder keeps no histograms of its seconds; empty for no recorders.
package func secondsAround(_ nanoseconds: UInt64, of recorders: [LatencyRecorder], seconds: Int) -> [SecondAround]? {
    guard !recorders.isEmpty else { return [] }
    let bucket = CoarseBuckets.index(of: min(nanoseconds, LatencyRecorder.highestNanoseconds))
    var found: [SecondAround] = []
    for second in 0..<seconds {
        var sum = LatencyWindow(count: 0, maximumNanoseconds: 0, p50Nanoseconds: nil, p99Nanoseconds: nil)
        var buckets = [UInt64](repeating: 0, count: CoarseBuckets.count)
        for recorder in recorders {
            guard recorder.add(second: second, to: &sum, buckets: &buckets) else { return nil }
        }
        found.append(SecondAround(samples: sum.count, above: buckets[(bucket + 1)...].reduce(0, +), within: buckets[bucket]))
    }
    return found
}

extension LatencyHistogram {
    /// The 95 % interval of a quantile by order statistics: the samples whose ranks could as well have been the quantile's.
    ///
    /// How far those lie is the larger of two doubts. One is that of as many events as there were, if each were drawn by itself (binomial).
    /// The other is that of seconds which differ: the share of samples above the quantile, second by second, with Student's t (a cluster
    /// sample, as Woodruff 1952 makes an interval of a quantile from it). A queue or a pause joins neighbours, which the first does not
    /// know; where whole stretches of seconds hang together, neither does the second.
    /// - Parameters:
    ///   - q: `0 < q < 1`.
    ///   - events: N of the rule by which a quantile may be printed: requests (end-to-end: polls), not records.
    ///   - seconds: the stretch's, around `value(at: q)`; those without samples say nothing.
    /// - Returns: nil where too few events carry the quantile.
    package func interval(at q: Double, events: UInt64, seconds: [SecondAround]) -> QuantileInterval? {
        guard VerdictThresholds.tailIsLongEnough(quantile: q, samples: events), count > 0 else { return nil }
        let (total, held) = (Double(count), seconds.filter { $0.samples > 0 })
        let independent = 1.96 * (q * (1 - q) / Double(events)).squareRoot()
        let half = max(independent, Self.doubtBetween(held, above: 1 - q))
        let (lower, upper) = ((q - half) * total, (q + half) * total)
        return QuantileInterval(
            quantile: q, lowerNanoseconds: lower >= 1 ? value(ofRank: UInt64(lower.rounded(.down))) : nil,
            upperNanoseconds: upper <= total ? value(ofRank: UInt64(upper.rounded(.up))) : nil, events: events, seconds: held.count)
    }

    /// Half the 95 % interval of the share above a value, from how seconds differ; 0 where fewer than two say something.
    private static func doubtBetween(_ seconds: [SecondAround], above share: Double) -> Double {
        guard seconds.count >= 2 else { return 0 }
        let total = seconds.reduce(0.0) { $0 + Double($1.samples) }
        let above = seconds.reduce(0.0) { $0 + Double($1.above) }
        let within = seconds.reduce(0.0) { $0 + Double($1.within) }
        // Buckets of seconds are 3 % wide: as much of the value's own counts as above as makes the share of all of them right.
        let part = within > 0 ? min(1, max(0, (share * total - above) / within)) : 0
        let reached = (above + part * within) / total
        let squares = seconds.reduce(0.0) { sum, second in
            let off = Double(second.above) + part * Double(second.within) - reached * Double(second.samples)
            return sum + off * off
        }
        let n = Double(seconds.count)
        return StudentT.quantile(level: 0.95, degrees: seconds.count - 1) * (n / (n - 1) * squares).squareRoot() / total
    }
}
