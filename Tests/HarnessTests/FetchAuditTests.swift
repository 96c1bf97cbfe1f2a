// Fetch measurements on a log that a broker spoils: the run says so and is INVALID.
import Foundation
import Glibc
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
    /// - Parameters:
    ///   - later: what the broker gets wrong from the second pass on.
    ///   - look: what the closing audit calls between its reads, in place of what it would; it gets what the run is ended by once the phase is kept.
    private func run(
        _ faults: [Fault], later: [Fault]? = nil, interruption: Interruption = TestInterruption.shared,
        look: ((RunContext, inout HarnessError?) throws -> Void)? = nil
    ) throws -> RunOutcome {
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
            var noted: HarnessError?
            var check: (() throws -> Void)?
            if let look { check = { try look(context, &noted) } }
            try log.conclude(&phase, through: [target.bootstrap], context, check: check)
            context.record.phases.append(phase)
            if let noted { throw noted }
        }
        return try Run.perform(
            try Profile.parse(Self.text, path: "fetches.yaml"), options, interruption: interruption,
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

    /// The signal comes before the third of eight reads.
    @Test func `a closing audit that is told to stop is brought to its end where it may be, and the run counts as interrupted`() throws {
        func interrupted(isNoted: Bool) throws -> RunOutcome {
            let (interruption, arrive) = try planted(signal: UInt8(SIGINT))
            var looks = 0
            return try run([], interruption: interruption) { context, noted in
                looks += 1
                if looks == 3 { arrive() }
                if isNoted { try context.checkInterruption(noting: &noted) } else { try context.checkInterruption() }
            }
        }
        let whole = try interrupted(isNoted: true)
        #expect(whole.interruptedBy == SIGINT && !whole.record.complete && whole.record.verdict == nil)
        #expect(try facts(whole, "fetch").audit == .passed)
        let phase = try #require(whole.record.phases.first { $0.name == "fetch" })
        #expect(phase.complete && (phase.counters["audit_answers"] ?? 0) >= 18 && (phase.counters["audit_seen"] ?? 0) > 1000)
        // Thrown, it takes with it what had been measured.
        let broken = try interrupted(isNoted: false)
        #expect(broken.interruptedBy == SIGINT && !broken.record.phases.contains { $0.name == "fetch" })
    }

    /// An interruption whose signal arrives when the second of the two is called.
    private func planted(signal: UInt8) throws -> (Interruption, arrive: () -> Void) {
        var ends: [Int32] = [0, 0]
        let made = pipe(&ends)
        try #require(made == 0)
        let (reading, writing) = (ends[0], ends[1])
        let flagged = fcntl(reading, F_SETFL, O_NONBLOCK)
        #expect(flagged == 0)
        // What signalfd(2) gives: 128 bytes, which begin with the signal's number.
        let message = [signal] + [UInt8](repeating: 0, count: 127)
        return (Interruption(descriptor: reading), {
            let written = write(writing, message, message.count)
            #expect(written == message.count)
            close(writing)
        })
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
