// Where threads are, told by more than one look.

/// Looks at the threads of one side while something is measured: each thread counts in each look.
package struct ThreadLooks: Equatable, Sendable {
    package private(set) var count = 0
    private var seen = 0
    private var placed = 0

    package init() {}

    /// A thread is in its place when it may run on these CPUs only, and last did.
    package mutating func add(_ threads: [ThreadPlacement], on cpus: CPUSet) {
        count += 1
        seen += threads.count
        placed += threads.count { $0.allowed.isSubset(of: cpus) && cpus.contains($0.lastCPU) }
    }

    /// Of all threads of all looks, 0 to 1; 0 where there was none.
    package var share: Double { seen == 0 ? 0 : Double(placed) / Double(seen) }
}
