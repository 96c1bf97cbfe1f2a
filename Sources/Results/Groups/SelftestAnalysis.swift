// What groups of a build compared with itself say of this machine.
package import Gate
internal import Measurement

/// One metric's noise, and what the gate makes of it here.
package struct SelftestMetric: Sendable {
    package let metric: GatedMetric
    /// Largest usual difference of two equal builds in one group: 0.003 is 0.3 %.
    package let spread: Double?
    package let split: NoiseSplit?
    /// Campaigns that changed nothing; nil with fewer groups than the gate's first look.
    package let unchanged: DecisionRates?
    /// Campaigns whose one side was made 5 % and 10 % worse.
    package let fivePercent, tenPercent: DecisionRates?
    /// The smallest change that is caught 85 times in 100; nil where none up to 50 % is.
    package let smallestCaught: Double?
}

package struct SelftestAnalysis: Sendable {
    package let groups: [RestartGroup]
    package let sessions: Int
    package let builds: Int
    package let plan: GatePlan
    package let metrics: [SelftestMetric]
    /// Of wall time, a group.
    package let secondsPerGroup: Double
    package let loadSecondsPerGroup: Double

    package static let relabellings = 10_000
    package static let wantedPower = 0.85

    /// - Parameter sessions: at least one, of one profile on one machine.
    /// - Throws: `GateFault` for groups that lack or falsify a value.
    package init(_ sessions: [SelftestStore.Session]) throws(GateFault) {
        precondition(!sessions.isEmpty, "an analysis of nothing")
        let plan = sessions[sessions.count - 1].header.plan
        // Slices of another number or length are other values.
        let alike = sessions.filter { $0.header.plan.slicesPerSide == plan.slicesPerSide && $0.header.plan.sliceSeconds == plan.sliceSeconds }
        let groups = alike.flatMap(\.groups)
        self.plan = plan
        self.groups = groups
        self.sessions = alike.count
        builds = Set(alike.map(\.header.build)).count
        secondsPerGroup = ConfidenceInterval.median(groups.map(\.seconds))?.estimate ?? groups.first?.seconds ?? 0
        loadSecondsPerGroup = Double(2 * plan.slicesPerSide) * plan.sliceSeconds
        var metrics: [SelftestMetric] = []
        for metric in plan.metrics { metrics.append(try Self.analyse(metric, groups, plan)) }
        self.metrics = metrics
    }

    private static func analyse(_ metric: GatedMetric, _ all: [RestartGroup], _ plan: GatePlan) throws(GateFault) -> SelftestMetric {
        let groups = all.filter { $0.values[metric.name] != nil }
        let spread = NoiseSplit.spread(of: groups, metric: metric)
        let split = NoiseSplit(groups: groups, metric: metric)
        guard metric.role == .gated, let replay = try GateReplay(groups: groups, metric: metric, plan: plan) else {
            return SelftestMetric(
                metric: metric, spread: spread, split: split, unchanged: nil, fivePercent: nil, tenPercent: nil, smallestCaught: nil)
        }
        return SelftestMetric(
            metric: metric, spread: spread, split: split, unchanged: replay.rates(relabellings: relabellings, seed: plan.seed),
            fivePercent: replay.rates(change: 0.05, relabellings: relabellings, seed: plan.seed),
            tenPercent: replay.rates(change: 0.10, relabellings: relabellings, seed: plan.seed),
            smallestCaught: replay.smallestCaught(power: wantedPower, seed: plan.seed))
    }
}

extension GatedMetric {
    /// The unit of a counter.
    package static let perRecord = "/rec"
}

extension SelftestStore {
    /// Relative A/A spreads of the counters that selftests of this profile saw on this machine, by name; empty where none
    /// ran, or what they left cannot be read.
    package func counterSpreads() -> [String: Double] {
        guard let sessions = try? sessions(), let last = sessions.last else { return [:] }
        let groups = sessions.flatMap(\.groups)
        return last.header.plan.metrics.filter { $0.unit == GatedMetric.perRecord }.reduce(into: [:]) { spreads, metric in
            let own = groups.filter { $0.values[metric.name] != nil }
            guard own.count >= Self.groupsForSpread else { return }
            spreads[metric.name] = NoiseSplit.spread(of: own, metric: metric)
        }
    }

    /// Of fewer groups nothing is concluded that a counter may gate by.
    private static let groupsForSpread = 20
}
