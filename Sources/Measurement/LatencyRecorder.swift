// One clock of one lane: every sample of a phase, recorded without allocating.
internal import Histogram
internal import Synchronization

/// Samples of one clock as one thread sees them: an HdrHistogram of 3 significant digits in nanoseconds,
/// the exact extremes beside it, and what each second of the phase held.
///
/// One thread writes. Any thread may read `closedWindows` and the windows below it while it runs;
/// everything else is for the writer, or for others once the writer has stopped.
package final class LatencyRecorder: @unchecked Sendable {
    // @unchecked: a window is never written again once `closed` has been released past it; the rest has one owner.

    /// The highest value the buckets tell apart: an hour. Longer samples go into the last bucket and are counted.
    package static let highestNanoseconds: UInt64 = 3_600_000_000_000

    private var histogram = Histogram<UInt64>(
        highestTrackableValue: LatencyRecorder.highestNanoseconds, numberOfSignificantValueDigits: .three)
    private var zeroCount: UInt64 = 0
    private var negativeCount: UInt64 = 0
    private var overflowCount: UInt64 = 0
    private var minimum = Int64.max
    private var maximum = Int64.min

    private let origin: UInt64
    private let capacity: Int
    private let windows: UnsafeMutablePointer<LatencyHistogram.Window>
    private let coarse: UnsafeMutablePointer<UInt32>?
    private var current = 0
    private var currentEnd: UInt64
    private let closed = Atomic<Int>(0)

    /// - Parameters:
    ///   - origin: the instant window 0 starts, CLOCK_MONOTONIC nanoseconds.
    ///   - maximumSeconds: windows to preallocate; what comes later stays in the last one.
    ///   - windowQuantiles: keep a coarse histogram (3 % wide buckets, 4.9 kB) a second, for the live p99 and the series.
    package init(origin: UInt64, maximumSeconds: Int, windowQuantiles: Bool = false) {
        precondition(maximumSeconds > 0, "a recorder needs at least one window, not \(maximumSeconds)")
        self.origin = origin
        capacity = maximumSeconds
        windows = .allocate(capacity: maximumSeconds)
        windows.initialize(repeating: .init(), count: maximumSeconds)
        let cells = maximumSeconds * CoarseBuckets.count
        coarse = windowQuantiles ? .allocate(capacity: cells) : nil
        coarse?.initialize(repeating: 0, count: cells)
        currentEnd = maximumSeconds == 1 ? .max : origin &+ nanosecondsPerSecond
    }

    deinit {
        windows.deallocate()
        coarse?.deallocate()
    }

    /// Records one sample that ended at `now`.
    ///
    /// - Parameters:
    ///   - nanoseconds: end − start. Zero and negative samples are kept (in bucket 0) and counted.
    ///   - now: never earlier than in the call before; an earlier one counts into the current window.
    package func record(_ nanoseconds: Int64, at now: UInt64) { record(nanoseconds, count: 1, at: now) }

    /// Records `count` equal samples.
    package func record(_ nanoseconds: Int64, count: UInt64, at now: UInt64) {
        if now >= currentEnd { advance(to: now) }
        var magnitude: UInt64 = 0
        if nanoseconds > 0 {
            magnitude = UInt64(nanoseconds)
        } else if nanoseconds == 0 {
            zeroCount &+= count
        } else {
            negativeCount &+= count
        }
        if magnitude > Self.highestNanoseconds { overflowCount &+= count }
        let bucketed = min(magnitude, Self.highestNanoseconds)
        histogram.record(bucketed, count: count)
        if nanoseconds < minimum { minimum = nanoseconds }
        if nanoseconds > maximum { maximum = nanoseconds }
        windows[current].count &+= count
        if magnitude > windows[current].maximumNanoseconds { windows[current].maximumNanoseconds = magnitude }
        if let coarse {
            coarse[current &* CoarseBuckets.count &+ CoarseBuckets.index(of: bucketed)] &+= UInt32(truncatingIfNeeded: count)
        }
    }

    /// Closes every second before `now`. The writer calls it when it has nothing to record.
    package func advance(to now: UInt64) {
        guard now >= currentEnd else { return }
        current = min(Int((now &- origin) / nanosecondsPerSecond), capacity - 1)
        currentEnd = current == capacity - 1 ? .max : origin &+ UInt64(current + 1) &* nanosecondsPerSecond
        closed.store(current, ordering: .releasing)
    }

    /// How many seconds are past: windows `0 ..< closedWindows` never change again.
    package var closedWindows: Int { closed.load(ordering: .acquiring) }

    /// One second of the phase; from another thread only below `closedWindows`.
    package func window(_ second: Int) -> LatencyWindow { mergedWindow([self], second: second) }

    /// Everything recorded so far, as a value.
    package func snapshot() -> LatencyHistogram {
        var lowerBounds: [UInt64] = []
        var counts: [UInt64] = []
        for bucket in histogram.recordedValues() {
            lowerBounds.append(histogram.lowestEquivalentForValue(bucket.value))
            counts.append(bucket.count)
        }
        let used = histogram.totalCount == 0 ? 0 : current + 1
        return LatencyHistogram(
            lowerBounds: lowerBounds, counts: counts, zeroCount: zeroCount, negativeCount: negativeCount,
            overflowCount: overflowCount, minimumNanoseconds: histogram.totalCount == 0 ? nil : minimum,
            maximumNanoseconds: histogram.totalCount == 0 ? nil : maximum,
            windows: Array(UnsafeBufferPointer(start: windows, count: used)))
    }

    fileprivate func add(second: Int, to sum: inout LatencyWindow, buckets: inout [UInt64]) -> Bool {
        guard second < capacity else { return coarse != nil }
        sum.count += windows[second].count
        sum.maximumNanoseconds = max(sum.maximumNanoseconds, windows[second].maximumNanoseconds)
        guard let coarse else { return false }
        for n in 0..<CoarseBuckets.count { buckets[n] += UInt64(coarse[second * CoarseBuckets.count + n]) }
        return true
    }
}

/// One second of one clock over several lanes, merged by adding buckets (never by averaging percentiles).
/// The quantiles are nil unless every recorder keeps window quantiles; they are right to 3 %.
package func mergedWindow(_ recorders: [LatencyRecorder], second: Int) -> LatencyWindow {
    var sum = LatencyWindow(count: 0, maximumNanoseconds: 0, p50Nanoseconds: nil, p99Nanoseconds: nil)
    var buckets = [UInt64](repeating: 0, count: CoarseBuckets.count)
    var haveQuantiles = true
    for recorder in recorders {
        haveQuantiles = recorder.add(second: second, to: &sum, buckets: &buckets) && haveQuantiles
    }
    guard haveQuantiles, sum.count > 0 else { return sum }
    sum.p50Nanoseconds = min(CoarseBuckets.quantile(0.5, of: buckets), sum.maximumNanoseconds)
    sum.p99Nanoseconds = min(CoarseBuckets.quantile(0.99, of: buckets), sum.maximumNanoseconds)
    return sum
}

/// One second of one clock, as the series of a run shows it.
package struct LatencyWindow: Codable, Equatable, Sendable {
    package var count: UInt64
    package var maximumNanoseconds: UInt64
    /// Coarse: the upper edge of a bucket 3 % wide.
    package var p50Nanoseconds: UInt64?
    package var p99Nanoseconds: UInt64?

    package init(count: UInt64, maximumNanoseconds: UInt64, p50Nanoseconds: UInt64?, p99Nanoseconds: UInt64?) {
        self.count = count
        self.maximumNanoseconds = maximumNanoseconds
        self.p50Nanoseconds = p50Nanoseconds
        self.p99Nanoseconds = p99Nanoseconds
    }
}

package let nanosecondsPerSecond: UInt64 = 1_000_000_000
