// A golden run, a comparison of two builds, and pages made of them around a library that draws nothing.
import Foundation
@testable import Gate
@testable import Results
@testable import WebReport

enum Fixture {
    static func path(_ path: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: path)
    }

    /// A real quickstart of an earlier day, its histograms thinned.
    static func run(_ name: String = "2026-11-23-quickstart-0e5e9e", change: (inout RunRecord) -> Void = { _ in }) throws -> StoredResult {
        let place = path("Tests/Golden/results/run-1-calibrated.json")
        var (record, version, seal) = try RecordCoding.record(Data(contentsOf: place), at: place.path)
        change(&record)
        return StoredResult(directory: URL(filePath: "Results/\(name)"), record: record, writtenVersion: version, seal: seal)
    }

    static let library = try! ChartLibrary(Data("/* draws nothing */ var Plotly = {};".utf8), at: "none")

    static func html(_ subjects: [WebReport.Subject]) -> String { WebReport.html(subjects, library: library, maker: "tidemark 0.1.0 (1a2b3c4)") }

    static func html(_ change: (inout RunRecord) -> Void = { _ in }) throws -> String { html([.run(try run(change: change))]) }

    // MARK: a comparison of two builds

    private static let throughput = GatedMetric("throughput", unit: "MB/s", polarity: .higherIsBetter, role: .gated)
    private static let cpu = GatedMetric("broker CPU", unit: "ns/rec", polarity: .lowerIsBetter, role: .gated)
    private static let calls = GatedMetric("syscalls", unit: "/rec", polarity: .lowerIsBetter, role: .reported)

    static func campaign(finished: Bool = true) throws -> CampaignRecord {
        let run = try run().record
        let plan = try GatePlan(profile: "ab-max", base: "3f2c1a0", head: "9be710c", metrics: [throughput, cpu, calls], seed: 7)
        var record = CampaignRecord(
            identity: RunIdentity(date: "2026-11-24", startedAt: "2026-11-24T04:08:44Z", profileName: "ab-max", shortID: "f8561e"), software: run.software,
            profile: ProfileRecord(name: "ab-max", question: "Is head as fast as base?", tier: "quick", text: "name: ab-max\n"), environment: run.environment, disks: run.disks,
            base: ContenderRecord(name: "3f2c1a0 (main)", identity: "base", version: nil), head: ContenderRecord(name: "9be710c", identity: "head", version: nil),
            campaign: GateCampaign(plan: plan), reproduce: "tidemark ab Profiles/ab-max.yaml --base main")
        record.groups = (0..<12).map { group($0) }
        if finished {
            record.report = report(plan)
            record.complete = true
        }
        return record
    }

    private static func group(_ index: Int) -> GroupRecord {
        let base = 214 + Double(index % 5), head = base * (0.95 + Double(index % 3) * 0.004)
        let group = RestartGroup(
            index: index, attempt: 0, arrangement: GroupArrangement(seed: 7, group: index, slicesPerSide: 2),
            values: [
                "throughput": SliceValues(base: [base, base + 1], head: [head, head + 1]), "broker CPU": SliceValues(base: [610, 612], head: [628 - Double(index), 628]),
                "syscalls": SliceValues(base: [0.031, 0.031], head: [0.031, 0.031]),
            ], noise: NoiseFacts(stealShare: index == 7 ? 0.4 : 0.01, foreignStallShare: nil, calibrationRatio: 1), seconds: 14)
        let side = SideRecord(startSeconds: 0.2, warmUpRecords: 1_000, audit: [:])
        return GroupRecord(group: group, startedAt: "2026-11-24T04:0\(index % 10):00Z", slices: [], base: side, head: side, foreignShare: 0.001, probeNanoseconds: 12)
    }

    private static func report(_ plan: GatePlan) -> GateReport {
        func row(_ metric: GatedMetric, _ verdict: MetricVerdict, _ base: Double, _ head: Double, _ ratio: RatioEstimate, p: Double?) -> MetricRow {
            MetricRow(
                metric: metric, verdict: verdict, thresholds: plan.thresholds(of: metric), base: base, head: head, estimate: ratio, p: p, settledAtLook: nil, smallestDetectable: 0.023,
                groups: 11, unavailable: nil)
        }
        return GateReport(
            plan: plan, outcome: .regression, reasons: [], ending: .settled,
            rows: [
                row(throughput, .regressed, 216, 206, RatioEstimate(ratio: 0.954, lower: 0.95, upper: 0.958, isExact: false), p: 0.0004),
                row(cpu, .inconclusive, 611, 625, RatioEstimate(ratio: 1.021, lower: 0.99, upper: 1.05, isExact: false), p: 0.08),
                row(calls, .same, 0.031, 0.031, RatioEstimate(ratio: 1, lower: nil, upper: nil, isExact: true), p: nil),
            ],
            noise: NoiseSummary(groupsRun: 12, groupsKept: 11, dropped: [.init(reason: .steal, groups: 1)], stealShareMedian: 0.01, stealShareMaximum: 0.4, calibrationDrift: 0.02),
            looks: [
                LookRecord(
                    look: 0, groups: 10,
                    metrics: [MetricLook(metric: "throughput", decision: .regressed, worseP: 0.0004, betterP: 0.99, thresholdP: 0.4, failLimit: 0.001, passLimit: 0.003, ratio: 0.954)])
            ], attempts: 1, loadSeconds: 144, elapsedSeconds: 190, power: GatePower(gatedMetrics: 2, falseAlarms: 0.003, atFivePercent: 0.74, atTenPercent: 0.998))
    }
}

/// A page taken apart without a browser.
struct Document {
    let html: String

    /// What stands between each `opening` and the `closing` behind it.
    func parts(_ opening: String, _ closing: String) -> [Substring] {
        html.split(separator: opening, omittingEmptySubsequences: false).dropFirst().map { part in part.range(of: closing).map { part[..<$0.lowerBound] } ?? part }
    }

    var ids: [Substring] { parts(" id=\"", "\"") }

    /// The embedded data as JSONSerialization reads them.
    func charts() throws -> [[String: Any]] {
        let text = parts("id=\"report-data\">", "</script>")[0]
        let report = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return report?["charts"] as? [[String: Any]] ?? []
    }

    func chart(_ id: String) throws -> [String: Any]? { try charts().first { $0["id"] as? String == id } }

    /// A column of a chart by its index.
    func column(_ index: Int, of id: String) throws -> [Double?] {
        (try chart(id)?["rows"] as? [[Any]] ?? []).map { $0[index] as? Double }
    }
}
