// One clock over a few seconds of a phase, out of the coarse histograms that lanes keep of each second.

/// What a stretch of one clock came to, nanoseconds. Quantiles and mean are right to 3 %, the maximum is exact.
package struct IntervalQuantiles: Codable, Equatable, Sendable {
    /// Of `quantiles`, in this order.
    package static let asked = [0.5, 0.75, 0.95, 0.99, 0.999, 0.9999]

    package var count: UInt64
    package var meanNanoseconds: Double
    /// The lower edge of the lowest bucket that holds something.
    package var minimumNanoseconds: UInt64
    package var maximumNanoseconds: UInt64
    package var quantiles: [UInt64]

    package init(count: UInt64, meanNanoseconds: Double, minimumNanoseconds: UInt64, maximumNanoseconds: UInt64, quantiles: [UInt64]) {
        self.count = count
        self.meanNanoseconds = meanNanoseconds
        self.minimumNanoseconds = minimumNanoseconds
        self.maximumNanoseconds = maximumNanoseconds
        self.quantiles = quantiles
    }
}

/// Some seconds of one clock over several lanes, merged by adding buckets.
///
/// - Parameter recorders: of lanes that write no more, or of seconds that all of them have closed.
/// - Returns: nil where nothing was recorded in them, or where a recorder keeps no histograms of its seconds.
package func mergedInterval(_ recorders: [LatencyRecorder], seconds: Range<Int>) -> IntervalQuantiles? {
    var sum = LatencyWindow(count: 0, maximumNanoseconds: 0, p50Nanoseconds: nil, p99Nanoseconds: nil)
    var buckets = [UInt64](repeating: 0, count: CoarseBuckets.count)
    for recorder in recorders {
        for second in seconds {
            guard recorder.add(second: second, to: &sum, buckets: &buckets) else { return nil }
        }
    }
    guard sum.count > 0, let lowest = buckets.firstIndex(where: { $0 > 0 }) else { return nil }
    var total = 0.0
    for (index, count) in buckets.enumerated() where count > 0 { total += CoarseBuckets.middle(of: index) * Double(count) }
    let most = sum.maximumNanoseconds
    return IntervalQuantiles(
        count: sum.count, meanNanoseconds: min(total / Double(sum.count), Double(most)), minimumNanoseconds: min(CoarseBuckets.lowerEdge(of: lowest), most),
        maximumNanoseconds: most, quantiles: IntervalQuantiles.asked.map { min(CoarseBuckets.quantile($0, of: buckets), most) })
}
