// How sure a quantile is: by its requests, and by seconds that differ.
import Testing

@testable import Measurement

/// Ten seconds of 1,000 samples each: in `slow` of them everything of rank 900 and above takes 10 times as long.
private func recorded(slow: Set<Int>) -> (LatencyRecorder, LatencyHistogram) {
    let recorder = LatencyRecorder(origin: 0, maximumSeconds: 20, windowQuantiles: true)
    for second in 0..<10 {
        for rank in 1...1_000 {
            let factor = rank > 900 && slow.contains(second) ? 10 : 1
            recorder.record(Int64(rank * 1_000 * factor), at: UInt64(second) * nanosecondsPerSecond)
        }
    }
    return (recorder, recorder.snapshot())
}

private func interval(slow: Set<Int>, at q: Double, events: UInt64 = 10_000) throws -> QuantileInterval {
    let (recorder, histogram) = recorded(slow: slow)
    let value = try #require(histogram.value(at: q))
    let seconds = try #require(secondsAround(value, of: [recorder], seconds: histogram.windows.count))
    return try #require(histogram.interval(at: q, events: events, seconds: seconds))
}

@Suite struct QuantileIntervalTests {
    @Test func `seconds that are alike leave the doubt of independent requests`() throws {
        let alike = try interval(slow: [], at: 0.9)
        // 1.96 · √(0.9 · 0.1 / 10,000) is 0.00588: ranks 8,941 to 9,059 of 10,000, of samples from 1 to 1,000 µs.
        #expect(alike.lowerNanoseconds.map { abs(Double($0) / 895_000 - 1) < 0.002 } == true, "\(alike)")
        #expect(alike.upperNanoseconds.map { abs(Double($0) / 906_000 - 1) < 0.002 } == true, "\(alike)")
        #expect(alike.seconds == 10 && alike.events == 10_000)
        // A batch is one event, however many records it carries.
        let batches = try interval(slow: [], at: 0.9, events: 1_000)
        #expect(batches.lowerNanoseconds.map { $0 < 885_000 } == true && batches.upperNanoseconds.map { $0 > 915_000 } == true, "\(batches)")
    }

    @Test func `seconds that differ leave more, and one that has all the tail leaves it open`() throws {
        let (alike, apart) = (try interval(slow: Set(0..<10), at: 0.95), try interval(slow: [1, 3, 5, 7, 9], at: 0.95))
        // Half of the seconds are slow: p95 is where their slow tenth begins, and how many of them there are is what is not known.
        #expect(alike.lowerNanoseconds.map { $0 > 9_300_000 } == true && alike.upperNanoseconds.map { $0 < 9_700_000 } == true, "\(alike)")
        #expect(apart.lowerNanoseconds.map { $0 < 960_000 } == true, "\(apart)")
        let alone = try interval(slow: [4], at: 0.99)
        #expect(alone.lowerNanoseconds != nil && alone.upperNanoseconds == nil && alone.text.hasSuffix(", –]"), "\(alone)")
    }

    @Test func `a quantile that too few requests carry has none, and a single second has that of its requests`() throws {
        let (recorder, histogram) = recorded(slow: [])
        #expect(histogram.interval(at: 0.999, events: 10_000, seconds: []) == nil)
        #expect(LatencyHistogram().interval(at: 0.5, events: 0, seconds: []) == nil)
        let one = try #require(histogram.interval(at: 0.9, events: 10_000, seconds: [SecondAround(samples: 10_000, above: 1_000, within: 0)]))
        let alike = try interval(slow: [], at: 0.9)
        #expect(one.lowerNanoseconds == alike.lowerNanoseconds && one.upperNanoseconds == alike.upperNanoseconds && one.seconds == 1)
        #expect(secondsAround(5, of: [], seconds: 3) == [])
        #expect(secondsAround(900_000, of: [recorder], seconds: 12)?.map(\.samples) == Array(repeating: 1_000, count: 10) + [0, 0])
    }

    @Test func `lanes that keep no histograms of their seconds say nothing of them`() {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 2)
        recorder.record(5, at: 0)
        #expect(secondsAround(5, of: [recorder], seconds: 1) == nil)
    }
}
