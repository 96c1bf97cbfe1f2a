import CoreMetrics
import Testing

@testable import Telemetry

@Suite struct RegistryTests {
    private let requests = Metric("requests_total", .counter, "Requests\nby \\ API.", labels: ["api"])
    private let wait = Metric("wait_seconds", .histogram, "Waiting.")

    private func lines(_ registry: PrometheusRegistry) -> [String] {
        String(decoding: registry.read().text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `a name that is another kind's gets a handle that nobody reads`() {
        let registry = PrometheusRegistry([requests])
        Gauge(label: "requests_total", dimensions: [], factory: registry).record(7)
        #expect(lines(registry) == [])
    }

    @Test func `what no metric can be called becomes underscores, and says that nobody described it`() {
        let registry = PrometheusRegistry([])
        CoreMetrics.Counter(label: "9 lives.left", dimensions: [("the-cat", "a\"b\\c\nd")], factory: registry).increment()
        #expect(
            lines(registry) == [
                "# HELP _9_lives_left Counted by a library, which says no more.", "# TYPE _9_lives_left counter",
                "_9_lives_left{the_cat=\"a\\\"b\\\\c\\nd\"} 1",
            ])
    }

    @Test func `series beyond the limit are counted for nobody`() {
        let registry = PrometheusRegistry([])
        for index in 0..<5_000 { CoreMetrics.Counter(label: "flood", dimensions: [("n", "\(index)")], factory: registry).increment() }
        #expect(lines(registry).count == 2 + 4_096)
    }

    @Test func `two handles of one name and the same labels are one series`() {
        let registry = PrometheusRegistry([requests])
        for _ in 0..<2 { CoreMetrics.Counter(label: "requests_total", dimensions: [("api", "Fetch")], factory: registry).increment(by: 2) }
        #expect(
            lines(registry) == [
                "# HELP requests_total Requests\\nby \\\\ API.", "# TYPE requests_total counter", "requests_total{api=\"Fetch\"} 4",
            ])
    }

    @Test func `a timer is a histogram whose buckets add up`() {
        let registry = PrometheusRegistry([wait])
        let timer = CoreMetrics.Timer(label: "wait_seconds", factory: registry)
        timer.recordNanoseconds(50_000)
        timer.recordNanoseconds(50_001)
        timer.recordSeconds(20)
        let text = lines(registry)
        #expect(text.contains("wait_seconds_bucket{le=\"0.00005\"} 1"))
        #expect(text.contains("wait_seconds_bucket{le=\"0.0001\"} 2"))
        #expect(text.contains("wait_seconds_bucket{le=\"10\"} 2"))
        #expect(text.contains("wait_seconds_bucket{le=\"+Inf\"} 3"))
        #expect(text.contains("wait_seconds_count 3"))
        #expect(text.contains("wait_seconds_sum 20.000100001"))
    }

    @Test func `a destroyed handle is read no more`() {
        let registry = PrometheusRegistry([])
        let meter = Meter(label: "m", factory: registry)
        meter.set(1.5)
        #expect(lines(registry).last == "m 1.5")
        meter.destroy()
        #expect(lines(registry) == [])
    }

    @Test func `a family stays in one piece, whoever gives its samples`() {
        let registry = PrometheusRegistry([requests])
        CoreMetrics.Counter(label: "requests_total", dimensions: [("api", "B")], factory: registry).increment()
        registry.addCollector { [requests] in $0.add(requests, UInt64(3), [("api", "A")]) }
        #expect(lines(registry).suffix(3) == ["# TYPE requests_total counter", "requests_total{api=\"A\"} 3", "requests_total{api=\"B\"} 1"])
    }

    @Test(arguments: [(0, 0), (50_000, 0), (50_001, 1), (10_000_000_000, 16), (10_000_000_001, 17), (UInt64.max, 17)])
    func `a duration goes into the first bucket that holds it`(nanoseconds: UInt64, index: Int) {
        #expect(DurationBuckets.index(nanoseconds) == index)
        #expect(DurationBuckets.bounds == DurationBuckets.bounds.sorted())
    }
}
