// What of a fetch answer a reader of committed records passes over.
internal import Records
internal import Vocabulary
internal import Wire

/// Walks along one partition's batches and knows which belong to a transaction that was aborted.
///
/// A batch is aborted when its producer is in the set; a producer enters it at the first offset of an aborted transaction
/// and leaves it at the transaction's marker.
struct AbortedBatches {
    /// The latest first, so that the next one is the last.
    private var ahead: [FetchResponse.AbortedTransaction]
    private var producers: Set<ProducerID> = []

    /// - Parameter transactions: as the answer lists them; empty for a reader of everything.
    init(_ transactions: [FetchResponse.AbortedTransaction]) {
        ahead = transactions.sorted { $0.firstOffset > $1.firstOffset }
    }

    /// Whether the batch is part of an aborted transaction. To be asked for every batch, in order.
    mutating func includes(_ batch: BatchView) -> Bool {
        while let next = ahead.last, next.firstOffset < batch.nextOffset {
            producers.insert(next.producerID)
            ahead.removeLast()
        }
        if batch.isControl, let marker = try? ControlBatch.marker(of: batch), marker.outcome == .abort {
            producers.remove(batch.producerID)
        }
        return batch.isTransactional && producers.contains(batch.producerID)
    }
}
