// The looks of one metric in order: the loop that simulation and replay share with a live campaign's rules.

/// What one metric is decided by.
package struct DecisionRules: Equatable, Sendable {
    let schedule: LookSchedule
    /// Of each look: the metric's share of the error budget.
    let failLimits: [Double]
    let thresholds: EffectThresholds

    package init(plan: GatePlan, metric: GatedMetric) {
        schedule = plan.schedule
        failLimits = plan.schedule.looks.indices.map { plan.failLimit(look: $0) }
        thresholds = plan.thresholds(of: metric)
    }
}

extension RankTest {
    /// Takes look after look until one settles the metric. `extend` sees to it that so many groups are there, or says
    /// that there are no more.
    ///
    /// - Returns: the decision and the groups at the look that made it, or at the last one taken.
    mutating func run(_ rules: DecisionRules, extend: (inout AlignedRanks, Int) -> Bool) -> (decision: LookDecision, groups: Int) {
        var taken = 0
        for (look, failLimit) in zip(rules.schedule.looks, rules.failLimits) {
            guard extend(&ranks, look.groups) else { break }
            taken = look.groups
            let decision = decide(
                groups: taken, failLimit: failLimit, passLimit: look.passLimit, thresholds: rules.thresholds,
                isLast: taken == rules.schedule.groupsMaximum)
            if decision != .undecided { return (decision, taken) }
        }
        return (.undecided, taken)
    }
}

/// How often a gate came to which decision.
package struct DecisionRates: Codable, Equatable, Sendable {
    package private(set) var trials = 0
    package private(set) var regressed = 0
    package private(set) var improved = 0
    package private(set) var same = 0
    package private(set) var undecided = 0
    /// Groups until the decision, summed over the trials.
    package private(set) var groups = 0

    package init() {}

    mutating func count(_ decision: LookDecision, groups count: Int) {
        trials += 1
        groups += count
        switch decision {
        case .regressed: regressed += 1
        case .improved: improved += 1
        case .same: same += 1
        case .undecided: undecided += 1
        }
    }

    package var failShare: Double { share(regressed) }
    /// Settled without a regression.
    package var passShare: Double { share(same + improved) }
    package var inconclusiveShare: Double { share(undecided) }
    package var groupsMean: Double { trials > 0 ? Double(groups) / Double(trials) : 0 }

    private func share(_ count: Int) -> Double { trials > 0 ? Double(count) / Double(trials) : 0 }
}
