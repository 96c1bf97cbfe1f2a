// What swift-metrics' handles count in.
internal import CoreMetrics
internal import Synchronization

/// One time series.
protocol Series: AnyObject, Sendable {
    var metric: Metric { get }
    var labels: MetricSamples.Labels { get }
    func read(into samples: inout MetricSamples)
}

final class CounterSeries: Series, CounterHandler {
    let metric: Metric
    let labels: MetricSamples.Labels
    private let value = Atomic<Int64>(0)

    init(_ metric: Metric, _ labels: MetricSamples.Labels) {
        self.metric = metric
        self.labels = labels
    }

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
    func read(into samples: inout MetricSamples) { samples.add(metric, value.load(ordering: .relaxed), labels) }
}

/// A counter of fractions, such as seconds.
final class FractionSeries: Series, FloatingPointCounterHandler {
    let metric: Metric
    let labels: MetricSamples.Labels
    private let value = Mutex(0.0)

    init(_ metric: Metric, _ labels: MetricSamples.Labels) {
        self.metric = metric
        self.labels = labels
    }

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func reset() { value.withLock { $0 = 0 } }
    func read(into samples: inout MetricSamples) { samples.add(metric, seconds: value.withLock { $0 }, labels) }
}

/// A value that goes up and down.
final class GaugeSeries: Series, RecorderHandler, MeterHandler {
    let metric: Metric
    let labels: MetricSamples.Labels
    private let value = Mutex(0.0)

    init(_ metric: Metric, _ labels: MetricSamples.Labels) {
        self.metric = metric
        self.labels = labels
    }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func read(into samples: inout MetricSamples) {
        let value = value.withLock { $0 }
        if let whole = Int64(exactly: value) { samples.add(metric, whole, labels) } else { samples.add(metric, seconds: value, labels) }
    }
}

/// Durations in the shared buckets. A recorder that aggregates is taken to record seconds.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    private struct State {
        var counts = [UInt64](repeating: 0, count: DurationBuckets.count)
        var sum: UInt64 = 0
    }

    let metric: Metric
    let labels: MetricSamples.Labels
    private let state = Mutex(State())

    init(_ metric: Metric, _ labels: MetricSamples.Labels) {
        self.metric = metric
        self.labels = labels
    }

    func recordNanoseconds(_ duration: Int64) {
        let nanoseconds = UInt64(max(0, duration))
        state.withLock {
            $0.counts[DurationBuckets.index(nanoseconds)] &+= 1
            $0.sum &+= nanoseconds
        }
    }

    func record(_ seconds: Int64) { record(Double(seconds)) }
    func record(_ seconds: Double) { recordNanoseconds(Int64(exactly: (seconds * 1e9).rounded()) ?? 0) }

    func read(into samples: inout MetricSamples) {
        let state = state.withLock { $0 }
        samples.add(metric, counts: state.counts, sum: state.sum, labels)
    }
}
