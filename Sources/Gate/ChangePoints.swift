// Where a series of ratios changed its level: a trend view, never a gate.

package struct ChangePoint: Codable, Equatable, Sendable {
    /// The first point of the new level.
    package let index: Int
    /// Medians of the levels before and after, up to the neighbouring borders.
    package let before: Double
    package let after: Double
    /// Of the two levels differing so much by chance, by permutation; at least 1 / 1000.
    package let p: Double

    package init(index: Int, before: Double, after: Double, p: Double) {
        self.index = index
        self.before = before
        self.after = after
        self.p = p
    }
}

/// Circular binary segmentation (Olshen & Venkatraman 2004) on ranks: of all stretches of a segment, the one whose ranks
/// differ most from the rest's; it counts when fewer than 1 in 100 shuffles of the segment have one that differs as
/// much. The segment is cut at the stretch's ends and each piece is searched in turn. A stretch may begin or end with the
/// segment, which is a plain step; one in the middle is a change that was taken back, which halving alone would miss.
/// Ranks, because one wild night must not look like a new level.
///
/// It says that a level changed some points ago, days late by nature. What stops a merge is `ab`.
package enum ChangePoints {
    /// A level is at least this many points long.
    package static let levelPointsMinimum = 5
    package static let alpha = 0.01
    private static let shuffles = 999

    /// - Parameter ratios: paired ratios to one pinned release, oldest first.
    /// - Complexity: O(n²) for each of the shuffles: a second for a year of nights.
    package static func find(in ratios: [Double], seed: UInt64 = 1) -> [ChangePoint] {
        var borders: [Int] = []
        search(ratios[...], seed, &borders)
        borders = [0] + borders.sorted() + [ratios.count]
        var points: [ChangePoint] = []
        for place in 1..<borders.count - 1 {
            let (before, after) = (ratios[borders[place - 1]..<borders[place]], ratios[borders[place]..<borders[place + 1]])
            // A stretch has two ends, and one of them may be no change at all.
            let p = p(before, after, seed)
            if p <= alpha { points.append(ChangePoint(index: borders[place], before: median(before), after: median(after), p: p)) }
        }
        return points
    }

    private static func search(_ segment: ArraySlice<Double>, _ seed: UInt64, _ borders: inout [Int]) {
        guard segment.count >= 2 * levelPointsMinimum else { return }
        var ranks = doubledRanks(of: segment)
        let best = farthestStretch(of: ranks)
        // Seeded by place, so that a point added at the end does not redraw the shuffles of earlier segments.
        var random = GateRandom(seed: seed, part: UInt64(segment.startIndex))
        var asFar = 1
        for _ in 0..<shuffles {
            shuffle(&ranks, &random)
            if farthestStretch(of: ranks).distance >= best.distance { asFar += 1 }
            // So many that p is above alpha already.
            guard Double(asFar) <= alpha * Double(shuffles + 1) else { return }
        }
        let (first, next) = (segment.startIndex + best.range.lowerBound, segment.startIndex + best.range.upperBound)
        let cuts = [first, next].filter { $0 > segment.startIndex && $0 < segment.endIndex }
        borders += cuts
        for (from, to) in zip([segment.startIndex] + cuts, cuts + [segment.endIndex]) { search(segment[from..<to], seed, &borders) }
    }

    /// The stretch whose rank sum is farthest from what its length would have: squared, in units of its variance, up to a
    /// factor common to all. Neither it nor what is left before or behind it is shorter than a level.
    private static func farthestStretch(of ranks: [Int]) -> (range: Range<Int>, distance: Double) {
        let (count, mean) = (ranks.count, ranks.count + 1)
        var sums = [0]
        sums.reserveCapacity(count + 1)
        for rank in ranks { sums.append(sums[sums.count - 1] + rank - mean) }
        var best = (range: 0..<0, distance: -1.0)
        let shortest = levelPointsMinimum
        for first in 0...count - shortest where first == 0 || first >= shortest {
            for next in first + shortest...count where next == count || next <= count - shortest {
                let sum = Double(sums[next] - sums[first])
                // The whole segment is no stretch: 0 / 0 is not larger than anything.
                let distance = sum * sum / Double((next - first) * (count - next + first))
                if distance > best.distance { best = (first..<next, distance) }
            }
        }
        return best
    }

    /// How likely two neighbours differ as much in rank, if their border means nothing.
    private static func p(_ before: ArraySlice<Double>, _ after: ArraySlice<Double>, _ seed: UInt64) -> Double {
        var ranks = doubledRanks(of: (before + after)[...])
        let expected = before.count * (ranks.count + 1)
        let distance = abs(ranks[..<before.count].reduce(0, +) - expected)
        var random = GateRandom(seed: seed, part: UInt64(after.startIndex))
        var asFar = 1
        for _ in 0..<shuffles {
            shuffle(&ranks, &random)
            if abs(ranks[..<before.count].reduce(0, +) - expected) >= distance { asFar += 1 }
        }
        return Double(asFar) / Double(shuffles + 1)
    }

    private static func shuffle(_ ranks: inout [Int], _ random: inout GateRandom) {
        for last in stride(from: ranks.count - 1, to: 0, by: -1) { ranks.swapAt(last, random.nextIndex(below: last + 1)) }
    }

    /// Twice the rank of each, the average where values are equal.
    private static func doubledRanks(of values: ArraySlice<Double>) -> [Int] {
        let sorted = values.sorted()
        return values.map { value in
            let below = sorted.count { $0 < value }
            return 2 * below + sorted.count { $0 == value } + 1
        }
    }

    private static func median(_ values: ArraySlice<Double>) -> Double { AlignedRanks.median(sorted: values.sorted()) }
}
