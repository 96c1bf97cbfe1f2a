import Foundation
import Testing

@testable import Gate

@Suite struct OutcomeTests {
    @Test func `every outcome has its exit code under both policies`() {
        let codes = GateOutcome.allCases.map { [$0.exitCode(.warn), $0.exitCode(.fail)] }
        #expect(GateOutcome.allCases == [.same, .improved, .inconclusive, .regression, .notComparable, .invalid])
        #expect(codes == [[0, 0], [0, 0], [0, 3], [2, 2], [4, 4], [5, 5]])
    }

    @Test func `of several profiles the worst counts, and none at all is invalid`() {
        #expect(GateOutcome.worst(of: [.same, .improved]) == .improved)
        #expect(GateOutcome.worst(of: [.regression, .inconclusive, .same]) == .regression)
        #expect(GateOutcome.worst(of: [.regression, .notComparable]) == .notComparable)
        #expect(GateOutcome.worst(of: [.regression, .invalid]) == .invalid)
        #expect(GateOutcome.worst(of: []) == .invalid)
    }

    @Test func `no group, or a refusal, never passes`() throws {
        let plan = try plan()
        #expect(GateCampaign(plan: plan).report(ending: .budget).exitCode() == 5)
        let refused = GateReport.refused(plan: plan, reasons: ["cpu model differs"])
        #expect(refused.exitCode() == 4 && refused.resultText == "not comparable: cpu model differs")
    }

    @Test func `too little time is inconclusive, and says so`() throws {
        let report = try campaign([throughput], ratio: 0.5, upTo: 5).report(ending: .budget)
        #expect(report.outcome == .inconclusive && report.exitCode(.fail) == 3 && report.exitCode() == 0)
        #expect(report.resultText == "inconclusive: throughput: 5 groups are too few for an interval")
        #expect(report.rows[0].verdictText == "inconclusive, 5 groups")
    }

    @Test func `a regression up to what is tolerated is exit 0 and keeps its name, one above it is exit 2`() throws {
        let small = try campaign([throughput, latency], ratio: 1 / 1.07).report(ending: .settled)
        #expect(small.outcome == .regression && small.exitCode() == 2 && small.exitCode(failAbove: 0.05) == 2)
        #expect(small.exitCode(failAbove: 0.1) == 0 && small.exitCode(.fail, failAbove: 0.1) == 0)
        #expect(small.resultText(failAbove: 0.1) == "regression (1 of 2 gated metrics), none above 10 %")
        #expect(small.resultText(failAbove: 0.05) == small.resultText && small.resultText(failAbove: nil) == small.resultText)
        let large = try campaign([latency], ratio: 1.2).report(ending: .settled)
        #expect(large.exitCode(failAbove: 0.1) == 2 && large.exitCode(failAbove: 0.3) == 0)
        let worse = try #require(large.rows[0].worseBy)
        #expect(abs(worse - 0.2) < 0.03)
    }

    @Test func `what a tolerated regression leaves open still counts, and what is invalid is never tolerated`() throws {
        var values = Values(seed: 3, noise: 0.005)
        var noisy = Values(seed: 5, noise: 0.4)
        var campaign = GateCampaign(plan: try plan([throughput, latency]))
        try campaign.run { _ in ["throughput": values.slices(100, ratio: 1 / 1.06), "p99 ack": noisy.slices(10, ratio: 1)] }
        let report = campaign.report(ending: .exhausted)
        #expect(report.outcome == .regression && report.rows[1].verdict == .inconclusive, "\(report.rows.map(\.verdictText))")
        #expect(report.exitCode(failAbove: 0.1) == 0 && report.exitCode(.fail, failAbove: 0.1) == 3)
        campaign.spoil("the broker died")
        #expect(campaign.report(ending: .spoiled).exitCode(failAbove: 0.1) == 5)
    }

    @Test func `a count that never differed is the same, however few groups there are`() throws {
        var campaign = GateCampaign(plan: try plan([throughput, GatedMetric("flushes", unit: "/rec", polarity: .lowerIsBetter, role: .reported)]))
        try campaign.run(upTo: 3) { _ in ["throughput": constant(100, 104), "flushes": constant(0, 0)] }
        let rows = campaign.report(ending: .budget).rows
        #expect(rows[1].verdictText == "same (<5 %)")
        #expect(rows[0].verdictText == "inconclusive, 3 groups", "a difference that never varied is not proven by three groups")
    }

    @Test func `a still counter fails at 1 % beside the parent, at 5 % beside a pinned release`() throws {
        for (ratio, thresholds, verdict) in [(1.03, EffectThresholds.time, MetricVerdict.regressed), (1.03, .creep, .same), (1.08, .creep, .regressed)] {
            var campaign = GateCampaign(plan: try plan([syscalls], thresholds: thresholds))
            var values = Values(seed: 5, noise: 0.0005)
            try campaign.run { _ in [syscalls.name: values.slices(1, ratio: ratio)] }
            #expect(campaign.report(ending: .settled).rows[0].verdict == verdict, "\(ratio)")
        }
    }

    @Test func `the rows speak`() throws {
        let report = try campaign([throughput, latency], ratio: 0.9).report(ending: .settled)
        #expect(report.rows.map(\.verdictText) == ["REGRESSED", "improved"])
        #expect(report.resultText == "regression (1 of 2 gated metrics)")
        #expect(report.rows[0].pText == "p<0.0001" || report.rows[0].pText == "p=0.0001")
        let row = report.rows[0]
        let (base, head, estimate) = (try #require(row.base), try #require(row.head), try #require(row.estimate))
        #expect(abs(base - 100) < 2 && abs(head - 90) < 2 && abs(estimate.ratio - 0.9) < 0.02)
        let (lower, upper) = (try #require(estimate.lower), try #require(estimate.upper))
        #expect(lower < estimate.ratio && estimate.ratio < upper && upper - lower < 0.06)
    }

    @Test(arguments: [0.8, 1, 1.2]) func `a report survives being stored`(ratio: Double) throws {
        for noise in [0, 0.02, 0.3] {
            let report = try campaign([throughput, syscalls, tail], ratio: ratio, noise: noise).report(ending: .settled)
            #expect(try JSONDecoder().decode(GateReport.self, from: JSONEncoder().encode(report)) == report)
        }
    }

    @Test func `same names its threshold, inconclusive what can be seen`() throws {
        #expect(try campaign([throughput], ratio: 1).report(ending: .settled).rows[0].verdictText == "same (<5 %)")
        #expect(try campaign([syscalls], ratio: 1, noise: 0.0005).report(ending: .settled).rows[0].verdictText == "same (<1 %)")
        let noisy = try campaign([throughput], ratio: 0.97, noise: 0.3).report(ending: .exhausted).rows[0].verdictText
        #expect(noisy.hasPrefix("inconclusive, MDE ") && noisy.hasSuffix(" %"))
    }

    @Test func `p-values of many tests are adjusted as Benjamini and Hochberg do`() {
        let adjusted = FalseDiscovery.adjusted([0.01, 0.04, 0.03, 0.005])
        #expect(zip(adjusted, [0.02, 0.04, 0.04, 0.02]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(FalseDiscovery.adjusted([0.9, 0.8]) == [0.9, 0.9])
        #expect(FalseDiscovery.adjusted([]) == [])
    }

    @Test func `three inconclusive nights in a row are a failure, two or a break are not`() throws {
        let tonight = try campaign([throughput], ratio: 0.97, noise: 0.3).report(ending: .exhausted)
        let (blind, seen) = (["throughput": MetricVerdict.inconclusive], ["throughput": MetricVerdict.same])
        #expect(CreepCheck.conclude(tonight, earlier: [seen, blind, blind]) == (3, ["throughput"]))
        #expect(CreepCheck.conclude(tonight, earlier: [blind]) == (0, []))
        #expect(CreepCheck.conclude(tonight, earlier: [blind, blind, seen]) == (0, []))
        #expect(CreepCheck.conclude(tonight, earlier: [blind, [:]]) == (0, []))
        let worse = try campaign([throughput, latency], ratio: 0.8, noise: 0.01).report(ending: .settled)
        #expect(CreepCheck.conclude(worse, earlier: [blind, blind]).exitCode == 2)
    }

    @Test func `against a pinned release 4 per cent may add up, 7 may not`() throws {
        for (ratio, outcome) in [(1 / 1.03, GateOutcome.same), (1 / 1.07, .regression)] {
            var values = Values(seed: 4, noise: 0.01)
            var campaign = GateCampaign(plan: try plan(thresholds: .creep))
            try campaign.run { _ in ["throughput": values.slices(100, ratio: ratio)] }
            #expect(campaign.report(ending: .settled).outcome == outcome)
        }
    }
}
