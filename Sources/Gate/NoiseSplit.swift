// Where the noise of a machine comes from, and what it would take to see a change through it.

/// Components of variance of A/A groups, on a logarithmic scale: 0.015 is 1.5 %. After Kalibera & Jones ("Rigorous
/// benchmarking in reasonable time", 2013): repeat at the level where a second buys the most.
///
/// Each component is what is left when what lies below it has been taken off; one that comes out negative is 0.
package struct NoiseSplit: Codable, Equatable, Sendable {
    /// Of a slice within its process: seconds that differ, and drift within the group.
    package let sliceDeviation: Double
    /// Of a process's own luck: the same for all its slices.
    package let restartDeviation: Double
    /// Of the machine between groups: a comparison within groups does not feel it.
    package let driftDeviation: Double
    package let groups: Int
    package let slicesPerSide: Int

    /// - Returns: nil under two groups, with slices missing, or with values that have no logarithm. Slices of one per
    ///   side can't tell slice from restart: all of it counts as restart.
    package init?(groups: [RestartGroup], metric: GatedMetric) {
        let values = groups.filter { $0.dropped == nil }.compactMap { try? GateJudge.logarithms(of: metric, in: $0) }
        guard values.count >= 2, let slices = values.first?.base.count, values.allSatisfy({ $0.base.count == slices }) else { return nil }
        self.init(values, slices: slices)
    }

    init(_ values: [SliceValues], slices: Int) {
        let (count, perSide) = (Double(values.count), Double(slices))
        let within = values.reduce(0) { $0 + Self.squares($1.base) + Self.squares($1.head) }
        let slice = slices > 1 ? within / (2 * count * (perSide - 1)) : 0
        let centres = values.map { (base: Self.mean($0.base), head: Self.mean($0.head)) }
        // Half the mean square of the differences of two processes: restart + slice / k.
        let between = centres.reduce(0) { $0 + ($1.head - $1.base) * ($1.head - $1.base) } / (2 * count)
        let restart = max(0, between - slice / perSide)
        let ofGroups = Self.squares(centres.map { ($0.base + $0.head) / 2 }) / (count - 1)
        sliceDeviation = slice.squareRoot()
        restartDeviation = restart.squareRoot()
        driftDeviation = max(0, ofGroups - (restart + slice / perSide) / 2).squareRoot()
        groups = values.count
        slicesPerSide = slices
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func squares(_ values: [Double]) -> Double {
        let centre = mean(values)
        return values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    }

    /// Standard deviation of one group's head − base.
    package var groupDeviation: Double {
        (2 * (restartDeviation * restartDeviation + sliceDeviation * sliceDeviation / Double(slicesPerSide))).squareRoot()
    }

    /// Groups after which a fixed-size test at a one-sided alpha of 1 % finds `change` (0.05 is 5 %) four times in five:
    /// the power that `smallestDetectable` means.
    package func groupsNeeded(toFind change: Double) -> Int {
        let errors = Self.standardErrors * groupDeviation / logarithm(1 + change)
        // No look comes earlier than the first.
        return max(LookSchedule.standard.looks[0].groups, Int((errors * errors).rounded(.up)))
    }

    /// 2.326 for alpha, 0.842 for the power; the ranks lose 2 %.
    private static let standardErrors = 3.168 * 1.02

    package func minutesNeeded(toFind change: Double, secondsPerGroup: Double) -> Double {
        Double(groupsNeeded(toFind: change)) * secondsPerGroup / 60
    }

    /// Slices per side that buy the most for a second of machine time, 1 to 6.
    ///
    /// - Parameter startSeconds: start, warm-up and stop of one process.
    package func slicesPerStart(startSeconds: Double, sliceSeconds: Double) -> Int {
        guard restartDeviation > 0 else { return 6 }
        let best = (startSeconds / sliceSeconds).squareRoot() * sliceDeviation / restartDeviation
        return max(1, min(6, Int(best.rounded())))
    }

    /// A counter's A/A spread: 95 of 100 groups have their head ÷ base within this of 1. nil without values.
    package static func spread(of groups: [RestartGroup], metric: GatedMetric) -> Double? {
        let ratios = groups.filter { $0.dropped == nil }.compactMap { try? GateJudge.logarithms(of: metric, in: $0) }
            .map { abs(mean($0.head) - mean($0.base)) }.sorted()
        guard !ratios.isEmpty else { return nil }
        return exponential(ratios[min(ratios.count - 1, ratios.count * 95 / 100)]) - 1
    }
}
