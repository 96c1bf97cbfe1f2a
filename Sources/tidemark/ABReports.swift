// What a comparison of two builds leaves for other programs, also where it did not come to its groups.
internal import Foundation
internal import Gate
internal import Harness
internal import Host
internal import Reports
internal import Results

struct ABReports {
    /// The profile's path.
    let profile: String
    /// As `--out` says.
    let out: [String]
    var policy = InconclusivePolicy.warn
    var failAbove: Double?
    private let startedAt = Date().formatted(.iso8601)

    init(profile: String, out: [String], policy: InconclusivePolicy = .warn, failAbove: Double? = nil) {
        self.profile = profile
        self.out = out
        self.policy = policy
        self.failAbove = failAbove
    }

    /// - Parameter remark: beside the notes of the comparison.
    func write(_ outcome: ComparisonOutcome, _ report: GateReport, remark: String? = nil) throws {
        let record = outcome.record
        let entry = GateEntry(
            report: report, groups: record.campaign.groups, base: record.base.name, head: record.head.name, startedAt: record.identity.startedAt,
            reproduce: "\(record.reproduce) --seed \(report.plan.seed)", stored: fromHere(outcome.directory.path),
            notes: record.notes + [remark].compactMap(\.self),
            document: try Data(contentsOf: outcome.directory.appending(path: CampaignStore.recordName)))
        try write([entry], [])
    }

    /// They say why there is nothing else.
    func writeFailure(_ failure: (reason: String, code: Int32)) {
        let name = URL(filePath: profile).deletingPathExtension().lastPathComponent
        do { try write([], [GateFailure(profile: name, reason: failure.reason, exitCode: failure.code)]) } catch {
            StandardError.write("tidemark: the reports cannot be written: \(error)\n")
        }
    }

    private func write(_ entries: [GateEntry], _ failures: [GateFailure]) throws {
        let reports = GateReports(entries, failures: failures, policy: policy, failAbove: failAbove, startedAt: startedAt)
        try ReportOutput.write(reports, requests: ReportRequest.parse(out), environment: ProcessInfo.processInfo.environment)
    }
}
