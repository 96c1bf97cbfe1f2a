// What is claimed of the gate's error rates, and whether a simulation bears it out.
internal import Host

/// One case: a machine, a change and how many metrics share the error budget, with what must come out of it.
package struct SimulationClaim: Sendable {
    package let model: NoiseModel
    package let change: Double
    package let gatedMetrics: Int
    /// At most this share of the trials may fail; nil where the figure is only shown.
    let failMaximum: Double?
    /// At least this share must.
    let failMinimum: Double?
    /// What reports state for it: must agree within what so many trials can tell.
    let stated: Double?

    private init(_ model: NoiseModel, _ change: Double, gatedMetrics: Int = 1, atMost: Double? = nil, atLeast: Double? = nil) {
        self.model = model
        self.change = change
        self.gatedMetrics = gatedMetrics
        failMaximum = atMost
        failMinimum = atLeast
        stated = model == .continuousIntegration ? GatePower.of(gatedMetrics: gatedMetrics).share(change: change) : nil
    }

    /// False alarms at most 1.5 % on every machine; one gated metric on a CI runner finds 5 % in 83 of 100 cases and 10 % in
    /// 99; what three gated metrics find, and what calm and bad machines let through, is shown.
    package static let all: [SimulationClaim] =
        NoiseModel.Hostility.allCases.map { SimulationClaim(.continuousIntegration.with($0), 0, atMost: falseAlarmsMaximum) }
        + [
            SimulationClaim(.continuousIntegration, 0.05, atLeast: 0.83), SimulationClaim(.continuousIntegration, 0.10, atLeast: 0.99),
            SimulationClaim(.continuousIntegration, 0.025),
            SimulationClaim(.quiet, 0, atMost: falseAlarmsMaximum), SimulationClaim(.quiet, 0.05), SimulationClaim(.quiet, 0.025),
            SimulationClaim(.bad, 0, atMost: falseAlarmsMaximum), SimulationClaim(.bad, 0.05), SimulationClaim(.bad, 0.10),
        ]
        + [2, 3].flatMap { metrics in
            [
                SimulationClaim(.continuousIntegration, 0, gatedMetrics: metrics, atMost: falseAlarmsMaximum / Double(metrics)),
                SimulationClaim(.continuousIntegration, 0.05, gatedMetrics: metrics),
                SimulationClaim(.continuousIntegration, 0.10, gatedMetrics: metrics),
            ]
        }

    private static let falseAlarmsMaximum = 0.015

    package func simulate(trials: Int, seed: UInt64) throws(GateFault) -> DecisionRates {
        try GateSimulation(model, gatedMetrics: gatedMetrics).rates(change: change, trials: trials, seed: seed)
    }

    package func holds(_ rates: DecisionRates) -> Bool {
        rates.trials > 0 && rates.failShare <= failMaximum ?? 1 && rates.failShare >= failMinimum ?? 0
            && stated.map { abs(rates.failShare - $0) <= Self.tolerance(of: $0, trials: rates.trials) } ?? true
    }

    /// Four standard errors, and a rounding.
    private static func tolerance(of share: Double, trials: Int) -> Double {
        4 * (share * (1 - share) / Double(trials)).squareRoot() + 0.003
    }

    /// `ok CI-fine, no change, 1 metric: 0.9 % fail (at most 1.5 %), 94.5 % pass, …`: the words that Scripts/tally counts.
    package func line(_ rates: DecisionRates) -> String {
        let machine = model.hostility == .none ? model.name : "\(model.name) with \(model.hostility.words)"
        let bound = failMaximum.map { " (at most \(percent($0, decimals: 2)))" } ?? failMinimum.map { " (at least \(decidingPercent($0)))" } ?? ""
        return "\(holds(rates) ? "ok" : "FAIL") \(machine), \(change == 0 ? "no change" : "\(decidingPercent(change)) worse"), "
            + "\(gatedMetrics) gated: \(percent(rates.failShare, decimals: 2)) fail\(bound), "
            + "\(percent(rates.passShare, decimals: 1)) pass, \(percent(rates.inconclusiveShare, decimals: 1)) inconclusive; "
            + "\(fixed(rates.groupsMean, 1)) groups on average"
    }
}

extension NoiseModel.Hostility {
    fileprivate var words: String {
        switch self {
        case .none: "nothing else"
        case .linearDrift: "20 % of drift"
        case .step: "a step of 15 %"
        case .secondSlower: "every second slice 4 % slower"
        }
    }
}
