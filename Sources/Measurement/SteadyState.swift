// When a load has settled: slope and spread of its last seconds.

/// Judges 1 s windows of a throughput: steady when the last few neither rise nor fall nor scatter.
package struct SteadyState: Sendable {
    package enum Outcome: Equatable, Sendable {
        case waiting
        case steady(afterWindows: Int)
        /// The limit on waiting is reached: slope over the judged windows and coefficient of variation as last seen.
        case noSteadyState(slopeFraction: Double, variation: Double)
    }

    package private(set) var outcome = Outcome.waiting
    private let windows: Int
    private let maximumSlopeFraction: Double
    private let maximumVariation: Double
    private let limit: Int
    private var recent: [Double] = []
    private var seen = 0

    /// - Parameters:
    ///   - windows: how many windows are judged together.
    ///   - maximumSlopeFraction: change over these windows by the fitted line, as a fraction of their mean.
    ///   - maximumVariation: standard deviation over mean.
    ///   - limit: windows after which it gives up.
    package init(
        windows: Int = 3, maximumSlopeFraction: Double = VerdictThresholds.steadySlopeFraction,
        maximumVariation: Double = VerdictThresholds.steadyVariation, limit: Int
    ) {
        precondition(windows >= 2 && limit >= windows, "\(windows) windows within a limit of \(limit)")
        self.windows = windows
        self.maximumSlopeFraction = maximumSlopeFraction
        self.maximumVariation = maximumVariation
        self.limit = limit
    }

    /// Takes the next window's value. Once decided, the outcome stays.
    package mutating func add(_ windowValue: Double) -> Outcome {
        guard outcome == .waiting else { return outcome }
        seen += 1
        recent.append(windowValue)
        if recent.count > windows { recent.removeFirst() }
        guard recent.count == windows else { return outcome }
        let (slope, variation) = Self.slopeAndVariation(recent)
        if abs(slope) <= maximumSlopeFraction, variation <= maximumVariation {
            outcome = .steady(afterWindows: seen)
        } else if seen >= limit {
            outcome = .noSteadyState(slopeFraction: slope, variation: variation)
        }
        return outcome
    }

    /// Change along the fitted line from first to last value, and standard deviation, both over the mean.
    static func slopeAndVariation(_ values: [Double]) -> (Double, Double) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        guard mean > 0 else { return (.infinity, .infinity) }
        let middle = (n - 1) / 2
        var (covariance, spread, squares) = (0.0, 0.0, 0.0)
        for (x, value) in values.enumerated() {
            covariance += (Double(x) - middle) * (value - mean)
            spread += (Double(x) - middle) * (Double(x) - middle)
            squares += (value - mean) * (value - mean)
        }
        return (covariance / spread * (n - 1) / mean, (squares / (n - 1)).squareRoot() / mean)
    }
}
