// Counts and bytes of each second of a phase.
internal import Synchronization

/// One second of a throughput.
package struct IntervalPoint: Codable, Equatable, Sendable {
    package var count: UInt64
    package var bytes: UInt64
    package init(count: UInt64 = 0, bytes: UInt64 = 0) {
        self.count = count
        self.bytes = bytes
    }
}

/// What one lane moved in each second. One thread writes; others may read the closed seconds while it runs.
package final class IntervalSeries: @unchecked Sendable {
    // @unchecked: a second is never written again once `closed` has been released past it.
    private let origin: UInt64
    private let capacity: Int
    private let cells: UnsafeMutablePointer<IntervalPoint>
    private var current = 0
    private var currentEnd: UInt64
    private let closed = Atomic<Int>(0)

    /// - Parameters:
    ///   - origin: the instant second 0 starts, CLOCK_MONOTONIC nanoseconds.
    ///   - maximumSeconds: seconds to preallocate; what comes later stays in the last one.
    package init(origin: UInt64, maximumSeconds: Int) {
        precondition(maximumSeconds > 0, "a series needs at least one second, not \(maximumSeconds)")
        self.origin = origin
        capacity = maximumSeconds
        cells = .allocate(capacity: maximumSeconds)
        cells.initialize(repeating: .init(), count: maximumSeconds)
        currentEnd = maximumSeconds == 1 ? .max : origin &+ nanosecondsPerSecond
    }

    deinit { cells.deallocate() }

    /// Adds what was done at `now`; times never go back.
    package func add(count: UInt64, bytes: UInt64, at now: UInt64) {
        if now >= currentEnd { advance(to: now) }
        cells[current].count &+= count
        cells[current].bytes &+= bytes
    }

    /// Closes every second before `now`.
    package func advance(to now: UInt64) {
        guard now >= currentEnd else { return }
        current = min(Int((now &- origin) / nanosecondsPerSecond), capacity - 1)
        currentEnd = current == capacity - 1 ? .max : origin &+ UInt64(current + 1) &* nanosecondsPerSecond
        closed.store(current, ordering: .releasing)
    }

    /// Seconds `0 ..< closedSeconds` never change again.
    package var closedSeconds: Int { closed.load(ordering: .acquiring) }

    /// One second; from another thread only below `closedSeconds`.
    package func second(_ n: Int) -> IntervalPoint { n < capacity ? cells[n] : .init() }

    /// Every second up to the current one, which may be partial. After the writer has stopped.
    package func points() -> [IntervalPoint] { Array(UnsafeBufferPointer(start: cells, count: current + 1)) }

    /// Second by second sums of several lanes that share an origin.
    package static func merged(_ lanes: [[IntervalPoint]]) -> [IntervalPoint] {
        var sum = [IntervalPoint](repeating: .init(), count: lanes.map(\.count).max() ?? 0)
        for lane in lanes {
            for (second, point) in lane.enumerated() {
                sum[second].count += point.count
                sum[second].bytes += point.bytes
            }
        }
        return sum
    }
}
