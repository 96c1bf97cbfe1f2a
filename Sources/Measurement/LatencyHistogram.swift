// A histogram as a value: what lanes hand over, what is merged, and what run.json keeps.

/// Recorded buckets of one clock over one phase, sparse, with the exact extremes and one line a second.
///
/// The buckets are HdrHistogram's at 3 significant digits from 1 ns, so two of these always line up and
/// are merged by adding counts. Stored as (lower bound, count), which needs no knowledge of HdrHistogram's
/// index arithmetic to be read years later.
package struct LatencyHistogram: Codable, Equatable, Sendable {
    /// One second of the phase.
    package struct Window: Codable, Equatable, Sendable {
        package var count: UInt64 = 0
        package var maximumNanoseconds: UInt64 = 0
        package init(count: UInt64 = 0, maximumNanoseconds: UInt64 = 0) {
            self.count = count
            self.maximumNanoseconds = maximumNanoseconds
        }
    }

    /// Ascending lower bounds of the buckets that hold something, nanoseconds.
    package private(set) var lowerBounds: [UInt64] = []
    /// Samples in each of them.
    package private(set) var counts: [UInt64] = []
    /// Samples that were exactly zero; they are in bucket 0.
    package private(set) var zeroCount: UInt64 = 0
    /// Samples below zero: impossible, and they make a run INVALID. They are in bucket 0 too.
    package private(set) var negativeCount: UInt64 = 0
    /// Samples above an hour; they are in the last bucket.
    package private(set) var overflowCount: UInt64 = 0
    package private(set) var minimumNanoseconds: Int64?
    package private(set) var maximumNanoseconds: Int64?
    package private(set) var windows: [Window] = []

    package init() {}

    init(
        lowerBounds: [UInt64], counts: [UInt64], zeroCount: UInt64, negativeCount: UInt64, overflowCount: UInt64,
        minimumNanoseconds: Int64?, maximumNanoseconds: Int64?, windows: [Window]
    ) {
        precondition(lowerBounds.count == counts.count, "\(lowerBounds.count) bounds, \(counts.count) counts")
        self.lowerBounds = lowerBounds
        self.counts = counts
        self.zeroCount = zeroCount
        self.negativeCount = negativeCount
        self.overflowCount = overflowCount
        self.minimumNanoseconds = minimumNanoseconds
        self.maximumNanoseconds = maximumNanoseconds
        self.windows = windows
    }

    /// All samples, the odd ones included.
    package var count: UInt64 { counts.reduce(0, +) }

    /// The mean by bucket middles; nil when empty.
    package var meanNanoseconds: Double? {
        let total = count
        guard total > 0 else { return nil }
        var sum = 0.0
        for (bound, count) in zip(lowerBounds, counts) {
            sum += (Double(bound) + Double(Self.bucketWidth(at: bound) - 1) / 2) * Double(count)
        }
        return sum / Double(total)
    }

    /// Adds `other` bucket by bucket and second by second. Both phases started at the same instant.
    package mutating func add(_ other: LatencyHistogram) {
        (lowerBounds, counts) = Self.merged(self, other)
        zeroCount += other.zeroCount
        negativeCount += other.negativeCount
        overflowCount += other.overflowCount
        minimumNanoseconds = [minimumNanoseconds, other.minimumNanoseconds].compactMap { $0 }.min()
        maximumNanoseconds = [maximumNanoseconds, other.maximumNanoseconds].compactMap { $0 }.max()
        for (second, window) in other.windows.enumerated() {
            if second == windows.count { windows.append(.init()) }
            windows[second].count += window.count
            windows[second].maximumNanoseconds = max(windows[second].maximumNanoseconds, window.maximumNanoseconds)
        }
    }

    /// Adds a later stretch of the same experiment: buckets as in `add`, its seconds after ours.
    package mutating func append(_ later: LatencyHistogram) {
        let seconds = windows
        windows = []
        var shifted = later
        shifted.windows = []
        add(shifted)
        windows = seconds + later.windows
    }

    private static func merged(_ one: LatencyHistogram, _ two: LatencyHistogram) -> ([UInt64], [UInt64]) {
        var bounds: [UInt64] = []
        var counts: [UInt64] = []
        var (i, j) = (0, 0)
        while i < one.lowerBounds.count || j < two.lowerBounds.count {
            let left = i < one.lowerBounds.count ? one.lowerBounds[i] : .max
            let right = j < two.lowerBounds.count ? two.lowerBounds[j] : .max
            bounds.append(min(left, right))
            counts.append((left <= right ? one.counts[i] : 0) + (right <= left ? two.counts[j] : 0))
            if left <= right { i += 1 }
            if right <= left { j += 1 }
        }
        return (bounds, counts)
    }

    /// Width of the 3-digit bucket that starts at `bound`: 1 below 2048, then 2 to the power that keeps 11 bits.
    package static func bucketWidth(at bound: UInt64) -> UInt64 {
        bound < 2048 ? 1 : 1 << UInt64(53 - bound.leadingZeroBitCount)
    }
}
