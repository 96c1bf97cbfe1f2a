// What of the bytes that readers got was in memory: told with how sure it is, or with why it is not known.
import Measurement
import Results
import Testing

@testable import Harness

@Suite struct HitRateTests {
    private let sampled = ResidencySampling(interval: 20, isKnown: true)

    private func second(_ n: Int, hits: Double, of bytes: UInt64) -> SecondRecord {
        var second = SecondRecord(second: n, records: 1, bytes: 1)
        (second.hitRate, second.hitRateSampledBytes) = (hits, bytes)
        return second
    }

    private func metric(_ sampledBytes: UInt64, _ residentBytes: UInt64, _ series: [SecondRecord], _ sampling: ResidencySampling? = nil) -> Metric {
        let counters = ["residency_sampled_bytes": sampledBytes, "residency_resident_bytes": residentBytes]
        return HitRate(counters: counters, series: series, sampling: sampling ?? sampled).metric
    }

    @Test func `a second in which little was looked up weighs little`() throws {
        // The average of the seconds' shares would be 50 %.
        let metric = metric(10_100, 9_000, [second(0, hits: 0, of: 100), second(1, hits: 0.9, of: 10_000)])
        #expect(abs(try #require(metric.value) - 100 * 9_000 / 10_100) < 1e-9)
        #expect(metric.interval == nil, "two seconds tell nothing of how much seconds differ")
        #expect(metric.note == "one of 20 served ranges looked up before it was read, 10.1 kB in all")
    }

    @Test func `what no whole second held is a part of its own, and the interval is about the value`() throws {
        let metric = metric(3_000, 1_500, [second(0, hits: 1, of: 1_000), second(1, hits: 0.5, of: 1_000)])
        let interval = try #require(metric.interval)
        #expect(metric.value == 50 && abs(interval.estimate - 50) < 1e-9 && interval.samples == 3)
        #expect(interval.lower == 0 && interval.upper == 100)
    }

    @Test func `where nothing was looked up the reason says why`() {
        #expect(metric(0, 0, []).unavailable == "no range that was served has been looked up")
        #expect(metric(0, 0, [], .init(interval: nil, isKnown: true)).unavailable?.hasPrefix("not sampled: residency.sample.interval is 0") == true)
        #expect(metric(0, 0, [], .init(interval: nil, isKnown: false)).unavailable?.hasPrefix("a broker that this run did not start") == true)
    }

    @Test func `a load that reads a backlog samples sparsely, unless its profile says otherwise`() throws {
        func interval(_ backlog: String, _ overrides: [String] = []) throws -> String? {
            let text = """
                question: q
                name: q
                producers: {rate: 1000, recordBytes: 100}
                consumers: {count: 1}
                phases: {warmUp: 1s, steadyWait: 1s, steady: 1s}
                \(backlog)
                """
            return try Profile.parse(text, path: "q.yaml", overrides: overrides).loadBroker.settings[ResidencySampling.key]
        }
        #expect(try interval("backlog: {time: 1s}") == "20")
        #expect(try interval("contract: at-least-once") == nil)
        #expect(try interval("backlog: {time: 1s}", ["broker.settings.residency.sample.interval=0"]) == "0")
    }

    @Test func `the device's reads stand beside what was fetched, and nowhere where nothing was`() {
        func names(_ bytesOut: UInt64, _ hitRate: Metric?) -> [String] {
            CostFigures(recordsIn: 1, bytesIn: 1, bytesOut: bytesOut, hitRate: hitRate).metrics().suffix(2).map(\.name)
        }
        #expect(names(10, metric(10, 10, [])) == ["device_read_per_byte_out", "hit_rate"])
        #expect(names(0, nil) == ["write_amplification", "syscalls"])
    }
}
