// Draws from any distribution over numbers, at the price of one look-up.

/// Vose's alias method: every number has an equal share of the draws, and gives what it has too much of to one other number.
/// Immutable, so lanes share one.
package final class AliasTable: @unchecked Sendable {
    // @unchecked: written before `init` returns and only read afterwards.
    struct Entry {
        /// Draws whose low 32 bits are below it stay; the others go to `alias`.
        var threshold: UInt32
        var alias: UInt32
    }

    let count: Int
    let entries: UnsafeMutablePointer<Entry>

    /// - Parameters:
    ///   - count: below 2³².
    ///   - weight: of each number from 0 on, finite and not negative; one of them above 0.
    init(count: Int, weight: (Int) -> Double) {
        precondition(count > 0 && count < UInt32.max, "a table of \(count) numbers")
        self.count = count
        entries = .allocate(capacity: count)
        var shares = ContiguousArray<Double>()
        shares.reserveCapacity(count)
        for n in 0..<count { shares.append(weight(n)) }
        let total = shares.reduce(0, +)
        precondition(total > 0 && total.isFinite, "weights that add up to \(total)")
        var small: ContiguousArray<UInt32> = [], large: ContiguousArray<UInt32> = []
        for n in 0..<count {
            (entries + n).initialize(to: Entry(threshold: .max, alias: UInt32(n)))
            shares[n] *= Double(count) / total
            if shares[n] < 1 { small.append(UInt32(n)) } else { large.append(UInt32(n)) }
        }
        // What is left over in the end has its whole share, rounding aside.
        while let more = large.last, let less = small.popLast() {
            entries[Int(less)] = Entry(threshold: UInt32(min(shares[Int(less)] * 0x1p32, Double(UInt32.max))), alias: more)
            shares[Int(more)] -= 1 - shares[Int(less)]
            if shares[Int(more)] < 1 {
                large.removeLast()
                small.append(more)
            }
        }
    }

    deinit { entries.deallocate() }
}
