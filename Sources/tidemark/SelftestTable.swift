// What a selftest prints: what the gate can see on this machine, measured.
internal import Gate
internal import Host
internal import Results

enum SelftestTable {
    static func text(_ analysis: SelftestAnalysis, profile: String) -> String {
        let kept = analysis.groups.count { $0.dropped == nil }
        var lines = [
            "selftest \(profile)   \(kept) groups of a build compared with itself, \(analysis.sessions) session\(analysis.sessions == 1 ? "" : "s"), "
                + "\(fixed(analysis.secondsPerGroup, 1)) s a group (\(fixed(analysis.loadSecondsPerGroup, 0)) s of it load)"
        ]
        if kept < analysis.groups.count { lines.append("\(analysis.groups.count - kept) groups dropped for their noise") }
        lines += rates(analysis)
        lines += noise(analysis)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rates(_ analysis: SelftestAnalysis) -> [String] {
        let judged = analysis.metrics.filter { $0.unchanged != nil }
        guard !judged.isEmpty else {
            return ["\(analysis.plan.schedule.looks[0].groups) groups are the fewest that error rates can be told from; add some with --resume"]
        }
        let head = ["", "false alarms", "5 % caught", "10 % caught", "smallest caught at \(percent(SelftestAnalysis.wantedPower))", "groups of a campaign"]
        let rows = judged.map { metric in
            [
                metric.metric.name, share(metric.unchanged?.failShare), share(metric.fivePercent?.failShare), share(metric.tenPercent?.failShare),
                metric.smallestCaught.map { percent($0, decimals: 1) } ?? "none up to 50 %", metric.unchanged.map { fixed($0.groupsMean, 1) } ?? "",
            ]
        }
        let groups = analysis.groups.count { $0.dropped == nil }
        var lines = ["", "the gate replayed on \(SelftestAnalysis.relabellings) random relabellings of these groups, \(judged.count) gated metrics:"]
        lines += columns([head] + rows)
        if groups < analysis.plan.schedule.groupsMaximum {
            lines.append("  of \(groups) groups only: a campaign may have \(analysis.plan.schedule.groupsMaximum)")
        }
        return lines
    }

    private static func noise(_ analysis: SelftestAnalysis) -> [String] {
        let head = ["", "slice", "restart", "drift", "A/A spread", "groups for 5 %", "minutes"]
        let rows = analysis.metrics.map { metric in
            let needed = metric.split?.groupsNeeded(toFind: 0.05)
            return [
                metric.metric.name, share(metric.split?.sliceDeviation), share(metric.split?.restartDeviation), share(metric.split?.driftDeviation),
                share(metric.spread), needed.map(String.init) ?? "n/a",
                metric.split.map { fixed($0.minutesNeeded(toFind: 0.05, secondsPerGroup: analysis.secondsPerGroup), 1) } ?? "n/a",
            ]
        }
        return ["", "where the noise is (one standard deviation), and what a 5 % change takes:"] + columns([head] + rows)
    }

    private static func share(_ value: Double?) -> String { value.map { percent($0, decimals: 2) } ?? "n/a" }

    /// The first column to the left, the others to the right.
    private static func columns(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            "  " + row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }
    }

    /// Whether an injected slow-down was caught.
    static func burn(_ percent: Double, _ record: CampaignRecord, _ report: GateReport) -> String {
        let cpu = report.rows.first { $0.metric.name == Self.cpuName }
        let account = cpu?.estimate.map { "by its own CPU account \(Host.percent($0.ratio - 1, decimals: 1)) more CPU a record" } ?? "its CPU could not be read"
        let verdict = report.outcome == .regression ? "caught" : "NOT CAUGHT (\(report.resultText))"
        return "injected slow-down of \(threeDigits(percent)) % CPU a request: \(verdict) after \(report.noise.groupsKept) groups; \(account)\n"
    }

    private static let cpuName = "broker CPU"
}
