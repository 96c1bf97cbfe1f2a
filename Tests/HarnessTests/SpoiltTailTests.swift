// One record among thousands that a broker spoils, under a load whose readers follow the tail: they find it, and the run is INVALID.
import Measurement
import NullBroker
import Results
import Testing

@testable import Harness

@Suite(.serialized) struct SpoiltTailTests {
    /// 2,000 records to warm up, 10,000 in the steady phase, and a few between them; lingering makes batches of several.
    private static let text = """
        question: q
        name: spoilt
        topic: {partitions: 2}
        contract: exactly-once
        producers: {rate: 20000, arrivals: fixed, recordBytes: 100, linger: 5ms}
        consumers: {count: 1, kind: tail}
        phases: {warmUp: 100ms, steadyWait: 0s, coolDown: 0s}
        """
    /// Shorter than a profile may be.
    private static let steadyNanoseconds: UInt64 = 500_000_000
    /// The second to be hit would be almost half a second behind the last.
    private static let every = 11_000

    @Test(arguments: [
        (RecordDamage.drop, [1, 0, 0, 0], "acknowledged records are lost"), (.duplicate, [0, 1, 0, 0], "records are there more than once"),
        (.swap, [0, 0, 1, 0], "records are behind ones sent later"), (.corrupt, [0, 0, 0, 1], "records are not what was sent"),
    ] as [(RecordDamage, [UInt64], String)])
    func `readers of the tail find the one record that is spoilt, and what was done to it is the reason`(
        fault: RecordDamage, expected: [UInt64], words: String
    ) throws {
        let broker = try FaultyBroker([.record(fault, every: Self.every)])
        defer { broker.stop() }
        var profile = try Profile.parse(Self.text, path: "spoilt.yaml")
        profile.phases.steadyNanoseconds = Self.steadyNanoseconds
        let outcome = try HarnessTests.run(profile, at: broker.address, fleet: LaneFleet.make)
        #expect(outcome.isInvalid)
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        let found = try ["lost", "duplicated", "reordered", "corrupt"].map { try #require(steady.counters["audit_\($0)"]) }
        #expect(found == expected)
        // By those who read along: everything they got counts, and nothing was read again.
        let consumed = try #require(steady.counters["consumed_records"])
        #expect(consumed > 9_000, "\(consumed)")
        let reasons = outcome.verdict.reasons
        #expect(reasons.contains { $0.rule == "audit" && $0.text.contains("1 \(words)") }, "\(reasons.map(\.text))")
    }
}
