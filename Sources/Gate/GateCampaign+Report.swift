// The report of a campaign: rows, outcome and reasons.
internal import Host

extension GateCampaign {
    /// Everything that is shown of the campaign as it stands. Fails closed: groups that can't be judged make it invalid.
    package func report(ending: CampaignEnding) -> GateReport {
        do {
            try verify()
            return report(ending, rows: try RowMaker(campaign: self).rows(), faults: [])
        } catch {
            return report(ending, rows: [], faults: [error.description])
        }
    }

    private func report(_ ending: CampaignEnding, rows: [MetricRow], faults: [String]) -> GateReport {
        let noise = noiseSummary
        let (outcome, reasons) = conclude(ending, rows, noise, faults)
        return GateReport(
            plan: plan, outcome: outcome, reasons: reasons, ending: ending, rows: rows, noise: noise, looks: looks, attempts: attempts,
            loadSeconds: Double(groups.count * 2 * plan.slicesPerSide) * plan.sliceSeconds,
            elapsedSeconds: groups.reduce(0) { $0 + $1.seconds }, power: .of(gatedMetrics: plan.gatedMetrics))
    }

    private func conclude(_ ending: CampaignEnding, _ rows: [MetricRow], _ noise: NoiseSummary, _ faults: [String]) -> (GateOutcome, [String]) {
        var invalid = faults + spoiled
        if ending == .interrupted { invalid.append("interrupted after \(groups.count) groups") }
        if noise.groupsKept == 0 { invalid.append(groups.isEmpty ? "no group was run" : "no group was kept") }
        if noise.droppedShare > DropRule.droppedShareMaximum {
            invalid.append(
                "\(groups.count - noise.groupsKept) of \(groups.count) groups dropped, more than \(percent(DropRule.droppedShareMaximum))")
        }
        if ending == .spoiled, invalid.isEmpty { invalid.append("spoiled") }
        if !invalid.isEmpty { return (.invalid, invalid) }

        let deciding = rows.filter(\.decides)
        if deciding.contains(where: { $0.verdict == .regressed }) { return (.regression, []) }
        let open = deciding.filter { $0.verdict == .inconclusive || $0.verdict == .unavailable }
        if !open.isEmpty { return (.inconclusive, open.map(sight)) }
        return (deciding.contains { $0.verdict == .improved } ? .improved : .same, [])
    }

    /// `p99 ack: 24 groups on this machine see 9.1 % or more`.
    private func sight(of row: MetricRow) -> String {
        guard let smallest = row.smallestDetectable else {
            return "\(row.metric.name): \(row.groups) groups are too few for an interval"
        }
        return "\(row.metric.name): \(row.groups) groups on this machine see \(threeDigits(smallest * 100)) % or more"
    }

    private var noiseSummary: NoiseSummary {
        let kept = kept
        let steal = kept.map(\.noise.stealShare).sorted()
        let drift = groups.compactMap(\.noise.calibrationRatio).map { abs($0 - 1) }
        return NoiseSummary(
            groupsRun: groups.count, groupsKept: kept.count,
            dropped: DropReason.allCases.compactMap { reason in
                let count = groups.count { $0.dropped == reason }
                return count > 0 ? NoiseSummary.Dropped(reason: reason, groups: count) : nil
            },
            stealShareMedian: steal.isEmpty ? 0 : AlignedRanks.median(sorted: steal), stealShareMaximum: steal.last ?? 0,
            calibrationDrift: drift.max())
    }
}

extension GateReport {
    /// The report of sides that may not be compared: nothing was run, the reasons name the differing fields.
    package static func refused(plan: GatePlan, reasons: [String]) -> GateReport {
        GateReport(
            plan: plan, outcome: .notComparable, reasons: reasons, ending: .spoiled, rows: [],
            noise: NoiseSummary(
                groupsRun: 0, groupsKept: 0, dropped: [], stealShareMedian: 0, stealShareMaximum: 0, calibrationDrift: nil),
            looks: [], attempts: 0, loadSeconds: 0, elapsedSeconds: 0, power: .of(gatedMetrics: plan.gatedMetrics))
    }
}
