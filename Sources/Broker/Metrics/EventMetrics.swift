// What happens seldom and is counted as it happens, through swift-metrics.
internal import CoreMetrics
internal import StorageEngine
internal import Telemetry

/// Handles of the broker's events. Any swift-metrics back end takes them; without one they count for nobody.
struct EventMetrics: Sendable {
    private let cleaned: CoreMetrics.Counter
    private let cleanerFailed: CoreMetrics.Counter
    private let cleanerSeconds: FloatingPointCounter
    private let cleanerRead: CoreMetrics.Counter
    private let cleanerWritten: CoreMetrics.Counter
    private let cleanerDropped: CoreMetrics.Counter
    private let reloaded: CoreMetrics.Counter
    private let reloadRejected: CoreMetrics.Counter
    private let suppressed: [CoreMetrics.Counter]

    init(_ factory: any MetricsFactory) {
        func counter(_ name: String, _ labels: [(String, String)] = []) -> CoreMetrics.Counter {
            CoreMetrics.Counter(label: name, dimensions: labels, factory: factory)
        }
        cleaned = counter(MetricTable.cleanerPasses.name, [("result", "done")])
        cleanerFailed = counter(MetricTable.cleanerPasses.name, [("result", "failed")])
        cleanerSeconds = FloatingPointCounter(label: MetricTable.cleanerSeconds.name, dimensions: [], factory: factory)
        cleanerRead = counter(MetricTable.cleanerRead.name)
        cleanerWritten = counter(MetricTable.cleanerWritten.name)
        cleanerDropped = counter(MetricTable.cleanerDropped.name)
        reloaded = counter(MetricTable.reloads.name, [("result", "applied")])
        reloadRejected = counter(MetricTable.reloads.name, [("result", "rejected")])
        suppressed = BrokerLog.Kind.allCases.map { counter(MetricTable.suppressed.name, [("kind", "\($0)")]) }
    }

    func compacted(_ report: CompactionReport) {
        (report.failure == nil ? cleaned : cleanerFailed).increment()
        cleanerSeconds.increment(by: report.seconds)
        cleanerRead.increment(by: report.bytesRead)
        cleanerWritten.increment(by: report.bytesWritten)
        cleanerDropped.increment(by: report.recordsRead - report.recordsKept)
    }

    func configurationRead(isApplied: Bool) { (isApplied ? reloaded : reloadRejected).increment() }

    func suppressed(_ kind: BrokerLog.Kind) { suppressed[kind.rawValue].increment() }
}
