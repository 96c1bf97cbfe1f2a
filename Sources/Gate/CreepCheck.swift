// `history check`: small steps that no comparison with the parent sees, added up against a pinned release.

/// The campaign compares head with the pinned release under `EffectThresholds.creep`: proven worse and estimated above
/// 5 %. A gate that sees nothing night after night guards nothing, so three inconclusive nights in a row of one deciding
/// metric are a failure of their own, whatever the policy.
package enum CreepCheck {
    package static let inconclusiveNightsMaximum = 3

    /// - Parameter earlier: verdicts of the nights before, oldest first, by the metric's name; a night without a verdict of
    ///   a metric breaks its row.
    /// - Returns: the exit code (as `GateOutcome`, and 3 for three inconclusive nights) and the metrics that it is for.
    package static func conclude(_ report: GateReport, earlier: [[String: MetricVerdict]]) -> (exitCode: Int32, blind: [String]) {
        let blind = report.rows.filter { $0.decides && isBlind($0, earlier) }.map(\.metric.name)
        let code = report.exitCode(.warn)
        // Worse, not comparable and invalid say more.
        return (code == 0 && !blind.isEmpty ? GateOutcome.inconclusive.exitCode(.fail) : code, blind)
    }

    private static func isBlind(_ row: MetricRow, _ earlier: [[String: MetricVerdict]]) -> Bool {
        let before = earlier.suffix(inconclusiveNightsMaximum - 1)
        return row.verdict == .inconclusive && before.count == inconclusiveNightsMaximum - 1
            && before.allSatisfy { $0[row.metric.name] == .inconclusive }
    }
}
