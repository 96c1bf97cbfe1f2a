// A broker that breaks its promise about one record in a million: the run finds that one, and is INVALID.
import Measurement
import NullBroker
import Results
import Testing
import Topology

@testable import Harness

@Suite(.serialized) struct OneInAMillionTests {
    private static let text = """
        question: q
        name: million
        topic: {partitions: 2}
        contract: exactly-once
        producers: {mode: max, recordBytes: 40, batchBytes: 32KiB}
        headlines: {placement: {cells: [unpinned]}}
        """
    private static let records = 1_000_000
    private static let recordBytes = 40

    /// A run that writes a million records and reads them back; the 700,000th that the broker gets is spoilt.
    private func run(_ fault: RecordDamage) throws -> RunOutcome {
        let broker = try FaultyBroker([.record(fault, every: 700_000)])
        defer { broker.stop() }
        let part = Part { context in
            let target = try context.externalTarget()
            var plan = LoadPlan(context.profile, label: "write", topic: context.topic("write", on: target))
            plan.byteBudget = Int64(Self.records * Self.recordBytes)
            _ = try context.fill(plan, on: target)
        }
        return try HarnessTests.run(
            try Profile.parse(Self.text, path: "million.yaml"), at: broker.address, measurements: [part], fleet: LaneFleet.make)
    }

    /// By what the audit counts: acknowledged and seen, then lost, duplicated, reordered and corrupt.
    private func counts(_ outcome: RunOutcome) throws -> [UInt64] {
        let fill = try #require(outcome.record.phases.first { $0.kind == "fill" })
        return try ["acknowledged", "seen", "lost", "duplicated", "reordered", "corrupt"].map { try #require(fill.counters["audit_\($0)"]) }
    }

    @Test(arguments: [
        (RecordDamage.drop, [1_000_000, 999_999, 1, 0, 0, 0], "acknowledged records are lost"),
        (.duplicate, [1_000_000, 1_000_000, 0, 1, 0, 0], "records are there more than once"),
        (.swap, [1_000_000, 1_000_000, 0, 0, 1, 0], "records are behind ones sent later"),
        (.corrupt, [1_000_000, 1_000_000, 0, 0, 0, 1], "records are not what was sent"),
    ] as [(RecordDamage, [UInt64], String)])
    func `one spoilt record of a million is found, alone, and the run is invalid`(fault: RecordDamage, expected: [UInt64], words: String) throws {
        let outcome = try run(fault)
        #expect(outcome.isInvalid)
        #expect(try counts(outcome) == expected)
        #expect(outcome.verdict.reasons.contains { $0.text.contains("1 \(words)") }, "\(outcome.verdict.reasons.map(\.text))")
    }
}
