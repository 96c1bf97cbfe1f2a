// A percentile distribution (.hgrm) as HdrHistogram prints it, for its plotter and for gnuplot.
internal import Foundation
internal import Measurement

/// Values in milliseconds at percentiles that come closer by half each five lines.
///
/// - Source: the output of HdrHistogram's `outputPercentileDistribution` with five ticks per half distance.
package enum PercentileDistribution {
    private static let ticksPerHalfDistance = 5.0
    private static let perMillisecond = 1e6
    private static let subBuckets = 2_048

    package static func text(_ recorded: RecordedHistogram) -> String {
        let histogram = recorded.histogram
        var lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
        lines += rows(histogram).map { row in
            let head = String(format: "%12.3f %2.12f %10llu", Double(row.value) / perMillisecond, row.percentile / 100, row.seen)
            return row.percentile < 100 ? head + String(format: " %14.2f", 1 / (1 - row.percentile / 100)) : head
        }
        let mean = histogram.meanNanoseconds ?? 0
        lines.append(String(format: "#[Mean    = %12.3f, StdDeviation   = %12.3f]", mean / perMillisecond, deviation(histogram, mean) / perMillisecond))
        lines.append(String(format: "#[Max     = %12.3f, Total count    = %12llu]", Double(max(0, histogram.maximumNanoseconds ?? 0)) / perMillisecond, histogram.count))
        lines.append(String(format: "#[Buckets = %12d, SubBuckets     = %12d]", buckets, subBuckets))
        return lines.joined(separator: "\n") + "\n"
    }

    /// How often 2,048 must double to pass what is tracked.
    private static var buckets: Int { HistogramEncoding.highestTrackable.bitWidth - HistogramEncoding.highestTrackable.leadingZeroBitCount - 10 }

    private typealias Row = (value: UInt64, percentile: Double, seen: UInt64)

    private static func rows(_ histogram: LatencyHistogram) -> [Row] {
        let total = histogram.count
        var rows: [Row] = []
        var seen: UInt64 = 0
        var level = 0.0
        for (bound, count) in zip(histogram.lowerBounds, histogram.counts) where count > 0 {
            seen += count
            let value = upperEdge(bound)
            repeat {
                guard 100 * Double(seen) / Double(total) >= level else { break }
                rows.append((value, level, seen))
                // Twice as many lines for each half of what is left.
                level += 100 / (ticksPerHalfDistance * pow(2, floor(log2(100 / (100 - level))) + 1))
            } while seen < total
        }
        if let last = rows.last { rows.append((last.value, 100, total)) }
        return rows
    }

    private static func upperEdge(_ bound: UInt64) -> UInt64 { bound + LatencyHistogram.bucketWidth(at: bound) - 1 }

    private static func deviation(_ histogram: LatencyHistogram, _ mean: Double) -> Double {
        let squares = zip(histogram.lowerBounds, histogram.counts).reduce(0.0) { sum, bucket in
            let distance = Double(bucket.0) + Double(LatencyHistogram.bucketWidth(at: bucket.0) - 1) / 2 - mean
            return sum + distance * distance * Double(bucket.1)
        }
        return histogram.count > 0 ? (squares / Double(histogram.count)).squareRoot() : 0
    }
}
