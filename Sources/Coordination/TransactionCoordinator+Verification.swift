// Whether a producer's transaction has a partition: what the partition asks before it takes the transaction's first batch.
package import Vocabulary

extension TransactionCoordinator {
    /// Why a producer may not write to a partition in its transaction; nil when it may.
    ///
    /// The answer is good until the coordinator takes its next event: a decision to end the transaction, though not in the
    /// log yet, refuses already.
    ///
    /// - Parameter transactionalID: which the producer says it is; nil when it does not say.
    /// - Returns: `concurrentTransactions` while the transaction is being ended; `invalidTransactionState` when none is open,
    ///   or not there; `producerFenced`, `invalidProducerIDMapping`.
    /// - Source: `handleVerifyPartitionsInTransaction` in Kafka's TransactionCoordinator.
    package func refusal(
        ofWriteBy stamp: ProducerStamp, transactionalID: String?, to partition: TopicPartition
    ) -> CoordinationError? {
        guard let holder = holders[stamp.producerID], transactionalID.map({ $0 == holder }) ?? true,
            let transaction = transactions[holder]
        else { return .invalidProducerIDMapping }
        guard transaction.producerEpoch == stamp.producerEpoch else { return .producerFenced }
        if transaction.outcome != nil { return .concurrentTransactions }
        if let transition = transaction.transition, transition.next.snapshot.state != .ongoing { return .concurrentTransactions }
        return transaction.state == .ongoing && transaction.partitions.contains(partition) ? nil : .invalidTransactionState
    }
}
