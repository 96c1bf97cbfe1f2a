// A figure that both builds are compared by, and what may follow from it.

package struct GatedMetric: Codable, Equatable, Sendable {
    package enum Polarity: String, Codable, Sendable { case higherIsBetter, lowerIsBetter }

    package enum Role: String, Codable, Sendable {
        /// Decides at 5 %; at most three of a plan, which share the error budget.
        case gated
        /// A count per record. Decides at 1 % where selftest saw it still on this machine, else it is reported.
        case counter
        /// Shown with a p adjusted for the number of reported metrics; never decides.
        case reported
    }

    /// The key of `RestartGroup.values`; unique within a plan.
    package let name: String
    /// As printed: `MB/s`, `ns/rec`, `/rec`, `ms`.
    package let unit: String
    package let polarity: Polarity
    package let role: Role
    /// Of a counter: relative A/A spread that selftest saw on this machine; nil where it never ran.
    package let selftestSpread: Double?

    package init(_ name: String, unit: String, polarity: Polarity, role: Role, selftestSpread: Double? = nil) {
        self.name = name
        self.unit = unit
        self.polarity = polarity
        self.role = role
        self.selftestSpread = selftestSpread
    }

    /// A counter that selftest saw move by at most 0.3 % between runs of the same build.
    package var isStillCounter: Bool {
        role == .counter && (selftestSpread.map { $0 <= EffectThresholds.stillCounterSpreadMaximum } ?? false)
    }

    /// Whether this metric can make the gate fail.
    package var decides: Bool { role == .gated || isStillCounter }

    /// +1 where larger values are worse, -1 where smaller ones are.
    var worseSign: Double { polarity == .lowerIsBetter ? 1 : -1 }
}
