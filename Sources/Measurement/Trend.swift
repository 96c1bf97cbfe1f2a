// Whether a series creeps: the slope that half of all pairs of its values are above, and how sure that is.

/// A straight line through equally spaced values that outliers do not pull (Theil–Sen).
package struct Trend: Equatable, Sendable {
    /// Where the line starts: the median of what the values would have been at the first step.
    package let start: Double
    /// Change from the first value to the last, in the unit of the values, with its 95 % interval.
    package let change: ConfidenceInterval

    /// The change as a fraction of the start; nil where that is not above zero.
    package var relativeChange: ConfidenceInterval? { start > 0 ? change.scaled(by: 1 / start) : nil }

    /// Fewer values say nothing about a slope.
    package static let valuesMinimum = 10

    /// Sen's interval: order statistics of the pairwise slopes, by the normal approximation of Kendall's score. Neighbours in a
    /// series are alike, which would make it too narrow: the score's variance is widened by what the correlation of
    /// neighbours around the line asks for (as of a first-order autoregression).
    ///
    /// - Parameter values: at most a few hundred; every pair is looked at.
    /// - Returns: nil under ten values.
    package init?(_ values: [Double]) {
        let n = values.count
        guard n >= Self.valuesMinimum else { return nil }
        var slopes: [Double] = []
        slopes.reserveCapacity(n * (n - 1) / 2)
        for i in 0..<n {
            for j in i + 1..<n { slopes.append((values[j] - values[i]) / Double(j - i)) }
        }
        slopes.sort()
        let slope = Self.median(slopes)
        let start = Self.median(values.enumerated().map { $1 - slope * Double($0) }.sorted())
        self.start = start
        let rest = values.enumerated().map { $1 - start - slope * Double($0) }
        let correlation = Self.correlationOfNeighbours(rest)
        let count = Double(n)
        let variance = count * (count - 1) * (2 * count + 5) / 18 * (1 + correlation) / (1 - correlation)
        let reach = 1.959_963_984_540_054 * variance.squareRoot()
        let lower = max(0, Int(((Double(slopes.count) - reach) / 2).rounded(.down)))
        let upper = min(slopes.count - 1, Int(((Double(slopes.count) + reach) / 2).rounded(.up)))
        let steps = count - 1
        change = ConfidenceInterval(
            estimate: slope * steps, lower: slopes[lower] * steps, upper: slopes[upper] * steps, method: .orderStatistics, samples: n)
    }

    private static func median(_ sorted: [Double]) -> Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }

    /// From 0 to 0.9: what alternates is no reason for a narrower interval.
    private static func correlationOfNeighbours(_ rest: [Double]) -> Double {
        let mean = rest.reduce(0, +) / Double(rest.count)
        let squares = rest.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        guard squares > 0 else { return 0 }
        let products = zip(rest, rest.dropFirst()).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        return max(0, min(0.9, products / squares))
    }
}
