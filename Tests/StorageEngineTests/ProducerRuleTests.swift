import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// The rows of the tables in ProducerState+Check.
@Suite struct ProducerRuleTests {
    /// What is written, or only staged, before the batch in question.
    enum Past: CaseIterable { case written, staged }

    struct Row: CustomTestStringConvertible {
        var name: String
        var before: [Step]
        var step: Step
        var error: StorageError?
        var duplicateOf: Offset?
        var testDescription: String { name }
    }

    enum Step {
        case batch(_ epoch: ProducerEpoch, _ sequence: Int32, count: Int = 1, transaction: Bool = false)
        case marker(_ epoch: ProducerEpoch, coordinator: Int32 = 0, version: Int16 = 0)
    }

    static let five = (0..<6).map { Step.batch(1, $0) }

    static let batches: [Row] = [
        Row(name: "unknown producer, any sequence", before: [], step: .batch(4, 77)),
        Row(name: "unknown producer, first sequence", before: [], step: .batch(0, 0)),
        Row(name: "older epoch", before: [.batch(1, 0)], step: .batch(0, 1), error: .producerFenced(producer: 7, got: 0, current: 1)),
        Row(name: "older epoch, a sequence that is known", before: [.batch(1, 0)], step: .batch(0, 0), error: .producerFenced(producer: 7, got: 0, current: 1)),
        Row(name: "the newest again", before: five, step: .batch(1, 5), duplicateOf: 5),
        Row(name: "the fifth last again", before: five, step: .batch(1, 1), duplicateOf: 1),
        Row(name: "the sixth last again", before: five, step: .batch(1, 0), error: .outOfOrderSequence(producer: 7, got: 0, expected: 6)),
        Row(name: "a known first sequence with another count", before: five, step: .batch(1, 5, count: 2), error: .outOfOrderSequence(producer: 7, got: 5, expected: 6)),
        Row(name: "the next", before: [.batch(1, 0, count: 3)], step: .batch(1, 3)),
        Row(name: "a gap", before: [.batch(1, 0, count: 3)], step: .batch(1, 4), error: .outOfOrderSequence(producer: 7, got: 4, expected: 3)),
        Row(name: "zero behind the largest", before: [.batch(1, .max)], step: .batch(1, 0)),
        Row(name: "one behind the largest", before: [.batch(1, .max)], step: .batch(1, 1), error: .outOfOrderSequence(producer: 7, got: 1, expected: 0)),
        Row(name: "behind a batch across the largest", before: [.batch(1, .max - 1, count: 4)], step: .batch(1, 2)),
        Row(name: "a batch across the largest again", before: [.batch(1, .max - 1, count: 4)], step: .batch(1, .max - 1, count: 4), duplicateOf: 0),
        Row(name: "newer epoch at zero", before: five, step: .batch(2, 0)),
        Row(name: "newer epoch beyond zero", before: five, step: .batch(2, 6), error: .outOfOrderSequence(producer: 7, got: 6, expected: 0)),
        Row(name: "newer epoch, sequences of the older one", before: five + [.batch(2, 0)], step: .batch(2, 5), error: .outOfOrderSequence(producer: 7, got: 5, expected: 1)),
        Row(name: "an epoch known from a marker, at zero", before: [.batch(1, 0), .marker(2)], step: .batch(2, 0)),
        Row(name: "an epoch known from a marker, beyond zero", before: [.batch(1, 0), .marker(2)], step: .batch(2, 1), error: .outOfOrderSequence(producer: 7, got: 1, expected: 0)),
        Row(name: "an epoch that a marker fenced", before: [.batch(1, 0), .marker(2)], step: .batch(1, 1), error: .producerFenced(producer: 7, got: 1, current: 2)),
        Row(name: "a producer known from a marker only", before: [.marker(2)], step: .batch(2, 3), error: .outOfOrderSequence(producer: 7, got: 3, expected: 0)),
        Row(name: "sequences go on behind a marker", before: [.batch(1, 0, transaction: true), .marker(1)], step: .batch(1, 1, transaction: true)),
        Row(name: "a repeated batch on the other side of a marker", before: [.batch(1, 0, transaction: true), .marker(1)], step: .batch(1, 0, transaction: true), duplicateOf: 0),
        Row(name: "no transaction while one is open", before: [.batch(1, 0, transaction: true)], step: .batch(1, 1), error: .transactionMismatch(producer: 7)),
        Row(name: "no transaction of a newer epoch while one is open", before: [.batch(1, 0, transaction: true)], step: .batch(2, 0), error: .transactionMismatch(producer: 7)),
        Row(name: "no transaction behind its end", before: [.batch(1, 0, transaction: true), .marker(1)], step: .batch(1, 1)),
    ]

    static let markers: [Row] = [
        Row(name: "producer not known", before: [], step: .marker(3, coordinator: 4)),
        Row(name: "producer not known, version 2", before: [], step: .marker(3, version: 2)),
        Row(name: "older epoch", before: [.batch(2, 0, transaction: true)], step: .marker(1), error: .producerFenced(producer: 7, got: 1, current: 2)),
        Row(name: "older epoch, version 2", before: [.batch(2, 0, transaction: true)], step: .marker(1, version: 2), error: .producerFenced(producer: 7, got: 1, current: 2)),
        Row(name: "same epoch, open", before: [.batch(2, 0, transaction: true)], step: .marker(2)),
        Row(name: "same epoch, open, version 2: it belongs to the transaction before", before: [.batch(2, 0, transaction: true)], step: .marker(2, version: 2), error: .producerFenced(producer: 7, got: 2, current: 2)),
        Row(name: "same epoch, none open", before: [.batch(2, 0, transaction: true), .marker(2)], step: .marker(2)),
        Row(name: "same epoch, none open, version 2: sent again", before: [.batch(2, 0, transaction: true), .marker(3, version: 2)], step: .marker(3, version: 2)),
        Row(name: "newer epoch", before: [.batch(2, 0, transaction: true)], step: .marker(3)),
        Row(name: "newer epoch, version 2", before: [.batch(2, 0, transaction: true)], step: .marker(3, version: 2)),
        Row(name: "older coordinator", before: [.marker(2, coordinator: 5)], step: .marker(2, coordinator: 4), error: .coordinatorFenced(producer: 7, got: 4, current: 5)),
        Row(name: "older coordinator, newer epoch", before: [.marker(2, coordinator: 5), .batch(2, 0)], step: .marker(3, coordinator: 4), error: .coordinatorFenced(producer: 7, got: 4, current: 5)),
        Row(name: "same coordinator", before: [.marker(2, coordinator: 5)], step: .marker(2, coordinator: 5)),
        Row(name: "newer coordinator", before: [.marker(2, coordinator: 5)], step: .marker(2, coordinator: 6)),
    ]

    private func take(_ step: Step, _ rig: Rig) throws -> Staged {
        switch step {
        case .batch(let epoch, let sequence, let count, let transaction):
            let bytes = batch(count, producer: 7, epoch: epoch, sequence: sequence, isTransactional: transaction)
            return try rig.log.stage(rig.buffers.hold(bytes), admits: .trusted)
        case .marker(let epoch, let coordinator, let version):
            let marker = EndTransactionMarker(
                producerID: 7, producerEpoch: epoch, outcome: .commit, coordinatorEpoch: coordinator, transactionVersion: version)
            return try rig.log.stage(marker, timestampMilliseconds: 1000)
        }
    }

    @Test(arguments: batches + markers, Past.allCases)
    func `a batch or marker meets the rule of its row, whether the ones before are written or staged`(row: Row, past: Past) throws {
        let rig = try Rig()
        for step in row.before {
            _ = try take(step, rig)
            if past == .written { _ = try rig.write() }
        }
        let (count, end) = (rig.log.stagedCount, rig.log.logEndOffset)
        if let error = row.error {
            #expect(throws: error) { try take(row.step, rig) }
            #expect(rig.log.stagedCount == count)
        } else {
            let staged = try take(row.step, rig)
            #expect(staged.isDuplicate == (row.duplicateOf != nil))
            if let original = row.duplicateOf { #expect(staged.baseOffset == original) }
        }
        _ = try rig.write()
        #expect((past == .staged) || rig.log.logEndOffset >= end)
    }

    @Test(arguments: batches + markers, [true, false])
    func `the rule of the row holds after a restart and after a crash`(row: Row, clean: Bool) throws {
        let rig = try Rig()
        for step in row.before { _ = try take(step, rig) }
        _ = try rig.write()
        if clean { try rig.reopen() } else { try rig.crash() }
        if let error = row.error {
            #expect(throws: error) { try take(row.step, rig) }
        } else {
            let staged = try take(row.step, rig)
            #expect(staged.isDuplicate == (row.duplicateOf != nil))
            if let original = row.duplicateOf { #expect(staged.baseOffset == original) }
        }
    }

    @Test func `a staged marker that is never written counts for nothing`() {
        let state = ProducerState()
        func look(_ bytes: [UInt8], _ body: (BatchView) -> Void) { bytes.withUnsafeBytes { body(BatchView(unchecked: $0)) } }
        look(batch(1, producer: 7, epoch: 0, sequence: 0, isTransactional: true)) { state.stage($0, baseOffset: 0, index: 0) }
        state.commit(below: 1)
        let marker = EndTransactionMarker(producerID: 7, producerEpoch: 1, outcome: .abort, coordinatorEpoch: 9)
        state.stage(marker, at: 1, timestamp: 0, index: 0)
        #expect(state.ongoingTransaction(of: 7) == nil)
        state.discardStaged()
        #expect(state.ongoingTransaction(of: 7) == OngoingTransaction(firstOffset: 0, producerEpoch: 0))
        #expect(state.transactions.firstOffset == 0)
        #expect(state.takeAborted().isEmpty)
        #expect(state.remembered().first?.coordinatorEpoch == nil)
    }

    @Test func `a batch that compaction emptied tells its sequences and begins no transaction`() throws {
        let state = ProducerState()
        var bytes = batch(3, producer: 7, epoch: 2, sequence: 5, isTransactional: true)
        bytes.replaceSubrange(BatchLayout.recordCount..<BatchLayout.headerSize, with: [0, 0, 0, 0])
        bytes.withUnsafeBytes { state.replay(BatchView(unchecked: $0)) }
        #expect(state.ongoingTransaction(of: 7) == nil)
        #expect(state.transactions.firstOffset == nil)
        #expect(state.remembered().first?.batches == [SequencedBatch(firstSequence: 5, lastSequence: 7, lastOffset: 2)])
        let next = batch(1, producer: 7, epoch: 2, sequence: 8, isTransactional: true)
        let decision = try next.withUnsafeBytes { try state.check(BatchView(unchecked: $0)) }
        #expect(decision == .next)
    }

    @Test func `producers with an open transaction outlive their age and their number`() {
        let state = ProducerState(limit: 20)
        for id in 0..<ProducerID(60) {
            let bytes = batch(1, producer: id, epoch: 0, sequence: 0, timestamp: 10, isTransactional: id % 3 == 0)
            bytes.withUnsafeBytes { raw in
                state.stage(BatchView(unchecked: raw), baseOffset: id, index: 0)
                state.commit(below: 1)
            }
        }
        state.expire(before: 1000)
        #expect(state.remembered().map(\.id) == Array(stride(from: 0, to: 60, by: 3)))
        #expect(state.transactions.openCount == 20)
        let end = EndTransactionMarker(producerID: 3, producerEpoch: 0, outcome: .abort, coordinatorEpoch: 0)
        state.replay(end, at: 60, timestamp: 20)
        state.expire(before: 1000)
        #expect(state.remembered().count == 19)
    }
}
