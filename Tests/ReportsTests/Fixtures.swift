// Comparisons of builds with every verdict, made by hand so that the goldens do not follow the statistics.
import Foundation
@testable import Gate
@testable import Reports

enum Fixture {
    static let throughput = GatedMetric("throughput", unit: "MB/s", polarity: .higherIsBetter, role: .gated)
    static let p99 = GatedMetric("response p99", unit: "ms", polarity: .lowerIsBetter, role: .gated)
    static let cpu = GatedMetric("broker CPU", unit: "ns/rec", polarity: .lowerIsBetter, role: .gated)
    static let p999 = GatedMetric("response p99.9", unit: "ms", polarity: .lowerIsBetter, role: .reported)
    static let syscalls = GatedMetric("syscalls", unit: "/rec", polarity: .lowerIsBetter, role: .counter, selftestSpread: 0.001)

    static let plan = try! GatePlan(
        profile: "ab-max", base: "3f2c1a0", head: "9be710c", metrics: [throughput, p99, cpu, p999, syscalls], seed: 7)

    static func row(
        _ metric: GatedMetric, _ verdict: MetricVerdict, _ base: Double?, _ head: Double?, _ estimate: RatioEstimate?, p: Double? = nil,
        smallest: Double? = nil, unavailable: String? = nil
    ) -> MetricRow {
        MetricRow(
            metric: metric, verdict: verdict, thresholds: plan.thresholds(of: metric), base: base, head: head, estimate: estimate, p: p,
            settledAtLook: nil, smallestDetectable: smallest, groups: 28, unavailable: unavailable)
    }

    static let rows = [
        row(throughput, .regressed, 214.02, 203.1, RatioEstimate(ratio: 0.949, lower: 0.935, upper: 0.962, isExact: false), p: 0.0004, smallest: 0.023),
        row(p99, .same, 8.41, 8.52, RatioEstimate(ratio: 1.013, lower: 0.986, upper: 1.041, isExact: false), p: 0.21, smallest: 0.045),
        row(cpu, .inconclusive, 610, 628, RatioEstimate(ratio: 1.0295, lower: 0.98, upper: 1.08, isExact: false), p: 0.08, smallest: 0.082),
        row(p999, .improved, 22.4, 19.3, RatioEstimate(ratio: 0.862, lower: 0.79, upper: 0.93, isExact: false), p: 0.00002, smallest: 0.12),
        row(syscalls, .same, 0.031, 0.031, RatioEstimate(ratio: 1, lower: 1, upper: 1, isExact: true)),
    ]

    static func report(
        _ outcome: GateOutcome = .regression, rows: [MetricRow] = Fixture.rows, reasons: [String] = [], ending: CampaignEnding = .settled
    ) -> GateReport {
        GateReport(
            plan: plan, outcome: outcome, reasons: reasons, ending: ending, rows: rows,
            noise: NoiseSummary(
                groupsRun: 30, groupsKept: 28, dropped: [.init(reason: .steal, groups: 2)], stealShareMedian: 0.031, stealShareMaximum: 0.18,
                calibrationDrift: 0.04),
            looks: [], attempts: 1, loadSeconds: 336, elapsedSeconds: 432,
            power: GatePower(gatedMetrics: 3, falseAlarms: 0.003, atFivePercent: 0.74, atTenPercent: 0.998))
    }

    static func groups(_ count: Int = 2) -> [RestartGroup] {
        (0..<count).map { index in
            RestartGroup(
                index: index, attempt: 0, arrangement: GroupArrangement(seed: 7, group: index, slicesPerSide: 2),
                values: ["throughput": SliceValues(base: [214, 213.5], head: [203.25, 202]), "broker CPU": SliceValues(base: [610, 611], head: [628, 627])],
                // The second is dropped.
                noise: NoiseFacts(stealShare: index == 1 ? 0.4 : 0.01, foreignStallShare: nil, calibrationRatio: 1), seconds: 14)
        }
    }

    static func entry(_ report: GateReport = report(), base: String = "3f2c1a0 (main)") -> GateEntry {
        GateEntry(
            report: report, groups: groups(), base: base, head: "9be710c", startedAt: "2026-11-23T19:33:28Z",
            reproduce: "tidemark ab Profiles/ab-max.yaml --base main --seed 7", stored: "Results/2026-11-23-ab-max-7f3a9c/ab.json",
            notes: ["one CPU for broker and client"], document: Data("{\"schema\":\"tidemark.ab.v1\"}".utf8))
    }

    static func reports(_ entries: [GateEntry] = [entry()], failures: [GateFailure] = [], policy: InconclusivePolicy = .warn) -> GateReports {
        GateReports(entries, failures: failures, policy: policy, startedAt: "2026-11-23T19:33:00Z")
    }
}
