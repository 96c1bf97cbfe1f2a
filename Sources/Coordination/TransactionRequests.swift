// What producers ask of a transaction coordinator, what it answers, and what it asks its driver to do.
package import Records
package import Vocabulary

package struct InitProducerIDRequest: Sendable {
    package var transactionalID: String
    package var timeoutMilliseconds: Int32
    /// What the producer believes itself to be, to go on after an error (KIP-360); nil for a new one.
    package var expected: ProducerStamp?
    /// An id that was never given out. Lost unless the reply names it.
    package var unusedProducerID: ProducerID
    package var apiVersion: Int16

    package init(
        transactionalID: String, timeoutMilliseconds: Int32, expected: ProducerStamp?, unusedProducerID: ProducerID, apiVersion: Int16
    ) {
        self.transactionalID = transactionalID
        self.timeoutMilliseconds = timeoutMilliseconds
        self.expected = expected
        self.unusedProducerID = unusedProducerID
        self.apiVersion = apiVersion
    }
}

/// A producer's word about its running transaction: who it is, and in which version of the request it speaks.
package struct TransactionalProducer: Sendable {
    package var transactionalID: String
    package var stamp: ProducerStamp
    package var apiVersion: Int16

    package init(transactionalID: String, stamp: ProducerStamp, apiVersion: Int16) {
        self.transactionalID = transactionalID
        self.stamp = stamp
        self.apiVersion = apiVersion
    }
}

/// What happens to a transaction coordinator.
package enum TransactionEvent: Sendable {
    case initProducerID(InitProducerIDRequest, ReplyToken)
    case addPartitions(TransactionalProducer, [TopicPartition], ReplyToken)
    /// The group's partition of `__consumer_offsets` joins the transaction.
    case addOffsets(TransactionalProducer, group: String, ReplyToken)
    case endTransaction(TransactionalProducer, EndTransactionMarker.Outcome, ReplyToken)
    /// A state record is in the log, or never will be.
    case written(WriteID, transactionalID: String, CoordinationError?)
    /// The transaction's marker is in the partition's log, or the partition is gone.
    case markerWritten(transactionalID: String, ProducerStamp, TopicPartition)
    /// The time the coordinator asked to be woken at has come.
    case tick
    /// Now and then (Kafka: every hour): forget ids that nobody used for long.
    case expire
}

package enum TransactionReply: Hashable, Sendable {
    case initProducerID(Result<ProducerStamp, CoordinationError>)
    /// For every partition alike.
    case addPartitions(CoordinationError?)
    case addOffsets(CoordinationError?)
    case endTransaction(CoordinationError?)
}

/// What the driver does, in the order given.
package enum TransactionEffect: Hashable, Sendable {
    case reply(ReplyToken, TransactionReply)
    /// Append to the id's partition of `__transaction_state`, then report `written`.
    case write(WriteID, TransactionRecord)
    /// Append the marker to each partition, again and again until it is there, and report each. It may be there already.
    case sendMarkers(TransactionMarkers)
    /// Send `tick` at this time, instead of the time asked for before. Early is harmless.
    case wake(atNanoseconds: UInt64)
}

/// The end of one transaction, for every partition that took part.
package struct TransactionMarkers: Hashable, Sendable {
    package var transactionalID: String
    package var stamp: ProducerStamp
    package var outcome: EndTransactionMarker.Outcome
    package var coordinatorEpoch: Int32
    package var partitions: [TopicPartition]

    package var marker: EndTransactionMarker {
        EndTransactionMarker(
            producerID: stamp.producerID, producerEpoch: stamp.producerEpoch, outcome: outcome, coordinatorEpoch: coordinatorEpoch)
    }
}

/// A transactional id as DescribeTransactions and ListTransactions show it.
package struct TransactionDescription: Hashable, Sendable {
    package var transactionalID: String
    package var state: TransactionState
    package var producerID: ProducerID
    /// Nil until the first record is in the log.
    package var producerEpoch: ProducerEpoch?
    package var timeoutMilliseconds: Int32
    package var startedMilliseconds: Int64?
    /// While it is being ended, those that have no marker yet.
    package var partitions: [TopicPartition]
}
