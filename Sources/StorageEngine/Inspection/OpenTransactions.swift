// Transactions along a walk over a log: which abort markers must have an entry in a transaction index, and which none.
internal import Records
internal import Vocabulary

/// Follows the batches of a log in order, segment after segment. Memory: a number for each open transaction.
struct OpenTransactions {
    /// What the transaction index has to say of an abort marker.
    enum Expectation: Equatable {
        /// An entry that begins at `first`; below it where the walk may have missed the transaction's first records.
        case entry(first: Offset, isExact: Bool)
        /// No entry: the producer has no open transaction.
        case none
        /// Its transaction's records are not in the log any more, or could not be read.
        case unknown
    }

    /// Where the transactions begin that are open, by producer.
    private var firsts: [ProducerID: Offset] = [:]
    /// Whether the walk saw every record from offset 0 on.
    private var isComplete: Bool

    /// - Parameter isComplete: the walk begins at offset 0 of a log that compaction never touched.
    init(isComplete: Bool) { self.isComplete = isComplete }

    /// Part of the log could not be read: markers and first records may have been there.
    mutating func lost() {
        firsts.removeAll()
        isComplete = false
    }

    /// - Parameter batch: whole.
    /// - Returns: nil for a batch that is no abort marker.
    mutating func passed(_ batch: BatchView) -> Expectation? {
        guard batch.isControl else {
            // Of an emptied batch compaction left the sequences only: a start begins no transaction with it either.
            if batch.isTransactional, batch.recordCount > 0, firsts[batch.producerID] == nil {
                firsts[batch.producerID] = batch.baseOffset
            }
            return nil
        }
        let first = firsts.removeValue(forKey: batch.producerID)
        guard let marker = try? ControlBatch.marker(of: batch), marker.outcome == .abort else { return nil }
        if let first { return .entry(first: first, isExact: isComplete) }
        return isComplete ? Expectation.none : .unknown
    }
}
