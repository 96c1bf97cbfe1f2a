import Foundation
import Testing

@testable import Gate

@Suite struct DroppingTests {
    @Test(arguments: [
        (NoiseFacts(stealShare: 0.21, foreignStallShare: nil, calibrationRatio: nil), DropReason.steal),
        (NoiseFacts(stealShare: 0, foreignStallShare: 0.3, calibrationRatio: 1), .stall),
        (NoiseFacts(stealShare: 0, foreignStallShare: 0, calibrationRatio: 1.26), .calibration),
        (NoiseFacts(stealShare: 0, foreignStallShare: 0, calibrationRatio: 0.79), .calibration),
        (NoiseFacts(stealShare: 0, foreignStallShare: 0, calibrationRatio: .nan), .calibration),
        (NoiseFacts(stealShare: 0.2, foreignStallShare: 0.2, calibrationRatio: 1.25), nil),
        (NoiseFacts(stealShare: 0, foreignStallShare: nil, calibrationRatio: 0.8), nil),
    ])
    func `a group is dropped by its noise alone`(noise: NoiseFacts, reason: DropReason?) {
        #expect(DropRule.reason(for: noise) == reason)
    }

    @Test func `readings that are no numbers drop the group, and can be stored`() throws {
        let facts = NoiseFacts(stealShare: .nan, foreignStallShare: .infinity, calibrationRatio: .nan)
        #expect(DropRule.reason(for: facts) == .steal)
        #expect(try JSONDecoder().decode(NoiseFacts.self, from: JSONEncoder().encode(facts)) == facts)
    }

    @Test func `a wild value drops nothing`() throws {
        var campaign = GateCampaign(plan: try plan())
        try campaign.run(upTo: 12) { ["throughput": $0 == 3 ? constant(1, 1000) : constant(100, 100)] }
        #expect(campaign.kept.count == campaign.groups.count)
    }

    @Test func `a dropped group does not count for the looks, and may lack values`() throws {
        var campaign = GateCampaign(plan: try plan())
        var values = Values(seed: 3, noise: 0.2)
        try campaign.run(upTo: 9) { _ in ["throughput": values.slices(100, ratio: 1)] }
        try campaign.run(upTo: 10, noise: stolen) { _ in [:] }
        #expect(campaign.looks.isEmpty && campaign.kept.count == 9)
        try campaign.run(upTo: 11) { _ in ["throughput": values.slices(100, ratio: 1)] }
        #expect(campaign.looks.map(\.groups) == [10])
    }

    @Test func `more than three in ten dropped is invalid, three in ten is not`() throws {
        for (dropped, outcome) in [(3, GateOutcome.same), (4, .invalid)] {
            var campaign = GateCampaign(plan: try plan())
            try campaign.run(upTo: dropped, noise: stolen) { _ in [:] }
            try campaign.run(upTo: dropped == 3 ? 13 : 10) { _ in ["throughput": constant(100, 100)] }
            let report = campaign.report(ending: .settled)
            // 3 of 13 dropped; 4 of 10.
            #expect(report.outcome == outcome, "\(report.resultText)")
            #expect(report.noise.dropped == [NoiseSummary.Dropped(reason: .steal, groups: dropped)])
        }
    }

    @Test func `an attempt that loses too much ends early`() throws {
        var campaign = GateCampaign(plan: try plan())
        try campaign.run(upTo: 4, noise: stolen) { _ in [:] }
        var values = Values(seed: 3, noise: 0.2)
        #expect(try campaign.run { _ in ["throughput": values.slices(100, ratio: 1)] } == .stop(.spoiled))
        #expect(campaign.groups.count == 10)
        let report = campaign.report(ending: .spoiled)
        #expect(report.exitCode() == 5)
        #expect(report.reasons == ["4 of 10 groups dropped, more than 30 %"])
    }
}
