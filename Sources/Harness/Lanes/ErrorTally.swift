// Errors by name, from counters that only grow, cut at the borders of phases.

/// What each phase added to a set of growing counts.
struct ErrorTally {
    private var before: [String: UInt64] = [:]
    private var phases: [[String: UInt64]] = []

    /// A new first phase begins; what was counted before is nobody's.
    mutating func restart(_ counts: [String: UInt64]) {
        before = counts
        phases = []
    }

    /// A phase ends here.
    mutating func cut(_ counts: [String: UInt64]) {
        phases.append(difference(counts))
        before = counts
    }

    /// Errors of phase `index`; of the open one up to `counts`.
    func errors(of index: Int, _ counts: [String: UInt64]) -> [String: UInt64] {
        if index < phases.count { return phases[index] }
        return index == phases.count ? difference(counts) : [:]
    }

    /// Phases that have ended.
    var count: Int { phases.count }

    private func difference(_ counts: [String: UInt64]) -> [String: UInt64] {
        counts.reduce(into: [:]) { grown, entry in
            let more = entry.value - (before[entry.key] ?? 0)
            if more > 0 { grown[entry.key] = more }
        }
    }
}
