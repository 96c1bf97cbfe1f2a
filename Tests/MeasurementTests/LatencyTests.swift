import Measurement
import Testing

private let second: UInt64 = 1_000_000_000

/// `samples` recorded over `seconds` seconds, value by `value(index)`.
private func recorded(_ samples: Int, seconds: Int, value: (Int) -> Int64) -> LatencyHistogram {
    let recorder = LatencyRecorder(origin: 0, maximumSeconds: seconds + 1)
    for n in 0..<samples { recorder.record(value(n), at: UInt64(n) * UInt64(seconds) * second / UInt64(samples)) }
    return recorder.snapshot()
}

@Suite struct LatencyRecorderTests {
    @Test func `zero, negative and hour-long samples are kept and counted`() {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 2)
        recorder.record(0, at: 1)
        recorder.record(-5, at: 2)
        recorder.record(7_200 * Int64(second), at: 3)
        let histogram = recorder.snapshot()
        #expect(histogram.count == 3)
        #expect((histogram.zeroCount, histogram.negativeCount, histogram.overflowCount) == (1, 1, 1))
        #expect(histogram.minimumNanoseconds == -5)
        #expect(histogram.maximumNanoseconds == 7_200 * Int64(second))
        #expect(histogram.value(at: 1) == 7_200 * second || histogram.value(at: 1)! >= 3_600 * second)
    }

    @Test func `extremes are exact and quantiles right to three digits`() {
        let histogram = recorded(10_000, seconds: 1) { Int64($0) * 1_003 + 17 }
        #expect(histogram.minimumNanoseconds == 17)
        #expect(histogram.maximumNanoseconds == Int64(9_999 * 1_003 + 17))
        for q in [0.5, 0.9, 0.99, 0.999] {
            let exact = Double(Int((q * 10_000).rounded(.up)) - 1) * 1_003 + 17
            #expect(abs(Double(histogram.value(at: q)!) - exact) / exact < 0.001)
        }
    }

    @Test func `a late sample counts into the last window, an early one into the current`() {
        let recorder = LatencyRecorder(origin: 10 * second, maximumSeconds: 3)
        recorder.record(5, at: 11 * second)
        recorder.record(6, at: 10 * second)
        recorder.record(7, at: 99 * second)
        #expect(recorder.snapshot().windows.map(\.count) == [0, 2, 1])
        #expect(recorder.closedWindows == 2)
    }

    @Test func `windows close as time moves on, also without samples`() {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 10)
        recorder.record(5, at: 100)
        #expect(recorder.closedWindows == 0)
        recorder.advance(to: 3 * second)
        #expect(recorder.closedWindows == 3)
        #expect(recorder.window(0).count == 1)
        #expect(recorder.window(1).count == 0)
    }

    @Test func `a window of two lanes is merged by buckets, not by averaging percentiles`() {
        let fast = LatencyRecorder(origin: 0, maximumSeconds: 2, windowQuantiles: true)
        let slow = LatencyRecorder(origin: 0, maximumSeconds: 2, windowQuantiles: true)
        for _ in 0..<990 { fast.record(1_000, at: 1) }
        for _ in 0..<10 { slow.record(1_000_000, at: 1) }
        let window = mergedWindow([fast, slow], second: 0)
        #expect(window.count == 1_000)
        #expect(window.maximumNanoseconds == 1_000_000)
        #expect(abs(Double(window.p50Nanoseconds!) - 1_000) <= 32)
        #expect(abs(Double(window.p99Nanoseconds!) - 1_000) <= 32)
        slow.record(1_000_000, at: 2)
        #expect(mergedWindow([fast, slow], second: 0).p99Nanoseconds == 1_000_000)
    }

    @Test func `merging adds buckets, odd samples and seconds`() {
        var one = recorded(1_000, seconds: 2) { Int64($0) }
        let two = recorded(500, seconds: 3) { Int64($0) * 100_000 }
        let separately = recorded(1_000, seconds: 2) { Int64($0) }
        one.add(two)
        #expect(one.count == 1_500)
        #expect(one.zeroCount == 2)
        #expect(one.windows.count == 3)
        #expect(one.maximumNanoseconds == 49_900_000)
        #expect(zip(one.lowerBounds, one.lowerBounds.dropFirst()).allSatisfy { $0 < $1 })
        var empty = LatencyHistogram()
        empty.add(separately)
        #expect(empty == separately)
    }

    @Test func `a later stretch keeps its seconds apart`() {
        var whole = recorded(100, seconds: 2) { _ in 5 }
        whole.append(recorded(100, seconds: 3) { _ in 6 })
        #expect(whole.count == 200)
        #expect(whole.windows.count == 5)
    }
}

@Suite struct QuantileReadingTests {
    /// 1 ms everywhere, `slow` of every thousand 50 ms, all over `seconds`.
    private func load(samples: Int, seconds: Int, slow: Int = 20) -> LatencyHistogram {
        recorded(samples, seconds: seconds) { $0 % 1_000 < slow ? 50_000_000 : 1_000_000 }
    }

    @Test func `a quantile needs fifty samples above it`() {
        #expect(load(samples: 4_999, seconds: 10).reading(at: 0.99, hiccup: nil) == .unavailable(samples: 4_999))
        #expect(load(samples: 5_000, seconds: 10).reading(at: 0.99, hiccup: nil).nanoseconds != nil)
    }

    @Test func `requests count, not records`() {
        let reading = load(samples: 10_000, seconds: 10).reading(at: 0.99, hiccup: nil, events: 1_000)
        #expect(reading.description == "n/a (1000 samples)")
    }

    @Test func `a tail from four seconds is four episodes, from five it is a tail`() {
        #expect(load(samples: 50_000, seconds: 4).reading(at: 0.99, hiccup: nil).description == "50.0 ms (4 episodes)")
        #expect(load(samples: 50_000, seconds: 5).reading(at: 0.99, hiccup: nil).description == "50.0 ms")
    }

    @Test func `one stall in a long run is one episode`() {
        let histogram = recorded(60_000, seconds: 20) { (30_000..<30_120).contains($0) ? 200_000_000 : 1_000_000 }
        #expect(histogram.reading(at: 0.999, hiccup: nil).description == "200 ms (1 episode)")
        #expect(histogram.reading(at: 0.99, hiccup: nil).description == "1.00 ms")
    }

    @Test func `below three hiccups it is the machine's, at three it is not`() {
        let histogram = load(samples: 50_000, seconds: 10, slow: 0)
        let value = histogram.value(at: 0.5)!
        let under = recorded(1_000, seconds: 1) { _ in Int64(value / 3) + 3 }
        let over = recorded(1_000, seconds: 1) { _ in Int64(value / 3) - 300 }
        #expect(histogram.reading(at: 0.5, hiccup: under).description == "≤ 1.00 ms (machine floor)")
        #expect(histogram.reading(at: 0.5, hiccup: over).description == "1.00 ms")
    }

    @Test func `a generator late above p99 bounds only the cells above p99`() {
        let histogram = load(samples: 50_000, seconds: 10)
        let lag = recorded(50_000, seconds: 10) { $0 % 200 == 0 ? 6_000_000 : 1_000 }
        #expect(histogram.reading(at: 0.999, hiccup: nil, scheduleLag: lag).description == "≤ 50.0 ms (generator)")
        #expect(histogram.reading(at: 0.99, hiccup: nil, scheduleLag: lag).description == "50.0 ms")
        let less = recorded(50_000, seconds: 10) { $0 % 200 == 0 ? 4_900_000 : 1_000 }
        #expect(histogram.reading(at: 0.999, hiccup: nil, scheduleLag: less).description == "50.0 ms")
    }

    @Test(arguments: [
        (UInt64(0), "0 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (9_996, "10.0 µs"), (412_400, "412 µs"), (999_499, "999 µs"),
        (999_500, "1.00 ms"), (1_200_000, "1.20 ms"), (999_600_000, "1.00 s"), (12_345_000_000, "12.3 s"),
    ])
    func `durations read in three digits`(nanoseconds: UInt64, text: String) {
        #expect(Duration.text(nanoseconds: nanoseconds) == text)
    }

    @Test func `the interval of a quantile holds it and tightens with samples`() {
        let few = recorded(1_000, seconds: 1) { Int64($0) * 1_000 }
        let many = recorded(20_000, seconds: 1) { Int64($0) * 50 }
        let wide = few.quantileInterval(at: 0.9)!
        let tight = many.quantileInterval(at: 0.9)!
        #expect(wide.contains(900_000) && tight.contains(900_000))
        #expect(tight.upperBound - tight.lowerBound < wide.upperBound - wide.lowerBound)
        #expect(few.quantileInterval(at: 0.9999) == nil)
    }
}
