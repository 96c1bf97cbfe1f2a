// The gate replayed on recorded A/A groups: its error rates on this machine, measured.

/// Both sides of the groups were the same build, so which slices are called base and which head is a coin's matter:
/// every relabelling is another campaign that changed nothing, under this machine's own noise. With one side shifted it
/// is a campaign with a regression of known size.
///
/// A relabelling takes a run of consecutive groups, as many as a campaign may have, beginning anywhere (the last group is
/// followed by the first), so that drift from group to group stays as it was.
package struct GateReplay: Sendable {
    private let recorded: [SliceValues]
    private let rules: DecisionRules
    private let groupsOfCampaign: Int

    /// - Returns: nil with fewer groups than the first look needs.
    /// - Throws: for groups that lack or falsify a value.
    package init?(groups: [RestartGroup], metric: GatedMetric, plan: GatePlan) throws(GateFault) {
        var recorded: [SliceValues] = []
        for group in groups where group.dropped == nil {
            if let values = try GateJudge.logarithms(of: metric, in: group) { recorded.append(values) }
        }
        guard let first = plan.schedule.looks.first, recorded.count >= first.groups else { return nil }
        self.recorded = recorded
        rules = DecisionRules(plan: plan, metric: metric)
        groupsOfCampaign = min(recorded.count, plan.schedule.groupsMaximum)
    }

    /// Groups that campaigns are drawn from.
    package var groups: Int { recorded.count }

    /// - Parameter change: by how much one side is made worse: 0 counts false alarms, 0.05 finds the power at 5 %.
    package func rates(change: Double = 0, relabellings: Int = 10_000, seed: UInt64) -> DecisionRates {
        var rates = DecisionRates()
        var random = GateRandom(seed: seed)
        var test = RankTest(seed: seed)
        for _ in 0..<relabellings {
            load(&test.ranks, from: random.nextIndex(below: recorded.count), coins: random.next(), shift: logarithm(1 + change))
            let (decision, groups) = test.run(rules) { ranks, wanted in ranks.groups >= wanted }
            rates.count(decision, groups: groups)
        }
        return rates
    }

    private func load(_ ranks: inout AlignedRanks, from first: Int, coins: UInt64, shift: Double) {
        ranks.removeAll()
        for group in 0..<groupsOfCampaign {
            let values = recorded[(first + group) % recorded.count]
            ranks.append(base: values.base, head: values.head)
            if coins >> UInt64(group % 64) & 1 == 1 { ranks.swapSides(group: group) }
        }
        if shift != 0 { ranks.worsenHead(by: shift) }
    }

    /// The smallest change, in steps of half a per cent up to 50 %, that is caught with `power`; nil when none is.
    package func smallestCaught(power: Double, relabellings: Int = 2000, seed: UInt64) -> Double? {
        // More worsening is never harder to see: the steps are halved, not walked.
        var (missed, caught) = (0, 101)
        while caught - missed > 1 {
            let middle = (missed + caught) / 2
            if rates(change: Double(middle) * 0.005, relabellings: relabellings, seed: seed).failShare >= power {
                caught = middle
            } else {
                missed = middle
            }
        }
        return caught > 100 ? nil : Double(caught) * 0.005
    }
}
