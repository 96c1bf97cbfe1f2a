import Foundation
import Testing

@testable import Gate

@Suite struct CampaignTests {
    @Test func `a plan that can't be judged is refused`() {
        let faults: [([GatedMetric], GateFault)] = [
            ([], .plan("no metric decides")), ([tail, restless], .plan("no metric decides")),
            ((0..<4).map { GatedMetric("m\($0)", unit: "ms", polarity: .lowerIsBetter, role: .gated) }, .plan("4 gated metrics; at most 3")),
            ([latency, latency], .plan("two metrics have one name")),
        ]
        for (metrics, fault) in faults { #expect(throws: fault) { try plan(metrics) } }
    }

    @Test func `a deciding metric that lacks a side, or has more on one, is refused; a reported one may be absent`() throws {
        var campaign = GateCampaign(plan: try plan([throughput, tail]))
        for values in [[:], ["throughput": SliceValues(base: [1], head: [])], ["throughput": SliceValues(base: [1, 2], head: [1])]] {
            #expect(throws: GateFault.missingSide(metric: "throughput", group: 0)) { try campaign.run(upTo: 1) { _ in values } }
        }
        #expect(campaign.groups.isEmpty)
        try campaign.run(upTo: 1) { _ in ["throughput": constant(1, 1)] }
        #expect(campaign.groups.count == 1)
    }

    @Test(arguments: [0, -1, .nan, .infinity] as [Double]) func `a rate that can't be is refused`(value: Double) throws {
        var campaign = GateCampaign(plan: try plan())
        #expect(throws: GateFault.self) { try campaign.run(upTo: 1) { _ in ["throughput": constant(1, value)] } }
    }

    @Test func `a group out of order or with another arrangement is refused`() throws {
        var campaign = GateCampaign(plan: try plan())
        let strange = RestartGroup(
            index: 1, attempt: 0, arrangement: campaign.nextArrangement, values: ["throughput": constant(1, 1)], noise: calm, seconds: 20)
        #expect(throws: GateFault.unexpectedGroup(index: 1, expected: 0)) { try campaign.record(strange) }
    }

    @Test func `constant values are the same at the first look, 10 per cent fewer a regression at the second, more an improvement`() throws {
        for (ratio, verdict, groups) in [(1.0, MetricVerdict.same, 10), (0.9, .regressed, 14), (1.1, .improved, 10)] {
            var campaign = GateCampaign(plan: try plan())
            #expect(try campaign.run { _ in ["throughput": constant(200, 200 * ratio)] } == .stop(.settled))
            let report = campaign.report(ending: .settled)
            #expect(report.rows[0].verdict == verdict && campaign.groups.count == groups)
            #expect(report.rows[0].estimate?.isExact == true && report.rows[0].smallestDetectable == 0)
            #expect(abs((report.rows[0].estimate?.ratio ?? 0) - ratio) < 1e-12)
        }
    }

    @Test func `2,5 per cent is proven, then 1 per cent is too little to fail however sure it is`() throws {
        #expect(try campaign([throughput], ratio: 1 / 1.025, noise: 0.002).report(ending: .settled).outcome == .regression)
        let little = try campaign([throughput], ratio: 1 / 1.01, noise: 0.002).report(ending: .settled)
        #expect(little.outcome == .same && little.looks.last?.metrics[0].worseP == 1 / 1024)
    }

    @Test func `a still counter fails at 1 per cent, one that selftest saw move does not decide`() throws {
        let still = try campaign([throughput, syscalls], ratio: 1.015, noise: 0.001).report(ending: .settled)
        #expect(still.rows.map(\.verdict) == [.same, .regressed] && still.outcome == .regression)
        #expect(still.rows[1].thresholds == .counter)
        let moving = try campaign([throughput, restless], ratio: 1.015, noise: 0.001).report(ending: .settled)
        #expect(moving.outcome == .same && moving.rows[1].verdict == .same && !moving.rows[1].decides)
    }

    @Test func `a count of zero on both sides is the same, on one it is a change`() throws {
        for (head, verdict) in [(0.0, MetricVerdict.same), (0.01, .regressed)] {
            var campaign = GateCampaign(plan: try plan([syscalls]))
            try campaign.run { _ in ["syscalls": constant(0, head)] }
            #expect(campaign.report(ending: .settled).rows[0].verdict == verdict)
        }
    }

    @Test func `noise that hides 5 per cent ends after 50 groups with what can be seen`() throws {
        var campaign = try campaign([throughput], ratio: 0.97, noise: 0.3)
        #expect(campaign.step == .stop(.exhausted) && campaign.groups.count == 50 && campaign.looks.map(\.look) == Array(0..<6))
        let report = campaign.report(ending: .exhausted)
        #expect(report.outcome == .inconclusive)
        let smallest = try #require(report.rows[0].smallestDetectable)
        #expect(smallest > 0.05 && smallest < 0.3)
        #expect(report.resultText.hasPrefix("inconclusive: throughput: 50 groups on this machine see "))
        #expect(throws: GateFault.self) {
            _ = try campaign.record(RestartGroup(index: 50, attempt: 1, arrangement: campaign.nextArrangement, values: [:], noise: calm, seconds: 1))
        }
    }

    @Test func `a metric is settled for good while others go on`() throws {
        var campaign = GateCampaign(plan: try plan([throughput, latency]))
        var values = Values(seed: 2, noise: 0.2)
        try campaign.run { index in
            // After its regression is proven, throughput recovers: too late.
            ["throughput": constant(100, index < 14 ? 80 : 200), "p99 ack": values.slices(5, ratio: 1)]
        }
        let report = campaign.report(ending: .settled)
        #expect(report.groups > 14 && report.rows[0].verdict == .regressed && report.rows[0].settledAtLook == 1)
        #expect(report.looks.dropFirst(2).allSatisfy { $0.metrics.map(\.metric) == ["p99 ack"] })
    }

    @Test func `reported metrics never decide`() throws {
        var campaign = GateCampaign(plan: try plan([throughput, tail]))
        var values = Values(seed: 2)
        try campaign.run { _ in ["throughput": values.slices(100, ratio: 1), "p99.9 ack": values.slices(10, ratio: 2)] }
        let report = campaign.report(ending: .settled)
        #expect(report.rows.map(\.verdict) == [.same, .regressed] && report.outcome == .same && report.exitCode(.fail) == 0)
        #expect(report.rows[1].verdictText == "worse" && report.rows[1].pText != nil)
    }
}

extension GateReport {
    fileprivate var groups: Int { noise.groupsKept }
}

@Suite struct ResumeTests {
    private func stored(_ campaign: GateCampaign) throws -> GateCampaign {
        try JSONDecoder().decode(GateCampaign.self, from: JSONEncoder().encode(campaign))
    }

    /// The same values for the same group, whoever asks.
    private func values(_ index: Int) -> [String: SliceValues] {
        var values = Values(seed: UInt64(index), noise: 0.15)
        return ["throughput": values.slices(100, ratio: 0.97)]
    }

    @Test(arguments: [3, 12, 28]) func `interrupted anywhere and taken up again, a campaign spends what it would have spent`(at: Int) throws {
        var whole = GateCampaign(plan: try plan())
        try whole.run(values)
        var first = GateCampaign(plan: try plan())
        try first.run(upTo: at, values)
        #expect(first.report(ending: .interrupted).exitCode() == 5)
        var second = try stored(first)
        try second.resume(with: try plan())
        try second.run(values)
        #expect(second.looks == whole.looks && second.attempts == 2)
        #expect(second.report(ending: .settled).rows == whole.report(ending: .settled).rows)
        #expect(second.groups.last?.attempt == 1 || second.groups.count <= at)
    }

    @Test func `a settled or exhausted campaign gives a second attempt nothing to spend`() throws {
        for ratio in [0.7, 0.97] {
            var campaign = try stored(try campaign([throughput], ratio: ratio, noise: ratio == 0.7 ? 0.01 : 0.3))
            let before = campaign.report(ending: .settled)
            try campaign.resume(with: try plan())
            #expect(campaign.step != .runGroup)
            #expect(campaign.report(ending: .settled).outcome == before.outcome)
        }
    }

    @Test func `another plan does not pool`() throws {
        var campaign = GateCampaign(plan: try plan())
        #expect(throws: GateFault.planChanged("seed")) { try campaign.resume(with: try plan(seed: 8)) }
        #expect(throws: GateFault.planChanged("metrics")) { try campaign.resume(with: try plan([latency])) }
        #expect(throws: GateFault.planChanged("thresholds or error budget")) { try campaign.resume(with: try plan(thresholds: .creep)) }
        let otherHead = try GatePlan(profile: "test", base: "3f2c1a", head: "000000", metrics: [throughput], seed: 7)
        #expect(throws: GateFault.planChanged("head build")) { try campaign.resume(with: otherHead) }
    }

    @Test func `a spoiled campaign stays invalid`() throws {
        var campaign = try campaign([throughput], ratio: 1)
        campaign.spoil("the broker crashed in group 3")
        #expect(throws: GateFault.invalidated("the broker crashed in group 3")) { try campaign.resume(with: try plan()) }
        let report = try stored(campaign).report(ending: .settled)
        #expect(report.exitCode() == 5 && report.resultText == "invalid: the broker crashed in group 3")
    }

    @Test(arguments: ["\"dropped\":\"steal\"", "\"decision\":\"same\"", "\"groups\":14"])
    func `an altered file is refused and reported as invalid`(planted: String) throws {
        var values = Values(seed: 5, noise: 0.15)
        var campaign = GateCampaign(plan: try plan())
        try campaign.run(upTo: 20) { _ in ["throughput": values.slices(100, ratio: 0.97)] }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var text = String(decoding: try encoder.encode(campaign), as: UTF8.self)
        let original =
            planted.contains("dropped") ? "\"index\":3" : planted.contains("decision") ? "\"decision\":\"undecided\"" : "\"groups\":10"
        #expect(text.contains(original))
        text = text.replacingOccurrences(of: original, with: planted.contains("dropped") ? "\(planted),\(original)" : planted)
        var altered = try JSONDecoder().decode(GateCampaign.self, from: Data(text.utf8))
        #expect(altered.report(ending: .budget).exitCode() == 5)
        #expect(throws: GateFault.self) { try altered.resume(with: try plan()) }
    }

    @Test func `a value that was polished after its look does not go unnoticed`() throws {
        var campaign = GateCampaign(plan: try plan())
        var values = Values(seed: 5, noise: 0.15)
        try campaign.run(upTo: 12) { _ in ["throughput": values.slices(100, ratio: 0.97)] }
        let encoded = String(decoding: try JSONEncoder().encode(campaign), as: UTF8.self)
        let value = "\(try #require(campaign.groups[4].values["throughput"]).head[0])"
        #expect(encoded.contains(value))
        let altered = try JSONDecoder().decode(GateCampaign.self, from: Data(encoded.replacingOccurrences(of: value, with: "300").utf8))
        #expect(altered.report(ending: .budget).outcome == .invalid)
    }
}
