// swift-metrics' back end: hands out handles, and reads them all when it is asked.
package import CoreMetrics
internal import Synchronization

/// Every series of this process, under the names of a table.
///
/// A collector adds samples that are kept elsewhere, such as the loops' counters, at each reading.
package final class PrometheusRegistry: MetricsFactory {
    package typealias Collector = @Sendable (inout MetricSamples) -> Void

    private struct Key: Hashable {
        let name: String
        let labels: [String]
    }

    private struct State {
        var series: [Key: any Series] = [:]
        /// In the order in which they came.
        var order: [Key] = []
        var collectors: [Collector] = []
    }

    private let known: [String: Metric]
    private let state = Mutex(State())

    /// Series at most: a library that makes one for each of what a peer sends must not take all memory.
    private static let limit = 4_096

    /// - Parameter table: the metrics that have a help text. Handles of other names get one that says so.
    package init(_ table: [Metric]) {
        known = Dictionary(table.map { ($0.name, $0) }) { first, _ in first }
    }

    package func addCollector(_ collector: @escaping Collector) { state.withLock { $0.collectors.append(collector) } }

    /// Reads everything.
    package func read() -> MetricSamples {
        let (series, collectors) = state.withLock { state in (state.order.compactMap { state.series[$0] }, state.collectors) }
        var samples = MetricSamples()
        for collector in collectors { collector(&samples) }
        for one in series { one.read(into: &samples) }
        return samples
    }

    // MARK: handles

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        handle(label, dimensions, .counter) { CounterSeries($0, $1) }
    }

    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        handle(label, dimensions, .counter) { FractionSeries($0, $1) }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        handle(label, dimensions, .gauge) { GaugeSeries($0, $1) }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return handle(label, dimensions, .histogram) { HistogramSeries($0, $1) } }
        return handle(label, dimensions, .gauge) { GaugeSeries($0, $1) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        handle(label, dimensions, .histogram) { HistogramSeries($0, $1) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

    /// The series of that name and those labels: the same one for all who ask, and one that nobody reads where the name
    /// has a series of another kind already or there are too many.
    private func handle<Handler: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Metric.Kind,
        _ make: (Metric, MetricSamples.Labels) -> Handler
    ) -> Handler {
        let name = Self.sanitized(label)
        let metric = known[name] ?? Metric(name, kind, "Counted by a library, which says no more.")
        let labels = dimensions.map { (name: Self.sanitized($0.0), value: $0.1) }
        let key = Key(name: name, labels: labels.flatMap { [$0.name, $0.value] })
        return state.withLock { state in
            if let existing = state.series[key] as? Handler { return existing }
            let made = make(metric, labels)
            let isFree = state.series[key] == nil && metric.kind == kind && state.order.count < Self.limit
            if isFree {
                state.series[key] = made
                state.order.append(key)
            }
            return made
        }
    }

    private func forget(_ handler: AnyObject) {
        state.withLock { state in
            guard let key = state.series.first(where: { $0.value === handler })?.key else { return }
            state.series[key] = nil
            state.order.removeAll { $0 == key }
        }
    }

    /// A name with nothing in it but letters, digits and underscores, and no digit in front.
    private static func sanitized(_ label: String) -> String {
        let allowed = label.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": Character(scalar)
            default: "_"
            }
        }
        let name = String(allowed)
        guard let first = name.first, !("0"..."9").contains(first) else { return "_" + name }
        return name
    }
}
