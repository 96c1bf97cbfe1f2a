// The inverted sign-flip test of paired differences.

/// If a pair's sign could as well have been the other, every subset of the differences is as likely as
/// any other to lie on one side: the true centre falls between two neighbouring subset means with
/// probability 2⁻ⁿ each (Hartigan 1969). Inverting the sign-flip test therefore takes order statistics
/// of the subset means and no bisection.
enum SignFlip {
    /// Below this, a 95 % interval is unbounded or rests on the extreme subsets alone.
    static let pairsMinimum = 10
    /// Up to here every subset is enumerated; above, seeded random subsets stand for them.
    private static let exactPairs = 16
    private static let randomSubsets = 20_000

    static func interval(_ differences: [Double], seed: UInt64) -> ConfidenceInterval? {
        guard differences.count >= pairsMinimum else { return nil }
        var means = differences.count <= exactPairs ? allSubsetMeans(differences) : randomSubsetMeans(differences, seed: seed)
        means.sort()
        let outside = Int(0.025 * Double(means.count + 1))
        let level = 1 - 2 * Double(outside) / Double(means.count + 1)
        return ConfidenceInterval(
            estimate: differences.reduce(0, +) / Double(differences.count), lower: means[outside - 1],
            upper: means[means.count - outside], level: level, method: .signFlip, samples: differences.count)
    }

    private static func allSubsetMeans(_ differences: [Double]) -> [Double] {
        let subsets = 1 << differences.count
        var sums = [Double](repeating: 0, count: subsets)
        var means: [Double] = []
        means.reserveCapacity(subsets - 1)
        for subset in 1..<subsets {
            sums[subset] = sums[subset & (subset - 1)] + differences[subset.trailingZeroBitCount]
            means.append(sums[subset] / Double(subset.nonzeroBitCount))
        }
        return means
    }

    private static func randomSubsetMeans(_ differences: [Double], seed: UInt64) -> [Double] {
        var random = SeededRandom(seed: seed)
        var means: [Double] = []
        means.reserveCapacity(randomSubsets)
        while means.count < randomSubsets {
            var (sum, count) = (0.0, 0)
            for difference in differences where random.next() & 1 == 1 {
                sum += difference
                count += 1
            }
            if count > 0 { means.append(sum / Double(count)) }
        }
        return means
    }
}
