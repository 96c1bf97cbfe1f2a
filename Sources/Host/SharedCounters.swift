// Totals that several threads add to and another one reads.
internal import CLinux

/// 64-bit counters in a row. Any thread may add; readers see whole values.
package final class SharedCounters: @unchecked Sendable {
    // @unchecked: the memory is written by atomic additions only, after init.
    package let count: Int
    private let values: UnsafeMutablePointer<UInt64>

    package init(count: Int) {
        self.count = count
        values = .allocate(capacity: count)
        values.initialize(repeating: 0, count: count)
    }

    deinit { values.deallocate() }

    /// Adds to a counter, also a wrapped negative number to a gauge.
    package func add(_ delta: UInt64, to index: Int) { clinux_add_u64(values + index, delta) }

    package func value(_ index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "counter \(index) of \(count)")
        return clinux_load_u64(values + index)
    }
}
