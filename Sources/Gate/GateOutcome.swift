// What a comparison comes to, in one word and one exit code.

/// What follows from an outcome that proves nothing.
package enum InconclusivePolicy: String, Codable, CaseIterable, Sendable {
    /// A warning that can't be overlooked, and exit 0.
    case warn
    /// Exit 3: release branches.
    case fail
}

package enum GateOutcome: String, Codable, CaseIterable, Sendable {
    /// Every deciding metric has its threshold ruled out.
    case same
    /// The same, and a deciding metric proven better.
    case improved
    case inconclusive
    /// A deciding metric proven worse.
    case regression
    /// The two sides measured different things.
    case notComparable
    /// A side is missing, crashed or lost records, or the machine spoiled too much.
    case invalid

    /// | outcome | exit |
    /// |---|---|
    /// | same, improved | 0 |
    /// | inconclusive | 0, or 3 under `--inconclusive=fail` |
    /// | regression | 2 |
    /// | not comparable | 4 |
    /// | invalid | 5 |
    ///
    /// 1 is an error of the tool and 64 bad usage; neither is an outcome.
    package func exitCode(_ policy: InconclusivePolicy = .warn) -> Int32 {
        switch self {
        case .same, .improved: 0
        case .inconclusive: policy == .fail ? 3 : 0
        case .regression: 2
        case .notComparable: 4
        case .invalid: 5
        }
    }

    /// The outcome of several profiles: what most forbids to trust them, then what most forbids to merge.
    package static func worst(of outcomes: [GateOutcome]) -> GateOutcome {
        // A run over no profile at all has judged nothing: it fails closed.
        outcomes.max { $0.severity < $1.severity } ?? .invalid
    }

    private var severity: Int {
        switch self {
        case .same: 0
        case .improved: 1
        case .inconclusive: 2
        case .regression: 3
        case .notComparable: 4
        case .invalid: 5
        }
    }

    /// The word after `RESULT`.
    package var word: String {
        switch self {
        case .same: "no regression"
        case .improved: "improved"
        case .inconclusive: "inconclusive"
        case .regression: "regression"
        case .notComparable: "not comparable"
        case .invalid: "invalid"
        }
    }
}
