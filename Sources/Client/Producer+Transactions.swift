// A producer whose records count once their transaction is committed.
internal import Host
internal import Records
internal import Vocabulary
internal import Wire

extension Producer {
    /// Handed over and not yet answered by their leader: what a transaction waits for before it ends.
    var unansweredRecords: UInt64 { unacknowledgedRecords &- uncommittedRecords }

    /// Whether a transaction is being ended: until that is done nothing is taken.
    package var isEndingTransaction: Bool { transaction?.room == 0 }

    /// Whether records were handed over whose transaction has not ended yet.
    package var hasOpenTransaction: Bool { transaction?.hasRecords ?? false }

    /// What the open transaction has goes, and the transaction ends.
    package func endTransaction() { transaction?.flush() }

    /// The coordinator counts a partition in: its batches may go.
    func mayGo(_ partition: Int32) {
        if hasDue(partition) { markReady(partition) }
    }

    /// Answered, and kept until its transaction has ended.
    func keep(_ slot: Int32, _ answer: BatchAnswer) {
        slots[slot].pointee.answer = answer
        uncommittedRecords &+= UInt64(slots[slot].pointee.builder.recordCount)
        uncommitted.append(slot, slots.slots)
    }

    /// Every batch of a transaction has its outcome.
    func settleTransaction(_ ended: EndedTransaction) {
        reportUncommitted(failure: nil, isAborted: !ended.isCommitted, at: ended.endedAt)
        handler.transactionEnded(ended)
    }

    /// No transaction will be ended any more: nothing of what was sent counts, and nothing more is.
    func abandonTransactions(_ failure: ProduceFailure, _ now: UInt64) {
        reportUncommitted(failure: failure, isAborted: false, at: now)
        for partition in 0..<partitionCount { giveUp(partition, now) }
    }

    private func reportUncommitted(failure: ProduceFailure?, isAborted: Bool, at now: UInt64) {
        while let slot = uncommitted.head {
            uncommitted.remove(slot, slots.slots)
            uncommittedRecords &-= UInt64(slots[slot].pointee.builder.recordCount)
            guard let answer = slots[slot].pointee.answer else { continue }
            report(slot, answer, failure: failure, isAborted: isAborted, at: now)
        }
    }

    /// Finds the coordinator of `plan`, ends what an earlier producer of the same id has left open, and takes its place. Blocks.
    ///
    /// - Returns: where the coordinator is, and the identity to produce with.
    static func begin(
        _ plan: TransactionPlan, _ bootstrap: BrokerAddress, _ options: ConnectionOptions
    ) throws(ClientError) -> (coordinator: BrokerAddress, id: ProducerID, epoch: ProducerEpoch) {
        let cluster = try Cluster([bootstrap], options)
        let deadline = MonotonicClock.now() + beginNanoseconds
        while true {
            let coordinator = try cluster.coordinator(ofTransactions: plan.id)
            do throws(ClientError) {
                let identity = try coordinator.initProducerID(plan.id, timeoutMilliseconds: plan.timeoutMilliseconds)
                return (coordinator.broker, identity.id, identity.epoch)
            } catch {
                // What was left open is being aborted, or the coordinator has just moved.
                guard case .broker(let code, _) = error, code.isRetriable, MonotonicClock.now() < deadline else { throw error }
                MonotonicClock.sleep(nanoseconds: 20_000_000)
            }
        }
    }

    private static var beginNanoseconds: UInt64 { 15_000_000_000 }
}
