// Where the cycles of sending go, in one paragraph: worked out of the figures of a run. Every sentence follows the sign and the interval
// of what it is about, and nothing is said of what there is no figure for.
internal import Host
internal import Measurement

package enum ZeroCopyExplanation {
    /// nil for results without what it rests on: system calls and times of each mode, which older ones lack.
    package static func text(_ headline: ZeroCopyHeadline) -> String? {
        guard headline.floor.value != nil, headline.modes.contains(where: { $0.syscallsPerGB?.value != nil }) else { return nil }
        let costs = CostSentences(headline)
        let sentences = [
            costs.floor, costs.copy, costs.splice, costs.sendfile, costs.chunk, costs.mapped, costs.encrypted, split(headline), tail(headline),
            headline.bestCopyOverC.flatMap(reference), disk(headline),
        ].compactMap { $0 }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// Who had the CPU.
    private static func split(_ headline: ZeroCopyHeadline) -> String? {
        let shares = headline.modes.compactMap { row -> String? in
            guard let user = row.userSecondsPerGB?.value, let system = row.systemSecondsPerGB?.value, user + system > 0 else { return nil }
            return "\(percent(user / (user + system))) in \(row.mode)"
        }
        return shares.isEmpty ? nil : "Of the broker's CPU its own code has \(shares.joined(separator: ", ")), by the kernel's tick; the rest is the kernel's."
    }

    private static func tail(_ headline: ZeroCopyHeadline) -> String? {
        let rows = headline.comparisons.filter { $0.baselineKind == "best" }
        guard let row = rows.first(where: { $0.zeroCopy == "splice" }) ?? rows.first, let interval = row.latencyP99Ratio?.interval else { return nil }
        let relation = CostRelation(value: interval.estimate, lower: interval.lower, upper: interval.upper)
        switch relation.standing {
        case .less, .more: return "The p99 fetch of \(row.zeroCopy) takes \(relation.times) as long as that of \(row.baseline)."
        case .same: return "The p99 fetches of \(row.zeroCopy) and \(row.baseline) cannot be told apart (\(relation.times) as long)."
        }
    }

    private static func reference(_ ratio: Metric) -> String? {
        guard let value = ratio.value else { return nil }
        let loop = "The best copy costs \(threeDigits(value)) times what a bare C loop of pread and send does in the same rounds"
        return value <= ZeroCopyHeadline.bestCopyOverCMaximum
            ? "\(loop), so little of this is the broker's own." : "\(loop): the rest is the broker's own, and no saving against it is told."
    }

    private static func disk(_ headline: ZeroCopyHeadline) -> String? {
        headline.data?.hasPrefix("disk") == true ? "Each slice began with an empty cache: what reading from the device costs is in every mode." : nil
    }
}
