// What a comparison is about, fixed before the first group runs.

/// Two attempts pool only when their plans are equal: other builds, metrics, thresholds or limits are another question.
package struct GatePlan: Codable, Equatable, Sendable {
    /// Name of the profile.
    package let profile: String
    /// What identifies the builds, such as a commit or a checksum of the binary: equal text means the same build.
    package let base: String
    package let head: String
    package let metrics: [GatedMetric]
    /// Of the order of the slices, the coins and the random flips.
    package let seed: UInt64
    /// Slices of each side in a restart group: 2; 4 or 6 where a start takes long.
    package let slicesPerSide: Int
    /// Measured seconds of a slice.
    package let sliceSeconds: Double
    /// False alarms allowed for the profile as a whole.
    package let familyAlpha: Double
    /// Of gated times and rates; still counters have their own.
    package let thresholds: EffectThresholds
    package let schedule: LookSchedule

    /// At most this many metrics of role `gated`.
    package static let gatedMetricsMaximum = 3

    /// - Throws: `.plan` when no metric decides, more than three are gated, or names repeat.
    package init(
        profile: String, base: String, head: String, metrics: [GatedMetric], seed: UInt64, slicesPerSide: Int = 2, sliceSeconds: Double = 3,
        familyAlpha: Double = LookSchedule.familyAlpha, thresholds: EffectThresholds = .time, schedule: LookSchedule = .standard
    ) throws(GateFault) {
        let gated = metrics.filter { $0.role == .gated }.count
        guard metrics.contains(where: \.decides) else { throw .plan("no metric decides") }
        guard gated <= Self.gatedMetricsMaximum else { throw .plan("\(gated) gated metrics; at most \(Self.gatedMetricsMaximum)") }
        guard Set(metrics.map(\.name)).count == metrics.count else { throw .plan("two metrics have one name") }
        guard slicesPerSide > 0, sliceSeconds > 0, familyAlpha > 0, familyAlpha < 1 else {
            throw .plan("\(slicesPerSide) slices of \(sliceSeconds) s at alpha \(familyAlpha)")
        }
        self.profile = profile
        self.base = base
        self.head = head
        self.metrics = metrics
        self.seed = seed
        self.slicesPerSide = slicesPerSide
        self.sliceSeconds = sliceSeconds
        self.familyAlpha = familyAlpha
        self.thresholds = thresholds
        self.schedule = schedule
    }

    /// How many metrics share the error budget. Still counters take no part: a false alarm would need them to move
    /// three times as far as selftest ever saw, so they are held to the limit of one share without using one up.
    package var gatedMetrics: Int { max(1, metrics.filter { $0.role == .gated }.count) }

    /// Largest p of one metric at which look `index` may fail it.
    package func failLimit(look index: Int) -> Double {
        familyAlpha * schedule.looks[index].failShare / Double(gatedMetrics)
    }

    /// Against a pinned release a counter has the same room as a time: what adds up over months is no change of 1 %.
    package func thresholds(of metric: GatedMetric) -> EffectThresholds { metric.isStillCounter && thresholds != .creep ? .counter : thresholds }
}
