// Transactions as a shard sees them: the first batch of one, which its coordinator has to know of, and the marker at its end.
internal import Coordination
internal import Host
internal import Records
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// Why a produced batch is refused, as the response says it.
struct StageRefusal: Error {
    let code: ErrorCode

    init(_ error: StorageError) { code = ErrorCode(error) }

    /// What Kafka makes of its coordinator's word for producers that know nothing of transaction version 2: a coordinator
    /// that can't tell now is asked again with the batch.
    init(_ refusal: CoordinationError) {
        switch refusal {
        case .producerFenced: code = .invalidProducerEpoch
        case .concurrentTransactions, .coordinatorLoadInProgress, .coordinatorNotAvailable: code = .notEnoughReplicas
        default: code = ErrorCode(refusal)
        }
    }
}

extension Shard {
    /// Stages a batch of a request that names a transactional id. The first batch of a transaction in a partition gets in
    /// only when the coordinator has the partition in the transaction: nobody would ever end it otherwise (KIP-890). The
    /// marker that ends the transaction can't overtake the batch: it is sent when the coordinator has closed the
    /// transaction, and reaches this loop behind this call.
    func stage(
        _ batch: UnsafeMutableRawBufferPointer, in partition: Partition, of transactionalID: String?
    ) throws(StageRefusal) -> StagedBatch {
        var admission = TransactionAdmission.none
        if let transactionalID { admission = try self.admission(of: batch, in: partition, transactionalID) }
        do throws(StorageError) { return try stage(batch, in: partition, admits: admission) } catch { throw StageRefusal(error) }
    }

    private func admission(
        of batch: UnsafeMutableRawBufferPointer, in partition: Partition, _ transactionalID: String
    ) throws(StageRefusal) -> TransactionAdmission {
        // Too short for a header: the door says so.
        guard batch.count >= BatchLayout.headerSize else { return .verified(nil) }
        let view = BatchView(unchecked: UnsafeRawBufferPointer(batch))
        let log = partition.log
        guard view.isTransactional, log.ongoingTransaction(of: view.producerID)?.producerEpoch != view.producerEpoch else {
            return .verified(nil)
        }
        let stamp = ProducerStamp(producerID: view.producerID, producerEpoch: view.producerEpoch)
        if let refusal = broker.transactions.refusal(ofWriteBy: stamp, transactionalID: transactionalID, to: log.partition) {
            throw StageRefusal(refusal)
        }
        return .verified(
            log.beginVerification(
                of: view.producerID, epoch: view.producerEpoch, sequence: view.baseSequence, beginsAtZero: false))
    }

    /// Stages a marker in a partition of this shard.
    ///
    /// - Parameter done: called once on this loop: `.none` when the marker is written and, where acknowledgements wait for
    ///   it, on the disk; `.unknownTopicOrPartition` when the partition is gone for good.
    func append(_ marker: EndTransactionMarker, to partition: TopicPartition, _ done: @escaping @Sendable (ErrorCode) -> Void) {
        guard case .here(let here) = place(topic(partition.topic), partition.partition) else {
            // What the catalogue has is there, if out of reach on a data directory that died.
            let isThere = broker.storage.topic(named: partition.topic).map { partition.partition < $0.partitionCount } ?? false
            return done(isThere ? .kafkaStorageError : .unknownTopicOrPartition)
        }
        do throws(StorageError) {
            let outcome = try here.log.stage(marker, timestampMilliseconds: WallClock.milliseconds())
            willWrite(here)
            // The counters tell of clients' records.
            var entry = StagedBatch(
                partition: here, baseOffset: outcome.baseOffset, nextOffset: outcome.nextOffset, logAppendTimeMilliseconds: -1,
                recordCount: 0, waitsForFlush: here.log.acksWaitForFlush)
            entry.reply = .marker(telling(groupsOf: partition, marker, done))
            staged.append(entry)
            stagedNeedOutcome = true
        } catch { done(ErrorCode(error)) }
    }

    /// The group coordinator hears of the end of a transaction in its log before anybody else: whoever sees the transaction
    /// completed sees its offsets too.
    private func telling(
        groupsOf partition: TopicPartition, _ marker: EndTransactionMarker, _ done: @escaping @Sendable (ErrorCode) -> Void
    ) -> @Sendable (ErrorCode) -> Void {
        guard InternalTopic.named(partition.topic) == .consumerOffsets else { return done }
        return { [broker] error in
            if error == .none {
                broker.post(to: Broker.groupsHome) { $0.groupDriver.transactionEnded(marker, offsetsPartition: partition.partition) }
            }
            done(error)
        }
    }
}

extension Broker {
    /// Has a marker appended to a partition of any shard; `done` is called once, on that shard's loop.
    func append(_ marker: EndTransactionMarker, to partition: TopicPartition, _ done: @escaping @Sendable (ErrorCode) -> Void) {
        post(to: owner(of: partition)) { $0.append(marker, to: partition, done) }
    }
}
