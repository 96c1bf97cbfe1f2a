// What the audit looked at in which phases, in one paragraph.
internal import Measurement

enum AuditLine {
    /// `every record accounted for in a, b; lengths + sampled full reads in c; not in d (why)`; failures first.
    static func text(_ phases: [VerdictFacts]) -> String {
        var failed: [String] = []
        var passed: [String] = []
        var partly: [String: [String]] = [:]
        var others: [String: [String]] = [:]
        // The records of all groups are audited together.
        for facts in phases where facts.setAside == nil && facts.group == nil {
            switch facts.audit {
            case .failed: failed.append(facts.phase)
            case .passed:
                if let extent = facts.auditExtent { partly[extent, default: []].append(facts.phase) } else { passed.append(facts.phase) }
            case .notRun(let reason): others[reason, default: []].append(facts.phase)
            }
        }
        let parts = list("FAILED in ", failed) + list("every record accounted for in ", passed)
            + partly.sorted { $0.key < $1.key }.flatMap { list("\($0.key) in ", $0.value) }
            + others.sorted { $0.value[0] < $1.value[0] }.map { "not in \($0.value.joined(separator: ", ")) (\($0.key))" }
        return parts.isEmpty ? "none" : parts.joined(separator: "; ")
    }

    private static func list(_ words: String, _ phases: [String]) -> [String] {
        phases.isEmpty ? [] : [words + phases.joined(separator: ", ")]
    }
}
