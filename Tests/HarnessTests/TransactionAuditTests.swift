// The audit of transactions and of groups whose partitions go to and fro.
import Measurement
import Records
import Testing
import Vocabulary

@testable import Harness

@Suite struct TransactionAuditTests {
    private let pool = PayloadPool(valueSize: 100, seed: 3, byteCount: 1 << 16)

    private func show(_ sequences: [UInt64], to book: SeenBook, from position: Offset = 0) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 0)
        var cursor = 0
        for sequence in sequences {
            let stamp = PayloadStamp(producer: 0, sequence: sequence, intendedNanoseconds: 1, partition: 0)
            #expect(builder.append(stamp, from: pool, cursor: &cursor, key: nil, timestampMilliseconds: 0))
        }
        let batch = builder.finish(isTransactional: true)
        MutableBatch(batch).assign(baseOffset: 0, leaderEpoch: 0)
        #expect(MutableBatch(batch).view.isTransactional)
        _ = book.check(MutableBatch(batch).view, partition: 0, position: position) { _, _ in }
    }

    /// Sequences 0 to 5, of which 2 and 3 were aborted.
    private func ledger() -> Ledger {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true, hasTransactions: true)
        sent.acknowledge(0, first: 0, count: 2)
        sent.abort(0, first: 2, count: 2)
        sent.acknowledge(0, first: 4, count: 2)
        sent.handOver(0, upTo: 6)
        return ledger
    }

    @Test func `what was aborted is neither lost nor unknown`() {
        let ledger = ledger()
        show([0, 1, 4, 5], to: ledger.openSeenBook(isCommittedOnly: true))
        let report = Audit.judge(ledger: ledger)
        #expect(report.outcome == .passed, "\(report)")
        #expect(report.aborted == 2 && report.unknown == 0 && report.exposed == 0 && report.acknowledged == 4 && report.seen == 4)
        #expect(report.text == ["2 records were aborted with their transactions"])
    }

    @Test func `a reader of committed records that gets aborted ones fails the audit`() {
        let ledger = ledger()
        show([0, 1, 2, 4, 5], to: ledger.openSeenBook(isCommittedOnly: true))
        let report = Audit.judge(ledger: ledger)
        #expect(report.exposed == 1)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken == ["1 records of aborted transactions were given to readers of committed ones (first: producer 0, partition 0)"])
    }

    @Test func `who reads everything may see what was aborted, and who does not is not asked for it`() {
        let ledger = ledger()
        show([0, 1, 2, 3, 4, 5], to: ledger.openSeenBook(reader: "everything"))
        show([0, 1, 4, 5], to: ledger.openSeenBook(reader: "committed", isCommittedOnly: true))
        let report = Audit.judge(ledger: ledger)
        #expect(report.outcome == .passed && report.seen == 6, "\(report)")
        let lacking = self.ledger()
        show([0, 1, 2, 3, 4, 5], to: lacking.openSeenBook(reader: "everything"))
        show([0, 1, 4], to: lacking.openSeenBook(reader: "committed", isCommittedOnly: true))
        #expect(Audit.judge(ledger: lacking).lost == 1)
    }

    @Test func `a load with transactions is read back as it was committed`() {
        #expect(ledger().openReadBackBook().isCommittedOnly)
        #expect(!Ledger(contract: .exactlyOnce, partitions: 1).openReadBackBook().isCommittedOnly)
    }

    @Test func `members of a group that read a partition one after the other have read it once`() {
        func judged(_ first: [UInt64], _ second: [UInt64]) -> AuditReport {
            let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
            let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true)
            sent.acknowledge(0, first: 0, count: 6)
            sent.handOver(0, upTo: 6)
            show(first, to: ledger.openSeenBook(reader: "group"))
            show(second, to: ledger.openSeenBook(reader: "group"))
            return Audit.judge(ledger: ledger)
        }
        #expect(judged([0, 1, 2], [3, 4, 5]).outcome == .passed)
        #expect(judged([0, 1, 4, 5], [2, 3]).outcome == .passed, "it went away and came back")
        #expect(judged([0, 1, 2], [4, 5]).lost == 1)
        #expect(judged([0, 1, 2, 3], [2, 3, 4, 5]).duplicated == 2)
    }

    @Test func `of lanes that claim the same records one gets each`() {
        let gauges = OffsetGauges(partitions: 1)
        #expect(gauges.offset(of: 0) == nil)
        #expect(gauges.claim(0, upTo: 10) == -1)
        #expect(gauges.claim(0, upTo: 7) == 10 && gauges.offset(of: 0) == 10)
        #expect(gauges.claim(0, upTo: 12) == 10 && gauges.offset(of: 0) == 12)
    }
}
