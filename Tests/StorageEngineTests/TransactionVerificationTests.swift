import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct TransactionVerificationTests {
    private func take(_ rig: Rig, _ sequence: Int32, epoch: ProducerEpoch = 0, _ given: TransactionVerification?) throws -> Staged {
        let bytes = batch(1, producer: 7, epoch: epoch, sequence: sequence, isTransactional: true)
        return try rig.log.stage(rig.buffers.hold(bytes), admits: .verified(given))
    }

    private func ask(_ rig: Rig, _ sequence: Int32 = 0, epoch: ProducerEpoch = 0, beginsAtZero: Bool = true) -> TransactionVerification? {
        rig.log.beginVerification(of: 7, epoch: epoch, sequence: sequence, beginsAtZero: beginsAtZero)
    }

    private let refused = StorageError.transactionNotVerified(producer: 7)

    @Test func `a transaction begins with a confirmed batch only, and goes on without asking`() throws {
        let rig = try Rig()
        #expect(throws: refused) { try take(rig, 0, nil) }
        let question = try #require(ask(rig))
        #expect(ask(rig) == question)
        #expect(throws: refused) { try take(rig, 0, nil) }
        #expect(try take(rig, 0, question).baseOffset == 0)
        // Staged is enough to have begun.
        #expect(ask(rig, 1) == nil)
        #expect(try take(rig, 1, nil).baseOffset == 1)
        _ = try rig.write()
        #expect(try take(rig, 2, nil).baseOffset == 2)
        #expect(try take(rig, 1, nil).isDuplicate)
    }

    @Test func `an answer counts for nothing once a marker was written`() throws {
        let rig = try Rig()
        let question = try #require(ask(rig))
        try rig.end(.abort(7, epoch: 0))
        #expect(throws: refused) { try take(rig, 0, question) }
        // The next transaction asks anew, and the first one's answer does not open it.
        let next = try #require(ask(rig))
        #expect(next != question)
        #expect(throws: refused) { try take(rig, 0, question) }
        #expect(try !take(rig, 0, next).isDuplicate)
        #expect(throws: refused) { try take(rig, 0, epoch: 1, next) }
    }

    @Test func `a batch whose transaction ended behind its back begins no other`() throws {
        let rig = try Rig()
        _ = try take(rig, 0, ask(rig))
        try rig.end(.commit(7))
        #expect(throws: refused) { try take(rig, 1, nil) }
        #expect(rig.log.lastStableOffset == 2)
        _ = try take(rig, 1, ask(rig, 1))
        #expect(rig.log.ongoingTransaction(of: 7) == OngoingTransaction(firstOffset: 2, producerEpoch: 0))
    }

    @Test func `a later batch does not overtake the first one that asked`() throws {
        let rig = try Rig()
        let question = ask(rig, 3, beginsAtZero: false)
        #expect(ask(rig, 5, beginsAtZero: false) == question)
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 5, expected: 3)) { try take(rig, 5, question) }
        #expect(ask(rig, 2, beginsAtZero: false) == question)
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 3, expected: 2)) { try take(rig, 3, question) }
        #expect(try !take(rig, 2, question).isDuplicate)
    }

    @Test func `an unknown producer with an epoch a transaction begins at zero`() throws {
        let rig = try Rig()
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 4, expected: 0)) { try take(rig, 4, ask(rig, 4)) }
        // Of an older kind of producer the first batches may be gone by retention.
        let other = try Rig()
        #expect(try !take(other, 4, ask(other, 4, beginsAtZero: false)).isDuplicate)
    }

    @Test func `questions are bounded, the oldest is forgotten`() {
        var questions = TransactionVerifications(limit: 3)
        let asked = (0..<5).map { questions.begin(ProducerID($0), epoch: 0, sequence: 0, beginsAtZero: true) }
        for producer in 0..<5 {
            let bytes = batch(1, producer: ProducerID(producer), epoch: 0, sequence: 0, isTransactional: true)
            let isOpen: Bool = bytes.withUnsafeBytes {
                (try? questions.check(BatchView(unchecked: $0), asked[producer], isProducerKnown: false)) != nil
            }
            #expect(isOpen == (producer >= 2))
        }
    }

    @Test func `a restart forgets what was asked, not what has begun`() throws {
        let rig = try Rig()
        _ = try take(rig, 0, ask(rig))
        _ = try rig.write()
        try rig.crash()
        #expect(ask(rig, 1) == nil)
        _ = try take(rig, 1, nil)
        try rig.end(.commit(7))
        let question = ask(rig, 2)
        try rig.reopen()
        #expect(throws: refused) { try take(rig, 2, question) }
    }
}
