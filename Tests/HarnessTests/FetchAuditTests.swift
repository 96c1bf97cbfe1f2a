// Fetch measurements on a log that a broker spoils: the run says so and is INVALID.
import Foundation
import Measurement
import NullBroker
import Results
import Testing
import Topology

@testable import Harness

@Suite(.serialized) struct FetchAuditTests {
    private static let text = """
        question: q
        name: fetches
        topic: {partitions: 1}
        contract: exactly-once
        producers: {mode: max, recordBytes: 1000}
        headlines: {placement: {cells: [unpinned]}}
        """

    /// A run whose only measurement fills a log and passes over it three times, as the fetch headlines do.
    ///
    /// - Parameter later: what the broker gets wrong from the second pass on.
    private func run(_ faults: [Fault], later: [Fault]? = nil) throws -> RunOutcome {
        let broker = try FaultyBroker(faults, keepsRecords: true)
        defer { broker.stop() }
        let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        var options = RunOptions()
        options.dataDirectory = base + "/data"
        options.resultsDirectory = base + "/results"
        options.external = broker.address
        let part = Part { context in
            let target = try context.externalTarget()
            guard let log = try FetchLog.fill(context, on: target, topic: "fetched", bytes: 6 << 20) else { return }
            #expect(log.fetches.count >= 6)
            let pass = log.pass(from: target.bootstrap)
            let (_, measurement) = try context.measure(broker: nil) {
                for number in 0..<3 {
                    if number == 1, let later { broker.misbehave(later) }
                    _ = try pass.run(until: .wholePlan) { try context.checkInterruption() }
                }
            }
            var phase = measurement.record(name: "fetch", kind: "fetch")
            try log.conclude(&phase, through: [target.bootstrap], context)
            context.record.phases.append(phase)
        }
        return try Run.perform(
            try Profile.parse(Self.text, path: "fetches.yaml"), options, interruption: TestInterruption.shared,
            progress: ProgressLine(style: .silent), measurements: [part], makeFleet: LaneFleet.make)
    }

    private func facts(_ outcome: RunOutcome, _ phase: String) throws -> VerdictFacts {
        try #require(outcome.record.facts.first { $0.phase == phase }, "\(outcome.record.facts.map(\.phase))")
    }

    /// Short from the second pass on: with every n-th answer short in all of them, the same fetches were now and then
    /// short each time, for how many requests are under way when a pass ends is a matter of the machine's load.
    @Test func `answers that are shorter than before make the run invalid`() throws {
        let outcome = try run([], later: [.shortFetch(every: 1)])
        #expect(outcome.isInvalid)
        #expect(try facts(outcome, "fill fetched").audit == .passed)
        guard case .failed(let broken) = try facts(outcome, "fetch").audit else { return #expect(Bool(false)) }
        #expect(broken.count == 1 && broken[0].contains("answers are not what the log held before"), "\(broken)")
        let phase = try #require(outcome.record.phases.first { $0.name == "fetch" })
        #expect((phase.counters["audit_wrong_answers"] ?? 0) > 0)
    }

    @Test(arguments: [Fault.flipBit(every: 20), .dropAcknowledged(every: 20), .batchLength(-5, every: 20)])
    func `a log that fails the audit of every record is not measured, and the run is invalid`(fault: Fault) throws {
        let outcome = try run([fault])
        #expect(outcome.isInvalid)
        #expect(outcome.record.facts.map(\.phase) == ["fill fetched"])
        guard case .failed = try facts(outcome, "fill fetched").audit else { return #expect(Bool(false)) }
        #expect(outcome.record.notes.contains("fetched: not measured, its log failed the audit"))
    }

    @Test func `passes over a sound log are valid, marked with what was audited`() throws {
        let outcome = try run([])
        #expect(outcome.verdict == Verdict(reasons: []))
        let facts = try facts(outcome, "fetch")
        #expect(facts.audit == .passed && facts.auditExtent == "lengths + sampled full reads")
        let phase = try #require(outcome.record.phases.first { $0.name == "fetch" })
        #expect(phase.counters["audit_wrong_answers"] == 0 && phase.counters["audit_corrupt"] == 0)
        #expect((phase.counters["audit_answers"] ?? 0) >= 18)
        #expect((phase.counters["audit_seen"] ?? 0) > 1000)
        #expect(phase.notes.contains("audit: lengths + sampled full reads"))
        let fill = try #require(outcome.record.phases.first { $0.kind == "fill" })
        #expect((fill.counters["audit_seen"] ?? 0) > 6000 && fill.counters["audit_lost"] == 0)
    }
}
