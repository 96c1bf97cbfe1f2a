import Testing

@testable import Gate

/// A short version of `microbench gate-simulation`, which Scripts/test runs at full length in release: what is looked
/// for here is a decision rule that has come loose, not the last per cent.
@Suite struct SimulationTests {
    @Test(arguments: NoiseModel.Hostility.allCases) func `nothing changed: few false alarms, whatever the machine does`(_ hostility: NoiseModel.Hostility) throws {
        let rates = try GateSimulation(.continuousIntegration.with(hostility)).rates(change: 0, trials: 60, seed: 5)
        #expect(rates.failShare <= 0.05 && rates.passShare > 0.8)
    }

    @Test func `5 per cent worse is mostly found, 10 always`() throws {
        let simulation = try GateSimulation(.continuousIntegration)
        #expect(simulation.rates(change: 0.05, trials: 60, seed: 5).failShare > 0.7)
        #expect(simulation.rates(change: 0.1, trials: 60, seed: 5).failShare > 0.95)
    }

    @Test func `a claim that does not hold is said to fail`() throws {
        let claim = try #require(SimulationClaim.all.first)
        var rates = DecisionRates()
        #expect(!claim.holds(rates) && claim.line(rates).hasPrefix("FAIL "))
        for _ in 0..<98 { rates.count(.same, groups: 20) }
        rates.count(.regressed, groups: 20)
        #expect(claim.holds(rates) && claim.line(rates) == "ok CI-fine, no change, 1 gated: 1.01 % fail (at most 1.50 %), 99.0 % pass, 0.0 % inconclusive; 20.0 groups on average")
        rates.count(.regressed, groups: 20)
        #expect(!claim.holds(rates) && claim.line(rates).hasPrefix("FAIL "))
        let power = try #require(SimulationClaim.all.first { $0.change == 0.05 })
        #expect(!power.holds(rates))
    }

    @Test func `a rule without the effect's minimum and without exact limits would be caught`() throws {
        // The planted violation: an error budget of 60 % must show.
        let loose = try GatePlan(profile: "loose", base: "a", head: "b", metrics: [latency], seed: 1, familyAlpha: 0.6, thresholds: EffectThresholds(regression: 0.05, minimumEffect: 0))
        let rates = GateSimulation(.continuousIntegration, rules: DecisionRules(plan: loose, metric: latency)).rates(change: 0, trials: 60, seed: 5)
        #expect(rates.failShare > 0.05)
    }
}
