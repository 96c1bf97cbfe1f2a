// How sure a figure is: 95 % intervals of paired ratios, means, medians and shares.

/// An estimate and the range its true value lies in with probability `level`.
package struct ConfidenceInterval: Codable, Equatable, Sendable {
    package enum Method: String, Codable, Sendable {
        /// Student's t on the logarithms of paired ratios.
        case pairedT
        /// Inverted sign-flip test on the logarithms of paired ratios (Hartigan's typical values), exact up to 16 pairs.
        case signFlip
        /// Student's t on plain values.
        case meanT
        /// Order statistics (binomial).
        case orderStatistics
        /// Wilson's score interval of a share.
        case wilson
        /// Student's t on the residuals of a fitted line, of its slope.
        case leastSquares
    }

    package let estimate: Double
    package let lower: Double
    package let upper: Double
    /// The probability reached, 0.95 unless the sample cannot give it (median of five: 0.9375).
    package let level: Double
    package let method: Method
    package let samples: Int

    package init(estimate: Double, lower: Double, upper: Double, level: Double = 0.95, method: Method, samples: Int) {
        self.estimate = estimate
        self.lower = lower
        self.upper = upper
        self.level = level
        self.method = method
        self.samples = samples
    }

    /// `1 − self`: a cost ratio as a saving.
    package var asSaving: ConfidenceInterval {
        ConfidenceInterval(estimate: 1 - estimate, lower: 1 - upper, upper: 1 - lower, level: level, method: method, samples: samples)
    }

    package func scaled(by factor: Double) -> ConfidenceInterval {
        let ends = [lower * factor, upper * factor].sorted()
        return ConfidenceInterval(estimate: estimate * factor, lower: ends[0], upper: ends[1], level: level, method: method, samples: samples)
    }

    /// The ratio numerator / denominator of interleaved pairs: geometric mean with its 95 % interval.
    ///
    /// From 10 pairs on by inverting the sign-flip test, which supposes nothing about the distribution.
    /// Below, that test has too few outcomes: five pairs have 32 sign patterns, the smallest two-sided
    /// p is 1/16, and its 95 % interval would be unbounded. So the quick tier takes Student's t on the
    /// logarithms, exact when they are normal: ratios of CPU times of equal work come close to that, a wild
    /// pair widens the interval rather than hiding, and logarithms make the result the same whichever side
    /// is divided by which. A bootstrap of five values covers far less than it claims.
    /// - Returns: nil under two pairs, or when a value is not positive.
    package static func pairedRatio(_ pairs: [(numerator: Double, denominator: Double)], seed: UInt64 = 1) -> ConfidenceInterval? {
        guard pairs.count >= 2, pairs.allSatisfy({ $0.numerator > 0 && $0.denominator > 0 }) else { return nil }
        let logs = pairs.map { naturalLogarithm($0.numerator / $0.denominator) }
        let ofLogs = logs.count < SignFlip.pairsMinimum ? mean(logs, method: .pairedT) : SignFlip.interval(logs, seed: seed)
        return ofLogs.map {
            ConfidenceInterval(
                estimate: exponential($0.estimate), lower: exponential($0.lower), upper: exponential($0.upper),
                level: $0.level, method: $0.method, samples: $0.samples)
        }
    }

    /// The mean with Student's t. nil under two values.
    package static func mean(_ values: [Double]) -> ConfidenceInterval? { mean(values, method: .meanT) }

    private static func mean(_ values: [Double], method: Method) -> ConfidenceInterval? {
        guard values.count >= 2 else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let half = StudentT.quantile(level: 0.95, degrees: values.count - 1) * (variance / n).squareRoot()
        return ConfidenceInterval(estimate: mean, lower: mean - half, upper: mean + half, method: method, samples: values.count)
    }

    /// The median between two order statistics; `level` is what they reach, at least 0.95 from six values on.
    package static func median(_ values: [Double]) -> ConfidenceInterval? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let n = sorted.count
        let estimate = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2
        // tail = P(fewer than k of n fair coins show heads), summed from k = 1 up.
        var probability = exponential(-Double(n) * naturalLogarithm(2))
        var tail = probability
        var k = 1
        while 2 * k < n {
            probability *= Double(n - k + 1) / Double(k)
            guard tail + probability <= 0.025 else { break }
            tail += probability
            k += 1
        }
        return ConfidenceInterval(
            estimate: estimate, lower: sorted[k - 1], upper: sorted[n - k], level: max(0, 1 - 2 * tail),
            method: .orderStatistics, samples: n)
    }

    /// A share, such as a sampled hit rate, by Wilson's score. Supposes independent trials.
    package static func proportion(successes: Double, of trials: Double) -> ConfidenceInterval? {
        guard trials > 0, successes >= 0, successes <= trials else { return nil }
        let z = 1.959_963_984_540_054
        let share = successes / trials
        let centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
        let half = z / (1 + z * z / trials) * (share * (1 - share) / trials + z * z / (4 * trials * trials)).squareRoot()
        return ConfidenceInterval(
            estimate: share, lower: max(0, min(share, centre - half)), upper: min(1, max(share, centre + half)),
            method: .wilson, samples: Int(trials))
    }
}
