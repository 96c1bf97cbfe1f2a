// A ratio of compression that was not reached is flagged in the verdict, and spoils nothing.
import Measurement
import Results
import Testing

@testable import Harness

@Suite(.serialized) struct CompressionFlagTests {
    private func profile(_ producers: String) throws -> Profile {
        try Profile.parse(
            "question: q\nname: ratio\nproducers: \(producers)\nphases: {warmUp: 0s, steadyWait: 0s, steady: 1s, coolDown: 0s}", path: "ratio.yaml")
    }

    private func lane(before: UInt64, sent: UInt64) -> FakeProducerLane {
        let lane = FakeProducerLane(eventsPerSecond: 1000)
        lane.batches = (before, sent)
        return lane
    }

    private func flags(_ outcome: RunOutcome) -> [Verdict.Reason] { outcome.verdict.reasons.filter { $0.rule == "compressionRatio" } }

    @Test func `a ratio that is far off is a flag with both figures, and a near one is none`() throws {
        let asked = "{rate: 1000, recordBytes: 100, compression: snappy, compressionRatio: 10}"
        let far = try runWithoutBroker(profile(asked), FakeFleet([lane(before: 3_000, sent: 1_000)]))
        let facts = far.record.facts[0]
        #expect(facts.compressionRatio == 3 && facts.compressionRatioAsked == 10)
        let flag = try #require(flags(far).first)
        #expect(flag.outcome == .valid && flag.phase == "steady" && flag.text.hasPrefix("the batches were compressed 3.00 to 1 and the profile asked for 10.00 to 1"))
        #expect(far.record.phases.first { $0.kind == "steady" }?.notes.contains { $0.hasSuffix("10.00 to 1: the figures are for what was reached") } == true)
        let near = try runWithoutBroker(profile(asked), FakeFleet([lane(before: 9_500, sent: 1_000)]))
        #expect(near.record.facts[0].compressionRatio == 9.5 && flags(near) == [])
    }

    @Test func `of several groups the one that is off is named`() throws {
        let groups = "[{name: small, rate: 1000, recordBytes: 100, compression: gzip, compressionRatio: 2}, {name: bulk, rate: 1000, recordBytes: 100, compression: lz4, compressionRatio: 4}, {name: plain, rate: 1000, recordBytes: 100}]"
        let fleet = FakeFleet([lane(before: 2_000, sent: 1_000), lane(before: 2_000, sent: 1_000), FakeProducerLane(eventsPerSecond: 1000)])
        let outcome = try runWithoutBroker(profile(groups), fleet)
        #expect(outcome.record.facts.map(\.compressionRatio) == [nil, 2, 2, nil] && outcome.record.facts.map(\.compressionRatioAsked) == [nil, 2, 4, nil])
        #expect(flags(outcome).map(\.phase) == ["steady, bulk"])
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(steady.groups?.map { $0.reasons.map(\.rule).filter { $0 == "compressionRatio" } } == [[], ["compressionRatio"], []])
    }

    @Test func `records of which a sixth is stamp cannot be made ten times smaller, and real lanes say so`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let outcome = try run(
            profile("{rate: 2000, recordBytes: 200, compression: gzip, compressionRatio: 10}"), at: broker.address, fleet: LaneFleet.make)
        let facts = outcome.record.facts[0]
        let ratio = try #require(facts.compressionRatio)
        #expect(ratio < 9 && facts.compressionRatioAsked == 10, "\(ratio)")
        #expect(facts.audit == .passed && flags(outcome).map(\.outcome) == [.valid])
    }
}
