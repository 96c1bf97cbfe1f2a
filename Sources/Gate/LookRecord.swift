// What one look saw and spent. Stored, so that a later attempt can't spend it again.

/// What a look says of one metric. All but `undecided` settle it for good.
package enum LookDecision: String, Codable, Sendable {
    case regressed, improved, same, undecided
}

package struct MetricLook: Codable, Equatable, Sendable {
    package let metric: String
    package let decision: LookDecision
    /// One-sided: how likely ranks this bad for head are, had nothing changed. Fails at `failLimit` or less.
    package let worseP: Double
    /// One-sided, the other way.
    package let betterP: Double
    /// How likely ranks this good for head are, were it worse by the threshold. Passes at `passLimit` or less.
    package let thresholdP: Double
    package let failLimit: Double
    package let passLimit: Double
    /// head ÷ base.
    package let ratio: Double
}

package struct LookRecord: Codable, Equatable, Sendable {
    /// Index into the plan's schedule.
    package let look: Int
    /// Groups kept until then.
    package let groups: Int
    /// The deciding metrics that no earlier look had settled.
    package let metrics: [MetricLook]
}

extension LookRecord {
    /// Whether both say the same, but for the last digits, in which two machines' logarithms may differ.
    func agrees(with other: LookRecord) -> Bool {
        look == other.look && groups == other.groups && metrics.count == other.metrics.count
            && zip(metrics, other.metrics).allSatisfy { $0.agrees(with: $1) }
    }
}

extension MetricLook {
    fileprivate func agrees(with other: MetricLook) -> Bool {
        let mine = [worseP, betterP, thresholdP, failLimit, passLimit, ratio]
        let others = [other.worseP, other.betterP, other.thresholdP, other.failLimit, other.passLimit, other.ratio]
        return metric == other.metric && decision == other.decision && zip(mine, others).allSatisfy { abs($0 - $1) <= 1e-9 * abs($1) }
    }
}
