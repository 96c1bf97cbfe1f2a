// The gate's decision code on simulated machines: how often it is wrong, by trial.

package struct GateSimulation: Sendable {
    private let model: NoiseModel
    private let rules: DecisionRules

    /// One of `gatedMetrics` gated metrics, which share the error budget, on machines of `model`.
    ///
    /// - Throws: for more metrics than may be gated.
    package init(_ model: NoiseModel, gatedMetrics: Int = 1) throws(GateFault) {
        let metrics = (0..<gatedMetrics).map { GatedMetric("metric \($0)", unit: "ns", polarity: .lowerIsBetter, role: .gated) }
        let plan = try GatePlan(profile: "simulation", base: "base", head: "head", metrics: metrics, seed: 1)
        self.init(model, rules: DecisionRules(plan: plan, metric: metrics[0]))
    }

    init(_ model: NoiseModel, rules: DecisionRules) {
        self.model = model
        self.rules = rules
    }

    /// Campaigns whose head is slower by `change` (0.05 is 5 %), each on a machine of its own.
    package func rates(change: Double, trials: Int, seed: UInt64) -> DecisionRates {
        var rates = DecisionRates()
        var values = SliceBuffers()
        var test = RankTest(seed: seed)
        for trial in 0..<trials {
            test.ranks.removeAll()
            var machine = SimulatedMachine(model, seed: seed, part: UInt64(trial))
            let (decision, groups) = test.run(rules) { ranks, wanted in
                while ranks.groups < wanted {
                    let arrangement = GroupArrangement(seed: seed &+ UInt64(trial), group: ranks.groups, slicesPerSide: 2)
                    machine.group(arrangement, change: logarithm(1 + change), into: &values)
                    ranks.append(base: values.base, head: values.head)
                }
                return true
            }
            rates.count(decision, groups: groups)
        }
        return rates
    }
}
