// Whether a run counts.

/// VALID, SATURATED or INVALID, and why.
package struct Verdict: Codable, Equatable, Sendable {
    /// Ordered from best to worst.
    package enum Outcome: String, Codable, Comparable, Sendable {
        /// The figures mean what they say.
        case valid
        /// The schedule was handed over on time and the broker did not keep up: a result, never a latency claim.
        case saturated
        /// The generator or the machine spoiled it: kept, never compared, never a gate.
        case invalid

        private var badness: Int { [.valid: 0, .saturated: 1, .invalid: 2][self]! }
        package static func < (left: Outcome, right: Outcome) -> Bool { left.badness < right.badness }
    }

    /// One broken rule, or with the outcome `valid` a flag: what the figures are for is not all that was asked for.
    package struct Reason: Codable, Equatable, Sendable {
        /// The rule's name, stable over versions: `scheduleLag`, `foreignLoad`, …
        package var rule: String
        package var outcome: Outcome
        /// nil for a rule of the whole run.
        package var phase: String?
        /// What was seen and what was allowed.
        package var text: String

        package init(rule: String, outcome: Outcome, phase: String?, text: String) {
            self.rule = rule
            self.outcome = outcome
            self.phase = phase
            self.text = text
        }
    }

    package var outcome: Outcome
    /// Flags alone when valid; the worst first.
    package var reasons: [Reason]

    /// The reasons that are more than flags.
    package var objections: [Reason] { reasons.filter { $0.outcome != .valid } }

    /// The verdict that `reasons` amount to.
    package init(reasons: [Reason]) {
        outcome = reasons.map(\.outcome).max() ?? .valid
        self.reasons = [Outcome.invalid, .saturated, .valid].flatMap { outcome in reasons.filter { $0.outcome == outcome } }
    }

    /// Rules that the machine or the generator breaks, whatever the broker did.
    private static let spoilingRules: Set = [
        "scheduleLag", "handOver", "laneSaturation", "foreignLoad", "steal", "calibrationDrift", "cacheState", "placement",
    ]

    /// Whether it is INVALID, and everything that makes it so is the machine's or the generator's: blind to what was measured.
    package var isSpoiled: Bool { outcome == .invalid && reasons.allSatisfy { $0.outcome != .invalid || Self.spoilingRules.contains($0.rule) } }
}
