// A log whose next batch nothing can frame: the audit says so at once instead of waiting for its deadline.
import Host
import Measurement
import NullBroker
import Testing

@testable import Harness

@Suite struct UnreadableLogTests {
    /// The deadline is far away on purpose.
    private func audit(_ fault: Fault, partitions: Int = 2) throws -> (report: AuditReport, seconds: Double) {
        let broker = try FaultyBroker([fault], partitions: Int32(partitions))
        defer { broker.stop() }
        let ledger = Ledger(contract: .exactlyOnce, partitions: partitions)
        try AuditedSender.send(1000, to: broker, ledger)
        let start = MonotonicClock.now()
        try Audit.readBack(
            bootstrap: broker.address, topic: "audited", ledger: ledger, deadline: start + 60 * nanosecondsPerSecond)
        return (Audit.judge(ledger: ledger), Double(MonotonicClock.now() - start) / 1e9)
    }

    @Test(arguments: [Int32.min, -5, 0, 48, 1_000_000, Int32.max])
    func `a batch whose length is none ends the reading of its partition at once, with the reason`(length: Int32) throws {
        let (report, seconds) = try audit(.batchLength(length, every: 25))
        #expect(seconds < 5, "\(seconds) s")
        #expect(report.corrupt > 0 && report.lost > 0)
        #expect(report.seen > 0 && report.seen + report.lost == report.acknowledged)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        let text = try #require(broken.first { $0.contains("cannot be read on") }, "\(broken)")
        #expect(text.contains("audited-") && text.contains("at offset "))
    }
}
