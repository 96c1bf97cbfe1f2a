// From stored groups to looks: what the plan and the groups say, whoever asks and however often.

struct GateJudge {
    let plan: GatePlan

    /// A zero is read as this much of the unit: it has no logarithm, and less than one event in a million records is none.
    static let countFloor = 1e-6

    /// Every look that `kept` is enough for, in order, until all deciding metrics are settled.
    func looks(_ kept: [RestartGroup]) throws(GateFault) -> [LookRecord] {
        var looks: [LookRecord] = []
        while let next = try look(after: looks, kept) { looks.append(next) }
        return looks
    }

    /// The look that comes after `looks`; nil when it is not due, or when none is left to take.
    func look(after looks: [LookRecord], _ kept: [RestartGroup]) throws(GateFault) -> LookRecord? {
        let open = unsettled(after: looks)
        guard looks.count < plan.schedule.looks.count, !open.isEmpty else { return nil }
        let due = plan.schedule.looks[looks.count]
        guard kept.count >= due.groups else { return nil }
        var metrics: [MetricLook] = []
        for metric in open { metrics.append(try take(looks.count, metric, kept)) }
        return LookRecord(look: looks.count, groups: due.groups, metrics: metrics)
    }

    /// Deciding metrics that no look has settled.
    func unsettled(after looks: [LookRecord]) -> [GatedMetric] {
        let settled = Set(looks.flatMap(\.metrics).filter { $0.decision != .undecided }.map(\.metric))
        return plan.metrics.filter { $0.decides && !settled.contains($0.name) }
    }

    private func take(_ look: Int, _ metric: GatedMetric, _ kept: [RestartGroup]) throws(GateFault) -> MetricLook {
        let due = plan.schedule.looks[look]
        var test = try self.test(of: metric, kept)
        let thresholds = plan.thresholds(of: metric)
        let failLimit = plan.failLimit(look: look)
        let decision = test.decide(
            groups: due.groups, failLimit: failLimit, passLimit: due.passLimit, thresholds: thresholds,
            isLast: due.groups == plan.schedule.groupsMaximum)
        let change = test.tails(groups: due.groups)
        let threshold = test.tails(groups: due.groups, shift: logarithm(1 + thresholds.regression))
        return MetricLook(
            metric: metric.name, decision: decision, worseP: change.above, betterP: change.below, thresholdP: threshold.below,
            failLimit: failLimit, passLimit: due.passLimit, ratio: exponential(metric.worseSign * test.ranks.estimate(groups: due.groups)))
    }

    /// The metric's values of `groups`, ready to be ranked. A reported metric may be absent from some groups.
    func test(of metric: GatedMetric, _ groups: [RestartGroup]) throws(GateFault) -> RankTest {
        var test = RankTest(seed: plan.seed)
        for group in groups {
            guard let values = try Self.logarithms(of: metric, in: group) else { continue }
            test.ranks.append(base: values.base, head: values.head)
        }
        return test
    }

    /// Logarithms of the slices, larger is worse; nil for a reported metric that the group lacks.
    static func logarithms(of metric: GatedMetric, in group: RestartGroup) throws(GateFault) -> SliceValues? {
        guard let values = group.values[metric.name], !values.base.isEmpty, values.base.count == values.head.count else {
            if metric.role == .reported { return nil }
            throw .missingSide(metric: metric.name, group: group.index)
        }
        return SliceValues(
            base: try logarithms(values.base, metric, group.index), head: try logarithms(values.head, metric, group.index))
    }

    private static func logarithms(_ values: [Double], _ metric: GatedMetric, _ group: Int) throws(GateFault) -> [Double] {
        var logarithms: [Double] = []
        for value in values {
            // A time or a rate of nothing was not measured; a count of nothing was.
            guard value.isFinite, value > 0 || value == 0 && metric.role != .gated else {
                throw .impossibleValue(metric: metric.name, group: group, value: value)
            }
            logarithms.append(metric.worseSign * logarithm(metric.role == .gated ? value : max(value, countFloor)))
        }
        return logarithms
    }
}
