// What a night's comparison with the pinned release comes to, beside the nights before it.
internal import Gate

package struct HistoryCheck: Equatable, Sendable {
    /// 0, 2 for a proven cumulative regression, 3 for a gate that has been blind for three nights, 4 not comparable, 5 invalid.
    package let exitCode: Int32
    /// Deciding metrics that were inconclusive three times in a row.
    package let blind: [String]
    /// What is added to the history; nil for a comparison that does not belong there.
    package let line: HistoryLine?
    /// Why it does not.
    package let refusal: HistoryError?

    /// - Parameters:
    ///   - record: of a comparison that has ended, judged by `EffectThresholds.creep`.
    ///   - lines: of the history. The nights before are those of the same series that were judged by the same thresholds.
    package init(_ record: CampaignRecord, after lines: [HistoryLine], headCommittedAt: String? = nil) {
        do throws(HistoryError) {
            let line = try HistoryLine(record, headCommittedAt: headCommittedAt)
            let earlier = lines.filter {
                $0.seriesKey == line.seriesKey && $0.id != line.id && $0.thresholds == line.thresholds && ($0.time, $0.id) < (line.time, line.id)
            }
            let nights = earlier.sorted { ($0.time, $0.id) < ($1.time, $1.id) }.map { night in
                Dictionary(uniqueKeysWithValues: night.metrics.map { ($0.name, $0.verdict) })
            }
            guard let report = record.report else { preconditionFailure("\(line.id) has a line and no report") }
            (exitCode, blind) = CreepCheck.conclude(report, earlier: nights)
            self.line = line
            refusal = nil
        } catch {
            // Invalid and not comparable have their own codes; whatever else is wrong with it, it proves nothing.
            exitCode = error.exitCode
            blind = []
            line = nil
            refusal = error
        }
    }

    /// What stands below the table; nil where the table says it all.
    package var remark: String? {
        if let refusal { return "not added to the history: \(refusal)" }
        guard !blind.isEmpty else { return nil }
        return "\(CreepCheck.inconclusiveNightsMaximum) comparisons in a row were inconclusive on \(blind.joined(separator: ", ")): "
            + "a gate that sees nothing guards nothing. Give it more groups (--budget), or a quieter machine"
    }
}
