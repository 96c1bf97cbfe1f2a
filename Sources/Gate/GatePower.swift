// What the gate finds, by simulation.

/// Error rates of a plan with this many gated metrics under the noise of a shared CI runner ("CI-fine": restarts 1.5 %,
/// wandering 5 % over a minute, bursts every 200 s, 12 % white per second), 3 s slices, 2 + 2 a group, all six looks.
///
/// From 20,000 trials each; `microbench gate-simulation` simulates them again and fails where they differ.
package struct GatePower: Codable, Equatable, Sendable {
    package let gatedMetrics: Int
    /// Share of unchanged metrics that fail, of one metric. The profile's is at most as many times that as it has metrics.
    package let falseAlarms: Double
    /// Shares of regressions of one metric that are found.
    package let atFivePercent: Double
    package let atTenPercent: Double

    /// What is stated for a metric that is worse by `change`; nil where nothing is.
    func share(change: Double) -> Double? {
        [0: falseAlarms, 0.05: atFivePercent, 0.10: atTenPercent][change]
    }

    /// - Parameter gatedMetrics: 1 to 3.
    package static func of(gatedMetrics: Int) -> GatePower {
        switch gatedMetrics {
        case ...1: GatePower(gatedMetrics: 1, falseAlarms: 0.009, atFivePercent: 0.857, atTenPercent: 1)
        case 2: GatePower(gatedMetrics: 2, falseAlarms: 0.005, atFivePercent: 0.797, atTenPercent: 1)
        default: GatePower(gatedMetrics: 3, falseAlarms: 0.0035, atFivePercent: 0.757, atTenPercent: 1)
        }
    }
}
