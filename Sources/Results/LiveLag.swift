// The one point of a lag curve that is no circle.
internal import Host

/// A consumer that stayed behind the end of a log that grew, at the pace of its producer.
package struct LiveLag: Codable, Equatable, Sendable {
    /// Bytes behind over bytes of cache: asked for, and by the broker's watermarks when the window ended.
    package var lagShare, foundShare: Double
    package var producerRecordsPerSecond: Double
    /// In the window, headers of batches included.
    package var bytesRead: UInt64
    /// Percent, as of a point of the curve.
    package var hitRate, prefetch: Metric

    package init(lagShare: Double, foundShare: Double, producerRecordsPerSecond: Double, bytesRead: UInt64, hitRate: Metric, prefetch: Metric) {
        self.lagShare = lagShare
        self.foundShare = foundShare
        self.producerRecordsPerSecond = producerRecordsPerSecond
        self.bytesRead = bytesRead
        self.hitRate = hitRate
        self.prefetch = prefetch
    }

    /// `a consumer kept 0.50 caches behind …, at its pace, was 0.49 behind in the end and found 99.8 % of its 52.1 MiB in memory; 0.0 % was read ahead`
    package var sentence: String {
        func rate(_ metric: Metric) -> String { metric.value.map { "\(fixed($0, 1)) %" } ?? "n/a" }
        return "a consumer kept \(fixed(lagShare, 2)) caches behind a producer of \(grouped(producerRecordsPerSecond)) records a second to the same topic, at its pace, was \(fixed(foundShare, 2)) behind in the end and found \(rate(hitRate)) of its \(byteText(Double(bytesRead))) in memory; \(rate(prefetch)) was read ahead"
    }
}
