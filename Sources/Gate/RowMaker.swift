// The table's rows: what all kept groups say of each metric.

struct RowMaker {
    let campaign: GateCampaign
    private let kept: [RestartGroup]
    private let judge: GateJudge

    /// Reported metrics are tested once, when the gated ones have ended the campaign, at these; they never decide.
    static let reportedAlpha = 0.05

    init(campaign: GateCampaign) {
        self.campaign = campaign
        kept = campaign.kept
        judge = GateJudge(plan: campaign.plan)
    }

    func rows() throws(GateFault) -> [MetricRow] {
        let adjusted = try adjustedP()
        var rows: [MetricRow] = []
        for metric in campaign.plan.metrics { rows.append(try row(metric, adjusted[metric.name])) }
        return rows
    }

    private func row(_ metric: GatedMetric, _ adjusted: Double?) throws(GateFault) -> MetricRow {
        var test = try judge.test(of: metric, kept)
        let groups = test.ranks.groups
        guard groups > 0 else { return unavailable(metric) }
        let settled = settlement(of: metric)
        let estimate = Self.estimate(of: metric, &test)
        let values = kept.compactMap { $0.values[metric.name] }
        return MetricRow(
            metric: metric, verdict: verdict(metric, settled?.metric, adjusted, &test), thresholds: campaign.plan.thresholds(of: metric),
            base: Self.median(values.flatMap(\.base)), head: Self.median(values.flatMap(\.head)), estimate: estimate,
            p: adjusted ?? Self.p(settled?.metric) ?? test.tails(groups: groups).above, settledAtLook: settled?.look,
            smallestDetectable: estimate.halfWidth.map(RankTest.smallestDetectable(halfWidth:)), groups: groups, unavailable: nil)
    }

    private func unavailable(_ metric: GatedMetric) -> MetricRow {
        MetricRow(
            metric: metric, verdict: .unavailable, thresholds: campaign.plan.thresholds(of: metric), base: nil, head: nil, estimate: nil, p: nil,
            settledAtLook: nil, smallestDetectable: nil, groups: 0, unavailable: "no group has it on both sides")
    }

    private func settlement(of metric: GatedMetric) -> (look: Int, metric: MetricLook)? {
        for look in campaign.looks {
            if let found = look.metrics.first(where: { $0.metric == metric.name && $0.decision != .undecided }) { return (look.look, found) }
        }
        return nil
    }

    private static func p(_ settled: MetricLook?) -> Double? {
        switch settled?.decision {
        case .regressed: settled?.worseP
        case .improved: settled?.betterP
        case .same, .undecided, nil: nil
        }
    }

    private func verdict(_ metric: GatedMetric, _ settled: MetricLook?, _ adjusted: Double?, _ test: inout RankTest) -> MetricVerdict {
        if metric.decides {
            switch settled?.decision {
            case .regressed: return .regressed
            case .improved: return .improved
            case .same: return .same
            case .undecided, nil: return .inconclusive
            }
        }
        let (groups, thresholds) = (test.ranks.groups, campaign.plan.thresholds(of: metric))
        let change = test.ranks.estimate(groups: groups)
        if let adjusted, adjusted <= Self.reportedAlpha, abs(change) > logarithm(1 + thresholds.minimumEffect) {
            return change > 0 ? .regressed : .improved
        }
        // A count that is the same in every slice is the same, however few groups there are to prove it by.
        if change == 0, Self.estimate(of: metric, &test).isExact { return .same }
        let isSame = test.isBelow(logarithm(1 + thresholds.regression), groups: groups, limit: Self.reportedAlpha)
        return isSame ? .same : .inconclusive
    }

    /// By name, of the reported metrics that have values.
    private func adjustedP() throws(GateFault) -> [String: Double] {
        var (names, twoSided): ([String], [Double]) = ([], [])
        for metric in campaign.plan.metrics where !metric.decides {
            var test = try judge.test(of: metric, kept)
            guard test.ranks.groups > 0 else { continue }
            let tails = test.tails(groups: test.ranks.groups)
            names.append(metric.name)
            twoSided.append(min(1, 2 * min(tails.above, tails.below)))
        }
        return Dictionary(uniqueKeysWithValues: zip(names, FalseDiscovery.adjusted(twoSided)))
    }

    /// Turned from "worse" into head ÷ base.
    static func estimate(of metric: GatedMetric, _ test: inout RankTest) -> RatioEstimate {
        let groups = test.ranks.groups
        let differences = test.ranks.sortedDifferences(groups: groups)
        let ratio = exponential(metric.worseSign * AlignedRanks.median(sorted: differences))
        if differences[differences.count - 1] - differences[0] < exactSpread {
            return RatioEstimate(ratio: ratio, lower: ratio, upper: ratio, isExact: true)
        }
        guard let interval = test.interval(groups: groups) else {
            return RatioEstimate(ratio: ratio, lower: nil, upper: nil, isExact: false)
        }
        let ends = [interval.lower, interval.upper].map { exponential(metric.worseSign * $0) }.sorted()
        return RatioEstimate(ratio: ratio, lower: ends[0], upper: ends[1], isExact: false)
    }

    /// Ratios that differ by less are equal but for rounding.
    private static let exactSpread = 1e-9

    private static func median(_ values: [Double]) -> Double { AlignedRanks.median(sorted: values.sorted()) }
}
