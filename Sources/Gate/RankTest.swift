// The test of one metric at any shift, the estimate, its interval and what could be detected.

/// Ranks and flips together: what decides, and what is printed.
struct RankTest {
    var ranks = AlignedRanks()
    private var flips: GroupFlips

    init(seed: UInt64) { flips = GroupFlips(seed: seed) }

    /// One-sided p of "head is worse by more than `shift`", and of "by less".
    mutating func tails(groups: Int, shift: Double = 0) -> (above: Double, below: Double) {
        ranks.rank(groups: groups, shift: shift)
        return (flips.p(ranks.differences), flips.p(ranks.differences, mirrored: true))
    }

    /// Whether "worse by `shift` or less" is rejected at `limit`.
    mutating func isAbove(_ shift: Double, groups: Int, limit: Double) -> Bool {
        ranks.rank(groups: groups, shift: shift)
        return flips.isAtMost(limit, ranks.differences)
    }

    /// Whether "worse by `shift` or more" is rejected at `limit`.
    mutating func isBelow(_ shift: Double, groups: Int, limit: Double) -> Bool {
        ranks.rank(groups: groups, shift: shift)
        return flips.isAtMost(limit, ranks.differences, mirrored: true)
    }

    /// What one look decides.
    ///
    /// Worse goes first: a change of 3 % can be proven and ruled out as 5 % at once, and proven is what the reader must
    /// hear. For the same reason what is estimated above the minimum effect passes at the last look only: more groups
    /// may yet prove it. Better is asked only of what has passed: it prevents nothing.
    mutating func decide(
        groups: Int, failLimit: Double, passLimit: Double, thresholds: EffectThresholds, isLast: Bool
    ) -> LookDecision {
        let (estimate, minimum) = (ranks.estimate(groups: groups), logarithm(1 + thresholds.minimumEffect))
        if estimate > minimum {
            if isAbove(0, groups: groups, limit: failLimit) { return .regressed }
            guard isLast else { return .undecided }
        }
        guard isBelow(logarithm(1 + thresholds.regression), groups: groups, limit: passLimit) else { return .undecided }
        return estimate < -minimum && isBelow(0, groups: groups, limit: LookSchedule.improvementLimit) ? .improved : .same
    }

    /// Every shift of head that neither side rejects at `tail`, on the logarithmic scale; nil where the groups are too
    /// few to reject any.
    mutating func interval(groups: Int, tail: Double = 0.025) -> (lower: Double, upper: Double)? {
        let differences = ranks.sortedDifferences(groups: groups)
        let estimate = AlignedRanks.median(sorted: differences)
        let (lowest, highest) = (differences[0] - Self.margin, differences[differences.count - 1] + Self.margin)
        guard isAbove(lowest, groups: groups, limit: tail), isBelow(highest, groups: groups, limit: tail) else { return nil }
        let lower = bisect(rejected: lowest, kept: estimate) { $0.isAbove($1, groups: groups, limit: tail) }
        let upper = bisect(rejected: highest, kept: estimate) { $0.isBelow($1, groups: groups, limit: tail) }
        return (lower, upper)
    }

    /// Just outside all data.
    private static let margin = 1e-6
    /// An interval is printed to a thousandth.
    private static let precision = 1e-6

    private mutating func bisect(rejected: Double, kept: Double, _ isRejected: (inout RankTest, Double) -> Bool) -> Double {
        var (outside, inside) = (rejected, kept)
        while abs(inside - outside) > Self.precision {
            let middle = (outside + inside) / 2
            if isRejected(&self, middle) { outside = middle } else { inside = middle }
        }
        return inside
    }

    /// From an interval's half-width to the change found four times in five at a one-sided alpha of 1 %:
    /// (2.326 + 0.842) / 1.96 standard errors.
    static let detectableHalfWidths = 1.62

    static func smallestDetectable(halfWidth: Double) -> Double { exponential(detectableHalfWidths * halfWidth) - 1 }
}
