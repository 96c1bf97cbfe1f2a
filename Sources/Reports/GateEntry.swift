// One comparison of two builds, with what a report says around its figures.
package import Foundation
package import Gate

package struct GateEntry: Sendable {
    package let report: GateReport
    /// In the order in which they ran, dropped ones included.
    package let groups: [RestartGroup]
    /// As people know the two builds.
    package let base: String
    package let head: String
    /// ISO 8601, UTC, to the second.
    package let startedAt: String
    /// The command that makes it again.
    package let reproduce: String
    /// Where the raw slices are, as someone here would type it; nil where nothing was stored.
    package let stored: String?
    package let notes: [String]
    /// The whole comparison as `tidemark.ab.v1`; nil where nothing was stored.
    package let document: Data?

    package init(
        report: GateReport, groups: [RestartGroup], base: String, head: String, startedAt: String, reproduce: String, stored: String? = nil,
        notes: [String] = [], document: Data? = nil
    ) {
        self.report = report
        self.groups = groups
        self.base = base
        self.head = head
        self.startedAt = startedAt
        self.reproduce = reproduce
        self.stored = stored
        self.notes = notes
        self.document = document
    }

    package var profile: String { report.plan.profile }
}

/// A comparison that ended before there was anything to report: a build that does not start, a missing profile.
package struct GateFailure: Equatable, Sendable {
    package let profile: String
    package let reason: String
    /// What the program ends with: 5, 4 or 1.
    package let exitCode: Int32

    package init(profile: String, reason: String, exitCode: Int32) {
        self.profile = profile
        self.reason = reason
        self.exitCode = exitCode
    }

    /// Nothing may be concluded from a tool that failed.
    var outcome: GateOutcome { exitCode == GateOutcome.notComparable.exitCode() ? .notComparable : .invalid }
}

/// All that one invocation came to.
package struct GateReports: Sendable {
    package let entries: [GateEntry]
    package let failures: [GateFailure]
    package let policy: InconclusivePolicy
    /// A proven regression up to this is shown and fails nothing; nil: every one fails.
    package let failAbove: Double?
    /// When the invocation began: ISO 8601, UTC, to the second.
    package let startedAt: String

    package init(_ entries: [GateEntry], failures: [GateFailure] = [], policy: InconclusivePolicy = .warn, failAbove: Double? = nil, startedAt: String) {
        self.startedAt = startedAt
        self.entries = entries
        self.failures = failures
        self.policy = policy
        self.failAbove = failAbove
    }

    /// What most forbids to trust, then what most forbids to merge; a tool error counts as invalid.
    var outcome: GateOutcome { GateOutcome.worst(of: entries.map(\.report.outcome) + failures.map(\.outcome)) }

    /// Whether the outcome is a regression and none of the regressions is large enough to fail.
    var isTolerated: Bool {
        outcome == .regression && entries.allSatisfy { $0.report.outcome != .regression || $0.report.isTolerated(above: failAbove) }
    }

    /// The verdict as one sentence.
    var sentence: String {
        let parts = entries.map { "\($0.profile): \($0.report.resultText(failAbove: failAbove))" } + failures.map { "\($0.profile): \($0.outcome.word): \($0.reason)" }
        let head: String =
            switch outcome {
            case .same: "No regression."
            case .improved: "No regression, and something improved."
            case .inconclusive: policy == .fail ? "Inconclusive, which is to fail here." : "Inconclusive: nothing was proven either way."
            case .regression: isTolerated ? "Regression, too small to fail here." : "Regression."
            case .notComparable: "Not comparable."
            case .invalid: "Invalid: nothing may be concluded."
            }
        return ([head] + (parts.isEmpty ? [] : [parts.joined(separator: "; ") + "."])).joined(separator: " ")
    }
}
