// Two instruments on the same requests: what counts as agreement, and what does not.
import Testing

@testable import Measurement

private func histogram(_ samples: [(nanoseconds: Int64, count: UInt64)]) -> LatencyHistogram {
    let recorder = LatencyRecorder(origin: 0, maximumSeconds: 1)
    for sample in samples { recorder.record(sample.nanoseconds, count: sample.count, at: 0) }
    return recorder.snapshot()
}

@Suite struct InstrumentTests {
    /// Half of them 500 µs, half 200 ms, where a bucket is 131 µs wide.
    private let broker = histogram([(500_000, 500), (200_000_000, 500)])
    private let hiccup = histogram([(20_000, 1_000)])

    private func row(later nanoseconds: Int64, at quantile: Double = 0.4, path: UInt64 = 0) throws -> InstrumentComparison {
        try #require(
            InstrumentComparison("service", at: quantile, client: broker.shifted(by: nanoseconds), broker: broker, hiccup: hiccup, pathNanoseconds: path))
    }

    @Test func `a client is later than the broker by at most 50 µs and the hiccup`() throws {
        #expect(try row(later: 0).agrees && row(later: 45_000).agrees && row(later: 69_000).agrees)
        let late = try row(later: 80_000)
        #expect(!late.agrees && late.allowedNanoseconds > 69_900 && late.allowedNanoseconds < 70_100 && abs(late.differenceNanoseconds - 80_000) < 600)
        #expect(late.text.hasPrefix("service p40: ") && late.text.hasSuffix(": DOES NOT AGREE"), "\(late.text)")
    }

    @Test func `a client that has an answer before the broker sent it does not agree`() throws {
        #expect(try !row(later: -2_000).agrees)
        #expect(try !row(later: -1_000_000).agrees, "a latency that would be below zero")
    }

    @Test func `what is known to lie between the two is allowed, and nothing more`() throws {
        #expect(try row(later: 150_000, path: 100_000).agrees)
        #expect(try !row(later: 180_000, path: 100_000).agrees)
    }

    @Test func `where buckets are wider than the allowance a whole bucket is not held against anybody`() throws {
        #expect(try row(later: 0, at: 0.9).resolutionNanoseconds == 131_072)
        #expect(try row(later: 150_000, at: 0.9).agrees)
        #expect(try !row(later: 500_000, at: 0.9).agrees && !row(later: -500_000, at: 0.9).agrees)
    }

    @Test func `without samples there is nothing to compare`() {
        #expect(InstrumentComparison("service", at: 0.5, client: LatencyHistogram(), broker: broker, hiccup: hiccup) == nil)
        #expect(InstrumentComparison("service", at: 0.5, client: broker, broker: broker, hiccup: LatencyHistogram()) == nil)
    }

    @Test func `a shift moves every sample and loses none`() {
        let moved = broker.shifted(by: 1_000_000)
        #expect(moved.count == broker.count && moved.value(at: 0.25).map { $0 > 1_499_000 && $0 < 1_501_100 } == true)
        #expect(broker.shifted(by: -1_000_000).negativeCount == 500)
    }
}
