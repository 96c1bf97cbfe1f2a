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

    /// What every sample changes, behind a pointer: a stored property of a class costs a dynamic exclusivity
    /// check at each access, which made a sample five times dearer.
    private struct State {
        var histogram = Histogram<UInt64>(
            highestTrackableValue: LatencyRecorder.highestNanoseconds, numberOfSignificantValueDigits: .three)
        var zeroCount: UInt64 = 0
        var negativeCount: UInt64 = 0
        var overflowCount: UInt64 = 0
        var minimum = Int64.max
        var maximum = Int64.min
        var current = 0
        var currentEnd: UInt64
    }

    private let state: UnsafeMutablePointer<State>
    private let origin: UInt64
    private let capacity: Int
    private let windows: UnsafeMutablePointer<LatencyHistogram.Window>
    private let coarse: UnsafeMutablePointer<UInt32>?
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
        state = .allocate(capacity: 1)
        state.initialize(to: State(currentEnd: maximumSeconds == 1 ? .max : origin &+ nanosecondsPerSecond))
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
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
        if now >= state.pointee.currentEnd { advance(to: now) }
        var magnitude: UInt64 = 0
        if nanoseconds > 0 {
            magnitude = UInt64(bitPattern: nanoseconds)
        } else if nanoseconds == 0 {
            state.pointee.zeroCount &+= count
        } else {
            state.pointee.negativeCount &+= count
        }
        var bucketed = magnitude
        if magnitude > Self.highestNanoseconds {
            state.pointee.overflowCount &+= count
            bucketed = Self.highestNanoseconds
        }
        state.pointee.histogram.record(bucketed, count: count)
        if nanoseconds < state.pointee.minimum { state.pointee.minimum = nanoseconds }
        if nanoseconds > state.pointee.maximum { state.pointee.maximum = nanoseconds }
        let window = windows + state.pointee.current
        window.pointee.count &+= count
        if magnitude > window.pointee.maximumNanoseconds { window.pointee.maximumNanoseconds = magnitude }
        if let coarse {
            coarse[state.pointee.current &* CoarseBuckets.count &+ CoarseBuckets.index(of: bucketed)] &+= UInt32(truncatingIfNeeded: count)
        }
    }

    /// Closes every second before `now`. The writer calls it when it has nothing to record.
    package func advance(to now: UInt64) {
        guard now >= state.pointee.currentEnd else { return }
        let current = min(Int((now &- origin) / nanosecondsPerSecond), capacity - 1)
        state.pointee.current = current
        state.pointee.currentEnd = current == capacity - 1 ? .max : origin &+ UInt64(current + 1) &* nanosecondsPerSecond
        closed.store(current, ordering: .releasing)
    }

    /// How many seconds are past: windows `0 ..< closedWindows` never change again.
    package var closedWindows: Int { closed.load(ordering: .acquiring) }

    /// One second of the phase; from another thread only below `closedWindows`.
    package func window(_ second: Int) -> LatencyWindow { mergedWindow([self], second: second) }

    /// Everything recorded so far, as a value.
    package func snapshot() -> LatencyHistogram {
        let (state, histogram) = (state.pointee, state.pointee.histogram)
        var lowerBounds: [UInt64] = []
        var counts: [UInt64] = []
        for bucket in histogram.recordedValues() {
            lowerBounds.append(histogram.lowestEquivalentForValue(bucket.value))
            counts.append(bucket.count)
        }
        let empty = histogram.totalCount == 0
        return LatencyHistogram(
            lowerBounds: lowerBounds, counts: counts, zeroCount: state.zeroCount, negativeCount: state.negativeCount,
            overflowCount: state.overflowCount, minimumNanoseconds: empty ? nil : state.minimum,
            maximumNanoseconds: empty ? nil : state.maximum,
            windows: Array(UnsafeBufferPointer(start: windows, count: empty ? 0 : state.current + 1)))
    }

    /// - Returns: false where no histograms of seconds are kept.
    func add(second: Int, to sum: inout LatencyWindow, buckets: inout [UInt64]) -> Bool {
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
