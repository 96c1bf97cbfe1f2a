// One restart group: both builds started fresh, measured in slices, stopped.

/// A metric's values in one group, in the order in which the slices ran. Both sides have equally many: one each where
/// a quantile needed the samples of all slices of its side together.
package struct SliceValues: Codable, Equatable, Sendable {
    package let base: [Double]
    package let head: [Double]

    package init(base: [Double], head: [Double]) {
        self.base = base
        self.head = head
    }

    package subscript(side: Side) -> [Double] { side == .base ? base : head }
}

/// The unit of the statistics: restarts, not slices, are the sample size.
package struct RestartGroup: Codable, Equatable, Sendable {
    /// From 0 in the order in which groups ran, counted through over all attempts.
    package let index: Int
    /// 0 for the first session, 1 for what `--resume` added, …
    package let attempt: Int
    package let arrangement: GroupArrangement
    /// By the metric's name. A reported metric may be absent; a deciding one may not.
    package let values: [String: SliceValues]
    package let noise: NoiseFacts
    /// From the first start to the last stop.
    package let seconds: Double
    /// Why the group doesn't count; nil for one that does. Judged once, by `noise` alone.
    package let dropped: DropReason?

    package init(index: Int, attempt: Int, arrangement: GroupArrangement, values: [String: SliceValues], noise: NoiseFacts, seconds: Double) {
        self.index = index
        self.attempt = attempt
        self.arrangement = arrangement
        self.values = values
        self.noise = noise
        self.seconds = seconds
        dropped = DropRule.reason(for: noise)
    }
}
