// Space ahead of the log end, reserved by the background thread in steps that follow the partition's rate.
internal import Host
internal import Synchronization

/// How far a segment's file is reserved. Shared between the loop and the background threads.
final class Preallocation: Sendable {
    private let end = Atomic(0)
    private let pending = Atomic(false)
    private let sealed = Atomic(false)
    /// Held while space is reserved, so that sealing waits for it and nothing is reserved behind a cut.
    private let reserving = Monitor()

    /// Bytes of the file with space behind them.
    var allocatedEnd: Int { end.load(ordering: .relaxed) }
    var isPending: Bool { pending.load(ordering: .acquiring) }

    func begin() { pending.store(true, ordering: .releasing) }

    /// Reserves `range` of the file, unless the segment was sealed meanwhile. That the space can't be had is no error
    /// here: the write that needs it will say so.
    ///
    /// - Returns: whether it was reserved.
    func reserve(_ range: Range<Int>, of file: File) -> Bool {
        let isReserved = reserving.locked { () -> Bool in
            guard !sealed.load(ordering: .relaxed) else { return false }
            do throws(SystemError) {
                try file.allocate(from: Int64(range.lowerBound), count: Int64(range.count))
                end.store(range.upperBound, ordering: .relaxed)
                return true
            } catch {
                return false
            }
        }
        pending.store(false, ordering: .releasing)
        return isReserved
    }

    /// Nothing is reserved from here on.
    func seal() {
        reserving.locked { sealed.store(true, ordering: .relaxed) }
    }
}

/// How much to reserve next. An idle partition asks for nothing; one that uses up a step within a second doubles it.
struct PreallocationPace {
    private var step = 0
    private var lastRequest: UInt64 = 0

    /// The range to reserve now; nil when there is enough, or too little was written to reserve anything.
    ///
    /// - Parameters:
    ///   - size: bytes written to the segment, which began at `allocatedEnd` = 0.
    ///   - now: CLOCK_MONOTONIC nanoseconds, asked for only when a request is due.
    mutating func request(size: Int, allocatedEnd: Int, limit: Int, now: () -> UInt64) -> Range<Int>? {
        guard size > allocatedEnd - step / 2 || step == 0, allocatedEnd < limit else { return nil }
        // The first segment has to show a need; its successors inherit the pace.
        guard step > 0 || size >= StorageLimits.preallocationThresholdBytes else { return nil }
        let time = now()
        adjust(elapsed: time &- lastRequest)
        lastRequest = time
        let from = max(size, allocatedEnd)
        let upTo = min(limit, from + step)
        return from < upTo ? from..<upTo : nil
    }

    private mutating func adjust(elapsed: UInt64) {
        let second: UInt64 = 1_000_000_000
        if step == 0 {
            step = StorageLimits.preallocationFirstStepBytes
        } else if elapsed < second {
            step = min(step * 2, StorageLimits.preallocationLargestStepBytes)
        } else {
            // Halved for every second that the last step lasted.
            step >>= Int(min(elapsed / second, 16))
            step = max(step, StorageLimits.preallocationFirstStepBytes)
        }
    }
}
