// A phase that only the machine spoiled is measured again, openly, and not for ever.
import Foundation
import Measurement
import Results
import Testing
import Topology

@testable import Harness

/// Attempts whose share of stolen CPU is given, one after the other; the value of each is its number.
private final class Attempts: HeadlineMeasurement {
    let name = "attempts"
    let steal: [Double]
    let startsAfresh: Bool
    let audit: AuditOutcome
    /// Which attempts were not where they belong, by their numbers.
    let misplaced: Set<Int>
    private(set) var made = 0
    private(set) var kept: Int?

    init(_ steal: [Double], startsAfresh: Bool = true, audit: AuditOutcome = .passed, misplaced: Set<Int> = []) {
        (self.steal, self.startsAfresh, self.audit, self.misplaced) = (steal, startsAfresh, audit, misplaced)
    }

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost { HeadlineCost(loadNanoseconds: 0, diskBytes: 0, assumption: nil) }

    func run(_ context: RunContext) throws {
        kept = try context.repeatingSpoiled(startsAfresh: startsAfresh, misplaced: { misplaced.contains($0) ? "only half of it where it belongs" : nil }) {
            var facts = VerdictFacts(phase: "append steady", load: .maxRate)
            (facts.stealFraction, facts.audit) = (steal[made], audit)
            context.record.facts.append(facts)
            context.record.phases.append(PhaseRecord(name: "append steady", kind: "steady", startedNanoseconds: 0, endedNanoseconds: 1))
            made += 1
            return made
        }
    }
}

@Suite(.serialized) struct RepeatTests {
    private func run(_ attempts: Attempts) throws -> RunRecord {
        let profile = try Profile.parse("question: q\nname: fake\nproducers: {mode: max}\nheadlines: {placement: {cells: [unpinned]}}\n", path: "fake.yaml")
        return try runWithoutBroker(profile, FakeFleet([]), measurements: [attempts]).record
    }

    @Test func `a machine that stays disturbed leaves the run invalid after two repeats`() throws {
        let attempts = Attempts([0.1, 0.2, 0.3, 0])
        let record = try run(attempts)
        #expect((attempts.made, attempts.kept) == (3, 3))
        #expect(record.verdict?.reasons.map(\.text) == ["the hypervisor took 30 % of the CPUs (5 % allowed)"])
    }

    @Test func `a failed audit is never measured away`() throws {
        let attempts = Attempts([0.1, 0], audit: .failed(["3 records lost"]))
        let record = try run(attempts)
        #expect(attempts.made == 1)
        #expect(record.verdict?.outcome == .invalid)
    }

    @Test func `a broker that is not ours gets its load once`() throws {
        let attempts = Attempts([0.1, 0], startsAfresh: false)
        #expect(try run(attempts).verdict?.outcome == .invalid)
        #expect(attempts.made == 1)
    }

    @Test func `a spoiled attempt is kept beside the one that counts, with the reason`() throws {
        let attempts = Attempts([0.1, 0.01])
        let record = try run(attempts)
        #expect((attempts.made, attempts.kept) == (2, 2))
        #expect(record.verdict?.outcome == .valid)
        #expect(record.phases.map(\.name) == ["append steady, set aside 1", "append steady"])
        #expect(record.facts.map(\.setAside) == ["the hypervisor took 10 % of the CPUs (5 % allowed)", nil])
        #expect(record.notes.contains("append steady was measured again: the hypervisor took 10 % of the CPUs (5 % allowed)"))
    }

    @Test func `what was not where it belongs is placed anew once, openly`() throws {
        let attempts = Attempts([0, 0], misplaced: [1])
        let record = try run(attempts)
        #expect((attempts.made, attempts.kept) == (2, 2))
        #expect(record.facts.map(\.setAside) == ["only half of it where it belongs", nil])
        #expect(record.notes.contains("append steady was measured again: only half of it where it belongs"))
        // Where it cannot be placed, a second time tells.
        let stubborn = Attempts([0, 0, 0], misplaced: [1, 2, 3])
        _ = try run(stubborn)
        #expect((stubborn.made, stubborn.kept) == (2, 2))
    }

    @Test func `nothing is placed anew where something else is wrong, nor on a broker that is not ours`() throws {
        let failed = Attempts([0, 0], audit: .failed(["3 records lost"]), misplaced: [1])
        #expect(try run(failed).verdict?.outcome == .invalid)
        #expect(failed.made == 1)
        let external = Attempts([0, 0], startsAfresh: false, misplaced: [1])
        _ = try run(external)
        #expect(external.made == 1)
    }
}
