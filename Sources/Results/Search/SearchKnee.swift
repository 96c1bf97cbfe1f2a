// Where latency begins to grow faster than load.
internal import Host
internal import Measurement

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

    package static let factor = 2.0

    package init(
        recordsPerSecond: Double, p99Nanoseconds: UInt64, baseRecordsPerSecond: Double, baseP99Nanoseconds: UInt64, beyondRecordsPerSecond: Double?
    ) {
        self.recordsPerSecond = recordsPerSecond
        self.p99Nanoseconds = p99Nanoseconds
        self.baseRecordsPerSecond = baseRecordsPerSecond
        self.baseP99Nanoseconds = baseP99Nanoseconds
        self.beyondRecordsPerSecond = beyondRecordsPerSecond
    }

    /// - Parameter curve: a trial a rate, rates ascending; those without a p99 are passed over.
    /// - Returns: nil where fewer than two rates have a p99: one point has no bend.
    package static func find(_ curve: [SearchTrial], found: Double) -> SearchKnee? {
        let points = curve.compactMap { trial in trial.reading(0.99)?.nanoseconds.map { (rate: trial.offeredPerSecond, p99: $0) } }
        guard points.count >= 2 else { return nil }
        let base = points.lastIndex { $0.rate <= found / 2 } ?? 0
        let limit = Double(points[base].p99) * factor
        let beyond = points[base...].firstIndex { Double($0.p99) > limit }
        // Never the base itself, which is within any multiple of itself.
        let knee = points[(beyond ?? points.endIndex) - 1]
        return SearchKnee(
            recordsPerSecond: knee.rate, p99Nanoseconds: knee.p99, baseRecordsPerSecond: points[base].rate, baseP99Nanoseconds: points[base].p99,
            beyondRecordsPerSecond: beyond.map { points[$0].rate })
    }

    /// `at 64,000 records/s (p99 1.80 ms, at 32,000 it is 1.02 ms); at 96,000 it is above 2 times that`
    package var text: String {
        let base = "p99 \(Duration.text(nanoseconds: p99Nanoseconds)), at \(grouped(baseRecordsPerSecond)) it is \(Duration.text(nanoseconds: baseP99Nanoseconds))"
        let beyond = beyondRecordsPerSecond.map { "; at \(grouped($0)) it is above \(fixed(Self.factor, 0)) times that" } ?? "; no measured rate is above"
        return "at \(grouped(recordsPerSecond)) records/s (\(base))\(beyond)"
    }
}
