// Which batches belong to aborted transactions, and which markers have nothing left to mark.
internal import Records
internal import Vocabulary

/// Follows one walk over a log from its start (or from where no transaction that is decided later began). Source: Kafka
/// `CleanedTransactionMetadata`.
struct CompactedTransactions {
    private let aborted: [AbortedTransaction]
    private var nextAborted = 0
    /// Open in the walk and to be aborted, with whether a batch of it was met.
    private var aborting: [ProducerID: (transaction: AbortedTransaction, hasData: Bool)] = [:]
    private var committing: Set<ProducerID> = []

    init(aborted: [AbortedTransaction]) {
        self.aborted = aborted.sorted { $0.firstOffset < $1.firstOffset }
    }

    /// Whether a data batch is to go.
    mutating func isAborted(producer: ProducerID, isTransactional: Bool, lastOffset: Offset) -> Bool {
        take(upTo: lastOffset)
        guard isTransactional else { return false }
        if aborting[producer] != nil {
            aborting[producer]?.hasData = true
            return true
        }
        committing.insert(producer)
        return false
    }

    enum Ended: Equatable {
        /// The log has no data of the transaction any more.
        case withoutData
        case committed
        /// Readers that are under way still need to know of it.
        case aborted(AbortedTransaction)
    }

    /// What the transaction was that a marker ends.
    mutating func end(_ outcome: EndTransactionMarker.Outcome, producer: ProducerID, lastOffset: Offset) -> Ended {
        take(upTo: lastOffset)
        switch outcome {
        case .commit: return committing.remove(producer) == nil ? .withoutData : .committed
        case .abort:
            guard let ended = aborting.removeValue(forKey: producer), ended.hasData else { return .withoutData }
            return .aborted(ended.transaction)
        }
    }

    private mutating func take(upTo offset: Offset) {
        while nextAborted < aborted.count, aborted[nextAborted].firstOffset <= offset {
            let transaction = aborted[nextAborted]
            nextAborted += 1
            if aborting[transaction.producerID] == nil { aborting[transaction.producerID] = (transaction, false) }
        }
    }
}
