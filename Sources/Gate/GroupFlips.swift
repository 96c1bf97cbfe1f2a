// The sign-flip test over groups: how many of the other namings of the builds would look at least as bad.

/// Exact up to 16 groups, where all 2^g namings are counted; above, 20,000 seeded ones stand for them, the true one
/// counted among them, so that p is never 0 and the test stays valid.
///
/// The sums of eight groups at a time are looked up in tables of 256, so that a naming of 50 groups costs seven
/// additions.
struct GroupFlips {
    static let exactGroupsMaximum = 16
    static let randomFlips = 20_000
    private static let tableBits = 8
    private static let tableSize = 1 << tableBits

    let seed: UInt64
    private var tables: [Int32] = []

    init(seed: UInt64) { self.seed = seed }

    /// P(a random naming's sum of differences is at least the true one), one-sided; `mirrored` looks at the other side.
    mutating func p(_ differences: [Int32], mirrored: Bool = false) -> Double {
        if differences.isEmpty { return 1 }
        return share(upperTail(differences, mirrored, stopAbove: .max), of: differences.count)
    }

    /// Whether `p` is at most `limit`, counting no further than the answer needs.
    mutating func isAtMost(_ limit: Double, _ differences: [Int32], mirrored: Bool = false) -> Bool {
        guard !differences.isEmpty else { return limit >= 1 }
        let namings = Self.namings(differences.count)
        // The largest count whose share is still within the limit, found with the very division that `p` makes.
        var most = Int(limit * namings) + 1
        while most >= 0, share(most, of: differences.count) > limit { most -= 1 }
        guard most >= 0 else { return false }
        return upperTail(differences, mirrored, stopAbove: most) <= most
    }

    private static func namings(_ groups: Int) -> Double {
        groups <= exactGroupsMaximum ? Double(1 << groups) : Double(randomFlips + 1)
    }

    /// The true naming counts among the random ones; among all of them it already is.
    private func share(_ count: Int, of groups: Int) -> Double {
        Double(groups <= Self.exactGroupsMaximum ? count : count + 1) / Self.namings(groups)
    }

    /// Namings whose sum is at least the true one; any number above `stopAbove` once it is exceeded.
    private mutating func upperTail(_ differences: [Int32], _ mirrored: Bool, stopAbove: Int) -> Int {
        let sign: Int32 = mirrored ? -1 : 1
        let sum = sign * differences.reduce(0, +)
        fillTables(differences, sign)
        return differences.count <= Self.exactGroupsMaximum
            ? countAll(sum, stopAbove) : countRandom(sum, stopAbove)
    }

    /// Table t holds, for every choice of signs of groups 8t ..< 8t + 8, the sum of their differences. The last table
    /// is shorter where all namings are counted; where they are drawn, absent groups are zeros.
    private mutating func fillTables(_ differences: [Int32], _ sign: Int32) {
        tables.removeAll(keepingCapacity: true)
        let whole = differences.count > Self.exactGroupsMaximum
        for first in stride(from: 0, to: differences.count, by: Self.tableBits) {
            let part = differences[first..<min(first + Self.tableBits, differences.count)]
            let start = tables.count
            tables.append(-sign * part.reduce(0, +))
            for choice in 1..<(whole ? Self.tableSize : 1 << part.count) {
                let group = choice.trailingZeroBitCount
                let difference = group < part.count ? sign * part[first + group] : 0
                tables.append(tables[start + (choice & (choice - 1))] + 2 * difference)
            }
        }
    }

    private func countAll(_ sum: Int32, _ stopAbove: Int) -> Int {
        tables.withUnsafeBufferPointer { tables in
            let low = min(tables.count, Self.tableSize)
            guard tables.count > low else { return tables.count { $0 >= sum } }
            var count = 0
            for high in low..<tables.count {
                let rest = sum - tables[high]
                for place in 0..<low where tables[place] >= rest { count += 1 }
                if count > stopAbove { break }
            }
            return count
        }
    }

    private func countRandom(_ sum: Int32, _ stopAbove: Int) -> Int {
        var random = GateRandom(seed: seed)
        return tables.withUnsafeBufferPointer { tables in
            var count = 0
            for _ in 0..<Self.randomFlips {
                var flipped: Int32 = 0
                var bits: UInt64 = 0
                var table = 0
                while table < tables.count {
                    // Eight tables use up the 64 coins of a draw.
                    if table & (8 * Self.tableSize - 1) == 0 { bits = random.next() }
                    flipped += tables[table + Int(bits & 255)]
                    bits >>= 8
                    table += Self.tableSize
                }
                if flipped >= sum {
                    count += 1
                    if count > stopAbove { break }
                }
            }
            return count
        }
    }
}
