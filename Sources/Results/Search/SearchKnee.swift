// Where latency begins to grow faster than load.
internal import Host
package import Measurement

/// The knee of a latency-against-load curve: the highest rate up to which every p99 stays within `factor` times that at about half of
/// the rate that was found. Half, because queues are short there and it is measured on the way in any case.
package struct SearchKnee: Codable, Equatable, Sendable {
    package var recordsPerSecond: Double
    package var p99Nanoseconds: UInt64
    /// What the p99 is a multiple of: the measured rate next below half of what was found, or the lowest.
    package var baseRecordsPerSecond: Double
    package var baseP99Nanoseconds: UInt64
    /// The next rate that was measured, whose p99 is above: the knee lies between the two. nil: no measured rate is above.
    package var beyondRecordsPerSecond: Double?
    /// nil in results from before they were kept.
    package var p99Interval: QuantileInterval?
    package var baseP99Interval: QuantileInterval?
    /// Whether the p99 beyond is above its bound wherever in their intervals it and the base's truly lie; nil without a rate beyond or
    /// without intervals.
    package var isSure: Bool?

    package static let factor = 2.0

    package init(
        recordsPerSecond: Double, p99Nanoseconds: UInt64, baseRecordsPerSecond: Double, baseP99Nanoseconds: UInt64, beyondRecordsPerSecond: Double?,
        p99Interval: QuantileInterval? = nil, baseP99Interval: QuantileInterval? = nil, isSure: Bool? = nil
    ) {
        self.recordsPerSecond = recordsPerSecond
        self.p99Nanoseconds = p99Nanoseconds
        self.baseRecordsPerSecond = baseRecordsPerSecond
        self.baseP99Nanoseconds = baseP99Nanoseconds
        self.beyondRecordsPerSecond = beyondRecordsPerSecond
        self.p99Interval = p99Interval
        self.baseP99Interval = baseP99Interval
        self.isSure = isSure
    }

    /// - Parameter curve: a trial a rate, rates ascending; those without a p99 are passed over.
    /// - Returns: nil where fewer than two rates have a p99: one point has no bend.
    package static func find(_ curve: [SearchTrial], found: Double) -> SearchKnee? {
        let points = curve.compactMap { trial in
            trial.reading(0.99)?.nanoseconds.map { (rate: trial.offeredPerSecond, p99: $0, interval: trial.interval(0.99)) }
        }
        guard points.count >= 2 else { return nil }
        let base = points.lastIndex { $0.rate <= found / 2 } ?? 0
        let limit = Double(points[base].p99) * factor
        let beyond = points[base...].firstIndex { Double($0.p99) > limit }
        // Never the base itself, which is within any multiple of itself.
        let knee = points[(beyond ?? points.endIndex) - 1]
        return SearchKnee(
            recordsPerSecond: knee.rate, p99Nanoseconds: knee.p99, baseRecordsPerSecond: points[base].rate, baseP99Nanoseconds: points[base].p99,
            beyondRecordsPerSecond: beyond.map { points[$0].rate }, p99Interval: knee.interval, baseP99Interval: points[base].interval,
            isSure: beyond.flatMap { bendIsSure(points[$0].interval, above: points[base].interval) })
    }

    private static func bendIsSure(_ beyond: QuantileInterval?, above base: QuantileInterval?) -> Bool? {
        guard let beyond, let base else { return nil }
        guard let lower = beyond.lowerNanoseconds, let upper = base.upperNanoseconds else { return false }
        return Double(lower) > Double(upper) * factor
    }

    /// `at 64,000 records/s (p99 1.80 ms, at 32,000 it is 1.02 ms); at 96,000 it is above 2 times that`
    package var text: String {
        func time(_ nanoseconds: UInt64, _ interval: QuantileInterval?) -> String {
            Duration.text(nanoseconds: nanoseconds) + (interval.map { " \($0.text)" } ?? "")
        }
        let base = "p99 \(time(p99Nanoseconds, p99Interval)), at \(grouped(baseRecordsPerSecond)) it is \(time(baseP99Nanoseconds, baseP99Interval))"
        let doubt = isSure == false ? ", which the intervals leave open" : ""
        let beyond = beyondRecordsPerSecond.map { "; at \(grouped($0)) it is above \(fixed(Self.factor, 0)) times that\(doubt)" } ?? "; no measured rate is above"
        return "at \(grouped(recordsPerSecond)) records/s (\(base))\(beyond)"
    }
}
