// A share that comes in parts of different weight.
import Testing

@testable import Measurement

@Suite struct ShareIntervalTests {
    @Test func `parts weigh what they hold`() throws {
        let interval = try #require(ConfidenceInterval.shareOfSums([(part: 0, whole: 1), (part: 90, whole: 99)]))
        #expect(abs(interval.estimate - 0.9) < 1e-12 && interval.samples == 2 && interval.lower >= 0 && interval.upper <= 1)
    }

    @Test func `parts that agree leave nothing open, and those that differ leave more`() throws {
        func width(_ shares: [Double]) throws -> Double {
            let interval = try #require(ConfidenceInterval.shareOfSums(shares.map { (part: $0 * 100, whole: 100) }))
            return interval.upper - interval.lower
        }
        #expect(try width([0.5, 0.5, 0.5, 0.5]) < 1e-12)
        let (near, far) = (try width([0.49, 0.51, 0.5, 0.5]), try width([0.4, 0.6, 0.5, 0.5]))
        #expect(near > 0 && far > near)
    }

    @Test func `one part, or nothing at all, has no interval`() {
        #expect(ConfidenceInterval.shareOfSums([(part: 1, whole: 2)]) == nil)
        #expect(ConfidenceInterval.shareOfSums([(part: 0, whole: 0), (part: 0, whole: 0)]) == nil)
    }
}
