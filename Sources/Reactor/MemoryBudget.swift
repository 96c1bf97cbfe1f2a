internal import Synchronization

/// A number of bytes that connections of all loops share for what does not fit their loops' receive memory.
package final class MemoryBudget: Sendable {
    package let limitBytes: Int
    private let used = Atomic<Int>(0)

    package init(limitBytes: Int) { self.limitBytes = limitBytes }

    package var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Takes `bytes` from the budget, or nothing when they are not there.
    package func take(_ bytes: Int) -> Bool {
        let (_, after) = used.add(bytes, ordering: .relaxed)
        if after <= limitBytes { return true }
        used.subtract(bytes, ordering: .relaxed)
        return false
    }

    package func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}
