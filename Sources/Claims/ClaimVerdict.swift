// What a claim comes to, in one of a few words.

package enum ClaimVerdict: Equatable, Sendable {
    case holds
    case holdsWhen(String)
    /// With what was found instead.
    case doesNotHoldHere(String)
    /// With the reason, which is the machine's.
    case cannotBeTestedHere(String)
    case needsACluster
    /// With the reason, which is ours.
    case notMeasured(String)

    /// Whether figures decided it.
    package var isDecided: Bool {
        switch self {
        case .holds, .holdsWhen, .doesNotHoldHere: true
        case .cannotBeTestedHere, .needsACluster, .notMeasured: false
        }
    }

    /// Without what stands behind it.
    package var word: String {
        switch self {
        case .holds: "holds"
        case .holdsWhen: "holds when"
        case .doesNotHoldHere: "does not hold here"
        case .cannotBeTestedHere: "can't be tested here"
        case .needsACluster: "needs a cluster"
        case .notMeasured: "not measured by this version"
        }
    }

    /// What stands behind the word; nil: nothing.
    package var detail: String? {
        switch self {
        case .holds, .needsACluster: nil
        case .holdsWhen(let text), .doesNotHoldHere(let text), .cannotBeTestedHere(let text), .notMeasured(let text): text
        }
    }

    package var text: String {
        guard let detail else { return word }
        if case .holdsWhen = self { return "\(word) \(detail)" }
        return "\(word): \(detail)"
    }

    /// What the parts of a claim come to as a whole: those that were decided decide it.
    static func together(_ findings: [Finding]) -> ClaimVerdict {
        let decided = findings.filter(\.verdict.isDecided)
        guard !decided.isEmpty else { return undecided(findings) }
        let broken = decided.filter(\.isBroken)
        guard broken.count < decided.count else { return .doesNotHoldHere(broken.compactMap(\.verdict.detail).joined(separator: "; ")) }
        var conditions: [String] = []
        for finding in decided {
            if case .holdsWhen(let condition) = finding.verdict { conditions.append(condition) }
        }
        conditions += broken.map { "this is left out: \($0.statement)" }
        return conditions.isEmpty ? .holds : .holdsWhen(conditions.joined(separator: ", and "))
    }

    private static func undecided(_ findings: [Finding]) -> ClaimVerdict {
        let verdicts = findings.map(\.verdict)
        let ours = verdicts.first { if case .notMeasured = $0 { true } else { false } }
        let machines = verdicts.first { if case .cannotBeTestedHere = $0 { true } else { false } }
        return ours ?? machines ?? verdicts.first ?? .notMeasured("it has no part that could be")
    }
}

extension Finding {
    fileprivate var isBroken: Bool { if case .doesNotHoldHere = verdict { true } else { false } }
}
