// From the log and to it: what a coordinator knows after a restart is the last record of each id.

extension TransactionCoordinator {
    /// Takes in the next record of the log.
    package mutating func replay(_ record: TransactionRecord) {
        let id = record.transactionalID
        guard let snapshot = record.snapshot else { return forget(id) }
        let transaction = Transaction(
            producerID: snapshot.producerID, timeoutMilliseconds: snapshot.timeoutMilliseconds,
            updatedMilliseconds: snapshot.updatedMilliseconds)
        forget(id)
        transactions[id] = transaction
        enter(id, Transaction.Next(snapshot: snapshot, previousEpoch: nil))
    }

    /// The log has been read: transactions that were decided go on to their end, and the clocks of the others run.
    ///
    /// Markers that were written before the restart are sent again: a partition without an open transaction of the producer
    /// takes them as they are.
    package mutating func begin(at now: Moment) -> [TransactionEffect] {
        var turn = Turn(now: now)
        for id in transactions.keys.sorted() { goOn(id, &turn) }
        return turn.effects
    }

    /// The records that make this state: what a compacted log would hold.
    package var records: [TransactionRecord] {
        transactions.keys.sorted().compactMap { id in
            transactions[id]?.snapshot.map { TransactionRecord(transactionalID: id, snapshot: $0) }
        }
    }
}
