// What a claim comes to, in one of a few words.
internal import Results

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

    /// What the parts of a claim come to as a whole: it falls with any essential part. What no figure decided, and what fails besides,
    /// is named as a condition, once; where no essential part was decided there is no verdict but the reason.
    static func together(_ findings: [Finding]) -> ClaimVerdict {
        let essential = findings.filter(\.isEssential)
        let fallen = essential.filter(\.isBroken)
        guard fallen.isEmpty else {
            let texts = fallen.map { finding in (findings.count == 1 ? "" : "\(finding.quoted) is not so: ") + (finding.verdict.detail ?? "") }
            return .doesNotHoldHere(texts.joined(separator: "; "))
        }
        guard essential.contains(where: \.verdict.isDecided) else { return undecided(essential) }
        var conditions = unique(findings.compactMap(\.condition))
        let open = essential.filter { !$0.verdict.isDecided }
        if !open.isEmpty {
            conditions.append("\(open.map(\.quoted).joined(separator: " and ")) \(open.count == 1 ? "holds as well, which was" : "hold as well, which were") not decided")
        }
        conditions += findings.filter { !$0.isEssential && $0.isBroken }.map { "\($0.quoted) is left out" }
        return conditions.isEmpty ? .holds : .holdsWhen(conditions.joined(separator: ", and "))
    }

    /// The machine's reason before ours: it says what another machine would have to be.
    private static func undecided(_ findings: [Finding]) -> ClaimVerdict {
        let verdicts = findings.map(\.verdict)
        let machines = verdicts.first { if case .cannotBeTestedHere = $0 { true } else { false } }
        let ours = verdicts.first { if case .notMeasured = $0 { true } else { false } }
        return machines ?? ours ?? verdicts.first ?? .notMeasured("it has no part that could be")
    }
}

extension Finding {
    fileprivate var isBroken: Bool { if case .doesNotHoldHere = verdict { true } else { false } }

    fileprivate var condition: String? { if case .holdsWhen(let condition) = verdict { condition } else { nil } }

    /// Within a sentence.
    fileprivate var quoted: String { "“\(statement.hasSuffix(".") ? String(statement.dropLast()) : statement)”" }
}
