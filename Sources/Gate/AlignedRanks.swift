// Within-group aligned ranks: the statistic of the gate.

/// One metric's values in all groups, on a logarithmic scale where larger is worse, ready to be ranked at any shift.
///
/// Each group is centred on its own median, which takes away whatever was common to its slices (drift between groups,
/// another day, another machine), then all slices are ranked together. Had nothing changed between the builds, the two
/// processes of a group could have borne each other's names, so the sign of a group's difference of rank sums is a fair
/// coin; no distribution is supposed, and one wild slice costs one rank.
struct AlignedRanks {
    /// Base's slices of group 0, head's, base's of group 1, …
    private var values: [Double] = []
    /// Where each group begins in `values`, and where the last one ends.
    private var starts: [Int] = [0]

    // Scratch of `rank`, kept from one shift to the next.
    private var keys: [Int64] = []
    private var shifted: [Double] = []
    private var groupOf: [Int32] = []
    /// Per group 4·T = 2·(rank sum of head) − 2·(rank sum of base): whole numbers, also with average ranks.
    private(set) var differences: [Int32] = []

    /// Centred values this close are one value: far above rounding, far below any measurement.
    private static let resolution = 1e12
    /// e¹⁰⁰ is beyond any ratio; further out would not fit into a key.
    private static let farthest = 100.0
    /// A key is a centred value and its place.
    private static let placeBits = 16
    static let slicesMaximum = 1 << placeBits

    var groups: Int { starts.count - 1 }

    mutating func reserve(groups: Int, slices: Int) {
        starts.reserveCapacity(groups + 1)
        values.reserveCapacity(slices)
    }

    mutating func removeAll() {
        values.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        starts.append(0)
    }

    /// Adds a group.
    ///
    /// - Parameters: logarithms, larger is worse; equally many of both.
    mutating func append(base: [Double], head: [Double]) {
        precondition(base.count == head.count && !base.isEmpty, "\(base.count) slices of base, \(head.count) of head")
        values.append(contentsOf: base)
        values.append(contentsOf: head)
        precondition(values.count <= Self.slicesMaximum, "\(values.count) slices")
        starts.append(values.count)
    }

    /// Swaps the builds' names in group `index`.
    mutating func swapSides(group index: Int) {
        let half = (starts[index + 1] - starts[index]) / 2
        for place in starts[index]..<starts[index] + half { values.swapAt(place, place + half) }
    }

    /// Adds `shift` to every value of head: a change that never was.
    mutating func worsenHead(by shift: Double) {
        for group in 0..<groups {
            let middle = (starts[group] + starts[group + 1]) / 2
            for place in middle..<starts[group + 1] { values[place] += shift }
        }
    }

    /// Ranks the first `count` groups as if head were better by `shift`, into `differences`.
    mutating func rank(groups count: Int, shift: Double) {
        precondition(count <= groups, "\(count) of \(groups) groups")
        keys.removeAll(keepingCapacity: true)
        groupOf.removeAll(keepingCapacity: true)
        differences.removeAll(keepingCapacity: true)
        for group in 0..<count {
            appendKeys(group, shift)
            differences.append(0)
        }
        keys.sort()
        sumRanks()
    }

    private mutating func appendKeys(_ group: Int, _ shift: Double) {
        let (start, end) = (starts[group], starts[group + 1])
        let middle = (start + end) / 2
        shifted.removeAll(keepingCapacity: true)
        for place in start..<end {
            // Sorted as it comes: a group has four values, rarely a dozen.
            let value = place < middle ? values[place] : values[place] - shift
            var at = shifted.count
            shifted.append(value)
            while at > 0, shifted[at - 1] > value {
                shifted[at] = shifted[at - 1]
                at -= 1
            }
            shifted[at] = value
        }
        let median = (shifted[middle - start - 1] + shifted[middle - start]) / 2
        for place in start..<end {
            let centred = (place < middle ? values[place] : values[place] - shift) - median
            keys.append(Int64((max(-Self.farthest, min(Self.farthest, centred)) * Self.resolution).rounded()) << Self.placeBits | Int64(place))
            groupOf.append(Int32(truncatingIfNeeded: place < middle ? ~group : group))
        }
    }

    /// Equal values share the average of their ranks.
    private mutating func sumRanks() {
        var begin = 0
        while begin < keys.count {
            let value = keys[begin] >> Self.placeBits
            var end = begin + 1
            while end < keys.count, keys[end] >> Self.placeBits == value { end += 1 }
            // Twice the average of the ranks begin + 1 ... end.
            let doubledRank = Int32(begin + 1 + end)
            for key in keys[begin..<end] {
                let group = groupOf[Int(key & Int64(Self.slicesMaximum - 1))]
                if group < 0 { differences[Int(~group)] -= doubledRank } else { differences[Int(group)] += doubledRank }
            }
            begin = end
        }
    }

    /// All within-group differences head − base of the first `count` groups, sorted.
    func sortedDifferences(groups count: Int) -> [Double] {
        var all: [Double] = []
        for group in 0..<count {
            let middle = (starts[group] + starts[group + 1]) / 2
            for head in middle..<starts[group + 1] {
                for base in starts[group]..<middle { all.append(values[head] - values[base]) }
            }
        }
        all.sort()
        return all
    }

    /// How much worse head is: the median of all within-group differences.
    func estimate(groups count: Int) -> Double { Self.median(sorted: sortedDifferences(groups: count)) }

    static func median(sorted: [Double]) -> Double {
        precondition(!sorted.isEmpty, "the median of nothing")
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
