// The memory that decompression writes to: kept from call to call, grown on demand, never past a call's limit.

/// Bytes written so far and the room behind them.
///
/// One byte lies behind the limit. A decoder that fills it has shown that its output is too large; one that
/// ends before it has not. Without that byte the two look the same to a decoder whose room is used up.
final class OutputMemory {
    /// The first growth; below it every batch of a few records would begin with several.
    private static let smallestCapacity = 4096
    /// What is kept for the next call. One huge batch may not hold its memory for ever.
    static let keptCapacity = 8 << 20

    private var base: UnsafeMutableRawPointer
    /// Bytes of `base`, the spare one not counted.
    private(set) var capacity: Int
    private var limit = 0
    private(set) var count = 0

    init() {
        capacity = Self.smallestCapacity
        base = .allocate(byteCount: capacity + 1, alignment: 16)
    }

    deinit { base.deallocate() }

    /// Forgets what was written and sets the bound of what comes.
    ///
    /// - Parameter expected: bytes to make room for at once; a guess or the input's own claim.
    func begin(limit: Int, expected: Int) {
        precondition(limit >= 0, "a limit of \(limit) bytes")
        self.limit = limit
        count = 0
        if capacity > Self.keptCapacity, expected <= Self.keptCapacity { replace(capacity: Self.keptCapacity) }
        if min(expected, limit) > capacity { replace(capacity: min(expected, limit)) }
    }

    /// Where the next byte goes.
    var next: UnsafeMutableRawPointer { base + count }

    /// Bytes that fit at `next` below the limit, as far as memory is there.
    var usable: Int { max(0, min(capacity, limit) - count) }

    /// As `usable`, but the spare byte where nothing else is left.
    var room: Int { usable == 0 && capacity >= limit ? 1 : usable }

    /// Whether the spare byte holds output.
    var isPastLimit: Bool { count > limit }

    /// Whether the limit leaves anything to grow to.
    var canGrow: Bool { capacity < limit }

    /// Counts bytes written at `next`.
    func advance(by written: Int) {
        precondition(
            written >= 0 && written <= min(capacity, limit) + 1 - count,
            "\(written) bytes behind \(count) of \(capacity), limit \(limit)")
        count += written
    }

    func growIfFull() {
        if usable == 0, canGrow { grow() }
    }

    /// Doubles the memory, or takes it to the limit, keeping what was written.
    func grow() { replace(capacity: min(limit, capacity * 2)) }

    private func replace(capacity newCapacity: Int) {
        let new = UnsafeMutableRawPointer.allocate(byteCount: newCapacity + 1, alignment: 16)
        new.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = new
        capacity = newCapacity
    }

    /// Everything written.
    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
