// How large a change must be to be spoken of.

/// Changes are ratios on a logarithmic scale, in the worse direction: a throughput is 5 % worse when base / head is 1.05.
package struct EffectThresholds: Codable, Equatable, Sendable {
    /// `same` means that a change this much worse is ruled out.
    package let regression: Double
    /// `REGRESSED` needs an estimate above this, however significant it is.
    package let minimumEffect: Double

    package init(regression: Double, minimumEffect: Double) {
        self.regression = regression
        self.minimumEffect = minimumEffect
    }

    /// Times and rates between two builds.
    package static let time = EffectThresholds(regression: 0.05, minimumEffect: 0.02)
    /// Counters that selftest saw still.
    package static let counter = EffectThresholds(regression: 0.01, minimumEffect: 0.01)
    /// Head against a pinned release: small changes may add up to less than 5 %, no more.
    package static let creep = EffectThresholds(regression: 0.05, minimumEffect: 0.05)

    /// A counter with a larger A/A spread is treated as a time.
    package static let stillCounterSpreadMaximum = 0.003
}
