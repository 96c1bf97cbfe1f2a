// What a producer's next batch, or a coordinator's marker, must be. The rules are those of Kafka's ProducerAppendInfo:
//
//   a batch's epoch, and sequence                       decision
//   ---------------------------------------------------+------------------------------------------------------------
//   producer not known (new, expired, or all deleted)   | taken, whatever its sequence
//   older than the known epoch                          | fenced
//   the known epoch, one of the last five batches       | duplicate: answered with its first offset
//   the known epoch, next sequence (Int32.max → 0)      | taken
//   the known epoch, no batch of it yet, sequence 0     | taken: the epoch came with a marker
//   the known epoch, anything else                      | out of order
//   newer than the known epoch, sequence 0              | taken
//   newer than the known epoch, anything else           | out of order
//   taken, but without a transaction while one is open  | mismatch
//
//   a marker's epoch                                    | transaction version 0, 1    version 2
//   ----------------------------------------------------+------------------------------------------------
//   older than the known epoch                          | fenced                      fenced
//   the known epoch, transaction open                   | ends it                     fenced: a late marker
//   the known epoch, none open                          | taken, ends nothing         taken: sent again (KAFKA-19999)
//   newer, or producer not known                        | ends it, fences the older epoch
//   any of them, of an older coordinator than known     | coordinator fenced
internal import Records
internal import Vocabulary

extension ProducerState {
    /// Checks a batch against everything sent before, staged batches included.
    ///
    /// - Throws: `.producerFenced`, `.outOfOrderSequence`, `.transactionMismatch`.
    func check(_ batch: BatchView) throws(StorageError) -> SequenceDecision {
        guard let slot = slots[batch.producerID] else { return .next }
        let known = standing(of: slot)
        guard known.epoch >= 0 else { return .next }
        guard batch.producerEpoch >= known.epoch else {
            throw .producerFenced(producer: batch.producerID, got: batch.producerEpoch, current: known.epoch)
        }
        let first = batch.baseSequence
        var expected: Int32 = 0
        if batch.producerEpoch == known.epoch {
            let last = Sequence32.advance(first, by: batch.lastOffsetDelta)
            if let repeated = find(first, last, epoch: known.epoch, slot) { return .duplicate(repeated) }
            if let lastSequence = known.lastSequence { expected = Sequence32.advance(lastSequence, by: 1) }
        }
        guard first == expected else {
            throw .outOfOrderSequence(producer: batch.producerID, got: first, expected: expected)
        }
        guard known.transactionStart == nil || batch.isTransactional else {
            throw .transactionMismatch(producer: batch.producerID)
        }
        return .next
    }

    /// Checks a marker against everything sent before, staged batches included.
    ///
    /// - Throws: `.producerFenced`, `.coordinatorFenced`.
    func check(_ marker: EndTransactionMarker) throws(StorageError) {
        guard let slot = slots[marker.producerID] else { return }
        let known = standing(of: slot)
        let isSentAgain = marker.producerEpoch == known.epoch && known.transactionStart == nil
        let mustBeNewer = marker.transactionVersion >= 2 && !isSentAgain
        guard mustBeNewer ? marker.producerEpoch > known.epoch : marker.producerEpoch >= known.epoch else {
            throw .producerFenced(producer: marker.producerID, got: marker.producerEpoch, current: known.epoch)
        }
        if let current = known.coordinatorEpoch, marker.coordinatorEpoch < current {
            throw .coordinatorFenced(producer: marker.producerID, got: marker.coordinatorEpoch, current: current)
        }
    }

    /// The one of the last five batches, staged ones first, that has these sequences.
    private func find(_ first: Int32, _ last: Int32, epoch: ProducerEpoch, _ slot: Int32) -> SequencedBatch? {
        var looked = 0
        var place = entries![Int(slot)].newestStaged
        // A link below `committedStaged` leads to a batch that is among the remembered ones by now.
        while let at = place, Int(at) >= committedStaged, looked < places {
            let candidate = staged! + Int(at)
            guard candidate.pointee.standing.epoch == epoch else { return nil }
            if candidate.pointee.outcome == nil {
                let batch = candidate.pointee.batch
                if batch.firstSequence == first, batch.lastSequence == last { return batch }
                looked &+= 1
            }
            place = candidate.pointee.previous
        }
        guard entries![Int(slot)].standing.epoch == epoch else { return nil }
        var remembered = Int(entries![Int(slot)].count) &- 1
        while remembered >= 0, looked < places {
            let candidate = batches![Int(slot) &* places &+ remembered]
            if candidate.firstSequence == first, candidate.lastSequence == last { return candidate }
            remembered &-= 1
            looked &+= 1
        }
        return nil
    }
}
