// A few seconds of a clock over several lanes.
import Testing

@testable import Measurement

@Suite struct IntervalTests {
    @Test func `an interval adds the buckets of its seconds and lanes, and no others`() throws {
        let lanes = (0..<2).map { _ in LatencyRecorder(origin: 0, maximumSeconds: 10, windowQuantiles: true) }
        for second in UInt64(0)..<4 {
            for (n, lane) in lanes.enumerated() { lane.record(Int64(second + 1) * 1_000_000, count: n == 0 ? 90 : 10, at: second * nanosecondsPerSecond) }
        }
        let two = try #require(mergedInterval(lanes, seconds: 1..<3))
        #expect(two.count == 200 && two.maximumNanoseconds == 3_000_000)
        #expect(abs(two.meanNanoseconds / 2_500_000 - 1) < 0.03 && abs(Double(two.minimumNanoseconds) / 2_000_000 - 1) < 0.03)
        // Half of the samples are of each second.
        #expect(abs(Double(two.quantiles[0]) / 2_000_000 - 1) < 0.04 && two.quantiles[1] == 3_000_000 && two.quantiles.count == IntervalQuantiles.asked.count)
        #expect(mergedInterval(lanes, seconds: 5..<7) == nil)
    }

    @Test func `lanes that keep no histograms of their seconds have no intervals`() {
        let lane = LatencyRecorder(origin: 0, maximumSeconds: 10)
        lane.record(5, at: 0)
        #expect(mergedInterval([lane], seconds: 0..<1) == nil)
    }
}
