// The producers as values: into a snapshot and out of it.
internal import Vocabulary

extension ProducerState {
    struct Remembered: Equatable {
        var id: ProducerID
        var epoch: ProducerEpoch
        var coordinatorEpoch: Int32?
        var timestamp: Int64
        /// Of its newest batch or marker.
        var lastOffset: Offset
        var transactionStart: Offset?
        /// Oldest first. None when its epoch came with a marker.
        var batches: [SequencedBatch]
    }

    /// Every producer with a batch or a marker in the log, by id.
    func remembered() -> [Remembered] {
        slots.sorted { $0.key < $1.key }.compactMap { id, slot in
            let entry = entries![Int(slot)]
            guard entry.standing.epoch >= 0 else { return nil }
            let first = batches! + Int(slot) * places
            return Remembered(
                id: id, epoch: entry.standing.epoch, coordinatorEpoch: entry.standing.coordinatorEpoch,
                timestamp: entry.timestamp, lastOffset: entry.lastOffset, transactionStart: entry.standing.transactionStart,
                batches: (0..<Int(entry.count)).map { first[$0] })
        }
    }

    /// Takes up what a snapshot holds, in place of everything before.
    func restore(_ producers: [Remembered]) {
        removeAll()
        for producer in producers {
            let slot = Int(addProducer(producer.id))
            entries![slot].standing = ProducerStanding(
                epoch: producer.epoch, lastSequence: producer.batches.last?.lastSequence,
                transactionStart: producer.transactionStart, coordinatorEpoch: producer.coordinatorEpoch)
            entries![slot].timestamp = producer.timestamp
            entries![slot].lastOffset = producer.lastOffset
            entries![slot].count = Int8(producer.batches.count)
            for (place, batch) in producer.batches.enumerated() { batches![slot * places + place] = batch }
        }
        transactions.restore(producers.compactMap(\.transactionStart))
    }
}
