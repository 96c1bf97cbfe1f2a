// How a producer cuts what it sends into transactions.

package struct TransactionPlan: Equatable, Sendable {
    /// The transactional id: whoever begins with it next ends what this producer has left open.
    package var id: String
    /// Records after which a transaction ends.
    package var records: Int
    /// After its first record it ends at the latest.
    package var nanoseconds: UInt64
    /// Of all transactions, those that are aborted on purpose: evenly spread, so that the share holds over any stretch.
    package var abortShare: Double
    /// After which the broker aborts one whose producer says nothing.
    package var timeoutMilliseconds: Int32 = 60_000
    /// Report a batch, and free its memory, when its leader has answered, as Kafka's own producer does; else when its transaction has
    /// ended. What then becomes of it only `transactionEnded` says.
    package var reportsAnswers = false

    package init(id: String, records: Int, nanoseconds: UInt64, abortShare: Double = 0) {
        precondition(records > 0 && nanoseconds > 0 && (0..<1).contains(abortShare), "transactions of \(records) records, \(abortShare) of them aborted")
        self.id = id
        self.records = records
        self.nanoseconds = nanoseconds
        self.abortShare = abortShare
    }
}

/// A transaction that has ended. Times are CLOCK_MONOTONIC nanoseconds.
package struct EndedTransaction: Equatable, Sendable {
    package let isCommitted: Bool
    package let records: Int
    /// When the producer was looked at first after its first record was handed over.
    package let startedAt: UInt64
    /// When every batch had its answer and the coordinator was asked to end it.
    package let endAskedAt: UInt64
    package let endedAt: UInt64
}
