// From the record of a comparison to its line, or the reason why it gets none.
internal import Foundation
internal import Gate

extension HistoryLine {
    /// - Parameter headCommittedAt: ISO 8601; nil where nobody knows.
    /// - Throws: `.refused` for what did not end, is invalid, or whose report does not follow from its groups; `.notComparable`.
    package init(_ record: CampaignRecord, headCommittedAt: String? = nil) throws(HistoryError) {
        let id = record.identity.directoryName
        let report = try Self.trusted(record, id)
        for row in report.rows where row.decides && row.estimate == nil {
            throw .refused(id: id, reason: "it has no ratio of \(row.metric.name): \(row.unavailable ?? "nothing was measured")")
        }
        let digests = Self.lasting(record.environment).digests
        let line = HistoryLine(
            id: id, time: record.identity.startedAt, base: HistoryBuild(record.base),
            head: HistoryBuild(record.head, committedAt: headCommittedAt),
            profile: HistoryProfile(name: record.profile.name, digest: SHA256.hex(Self.settings(record.profile.text))),
            machine: HistoryMachine(label: Self.label(record.environment.hard), hard: digests.hard, soft: digests.soft),
            toolchain: record.environment.soft["swift"] ?? "unknown", recordsPerSecond: record.rate?.recordsPerSecond,
            thresholds: report.plan.thresholds, outcome: report.outcome, groups: report.noise.groupsKept, seed: report.plan.seed,
            metrics: report.rows.compactMap(HistoryMetric.init))
        do { self = try line.sealed() } catch { throw .refused(id: id, reason: "\(error)") }
    }

    /// The report, once it was made again from the groups: a figure that was changed afterwards is not believed.
    private static func trusted(_ record: CampaignRecord, _ id: String) throws(HistoryError) -> GateReport {
        guard record.complete, let report = record.report else {
            throw .refused(id: id, reason: "it did not end; `--resume` goes on with it")
        }
        if report.outcome == .notComparable { throw .notComparable(id: id, reasons: report.reasons) }
        guard record.groups.map(\.group) == record.campaign.groups else {
            throw .refused(id: id, reason: "it was changed: the groups that were judged are not those that were measured")
        }
        let again = record.campaign.report(ending: report.ending)
        guard report.plan == again.plan, report.outcome == again.outcome, report.noise.groupsKept == again.noise.groupsKept,
            report.rows.count == again.rows.count, zip(report.rows, again.rows).allSatisfy({ $0.agrees(with: $1) })
        else { throw .refused(id: id, reason: "it was changed: its report does not follow from its groups") }
        if report.outcome == .invalid { throw .refused(id: id, reason: "it is invalid: \(report.reasons.joined(separator: "; "))") }
        return report
    }

    /// A machine after a reboot or an update is the same one here: both builds ran on it as it was that night.
    private static func lasting(_ environment: EnvironmentRecord) -> EnvironmentRecord {
        var environment = environment
        for field in ["kernel", "microcode", "memory", "memory_bytes", "mount_options"] { environment.hard[field] = nil }
        return environment
    }

    /// Without its comments, but for those in which the command line's settings stand.
    private static func settings(_ profile: String) -> String {
        profile.split(separator: "\n").filter { line in
            let text = line.trimmingPrefix { $0 == " " }
            return !text.isEmpty && (!text.hasPrefix("#") || text.hasPrefix("# --set "))
        }.joined(separator: "\n")
    }

    /// `AMD EPYC, 2 CPUs, 23.5 GiB, ext4, Linux 6.18.44`.
    private static func label(_ hard: [String: String]) -> String {
        ["cpu_model", "cpus", "memory", "filesystem", "kernel"].compactMap { hard[$0] }.filter { $0 != "unknown" }.joined(separator: ", ")
    }
}

extension HistoryBuild {
    init(_ contender: ContenderRecord, committedAt: String? = nil) {
        self.init(name: contender.name, identity: contender.identity, commit: Self.commit(of: contender), committedAt: committedAt)
    }

    /// Of a revision as its identity says, of a program as its `--version` does.
    package static func commit(of contender: ContenderRecord) -> String? {
        if let found = contender.identity.firstMatch(of: /(?:^| )commit=([0-9a-f]{7,64})(?: |$)/) { return String(found.1) }
        return contender.version?.firstMatch(of: /\(([0-9a-f]{7,64}(?:-modified)?)\)/).map { String($0.1) }
    }
}

extension HistoryMetric {
    fileprivate init?(_ row: MetricRow) {
        guard let estimate = row.estimate else { return nil }
        self.init(
            name: row.metric.name, unit: row.metric.unit, polarity: row.metric.polarity, role: row.metric.role, decides: row.decides,
            verdict: row.verdict, ratio: estimate.ratio, lower: estimate.lower, upper: estimate.upper, isExact: estimate.isExact, p: row.p,
            smallestDetectable: row.smallestDetectable, groups: row.groups)
    }
}

extension MetricRow {
    /// Whether both say the same, but for the last digits, in which two machines' logarithms may differ (an interval is
    /// searched in steps of a millionth).
    fileprivate func agrees(with other: MetricRow) -> Bool {
        func near(_ mine: Double?, _ others: Double?) -> Bool {
            guard let mine, let others else { return mine == nil && others == nil }
            return abs(mine - others) <= 1e-5 * max(1, abs(others))
        }
        return metric == other.metric && verdict == other.verdict && groups == other.groups && near(p, other.p)
            && near(estimate?.ratio, other.estimate?.ratio) && near(estimate?.lower, other.estimate?.lower)
            && near(estimate?.upper, other.estimate?.upper) && near(smallestDetectable, other.smallestDetectable)
    }
}
