// The tick's appends: one write a partition, then the outcomes, then those who waited for records.
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension Shard {
    /// Stages one batch. The caller keeps its memory until the tick ends.
    ///
    /// - Parameter admission: whether it may belong to a transaction.
    func stage(
        _ batch: UnsafeMutableRawBufferPointer, in partition: Partition, admits admission: TransactionAdmission = .none
    ) throws(StorageError) -> StagedBatch {
        let outcome = try partition.log.stage(batch, admits: admission)
        willWrite(partition)
        let count = Int(outcome.nextOffset &- outcome.baseOffset)
        return StagedBatch(
            partition: partition, baseOffset: outcome.baseOffset, nextOffset: outcome.nextOffset,
            logAppendTimeMilliseconds: outcome.logAppendTimeMilliseconds ?? -1,
            recordCount: outcome.isDuplicate ? 0 : count, waitsForFlush: partition.log.acksWaitForFlush)
    }

    /// Something is staged in the partition: it is written when the tick ends.
    func willWrite(_ partition: Partition) {
        guard !partition.isDirty else { return }
        partition.isDirty = true
        dirty.append(partition)
    }

    func writeStaged() {
        guard !dirty.isEmpty else { return }
        var hasFailed = false
        for partition in dirty {
            let start = partition.log.logEndOffset
            do {
                let report = try partition.log.writeStaged()
                counters.add(.logAppends, report.calls)
                counters.add(.logAppendBytes, report.bytes)
                ownSystemCalls &+= UInt64(report.calls)
                if report.bytes > 0 { partition.hot.appended(from: start, bytes: report.bytes, now: loop.now) }
            } catch {
                hasFailed = true
                counters.add(.errors)
                broker.log.limited(.writeFailed, "\(partition.log.partition): \(error)", BrokerLog.about(partition.log.partition))
            }
        }
        settle(hasFailed: hasFailed)
        let written = dirty
        dirty.removeAll(keepingCapacity: true)
        for partition in written {
            partition.isDirty = false
            if !partition.log.acksWaitForFlush { wake(partition) }
        }
    }

    private func settle(hasFailed: Bool) {
        for batch in staged where batch.recordCount > 0 {
            counters.add(.batchesIn)
            counters.add(.recordsIn, batch.recordCount)
        }
        if hasFailed || stagedNeedOutcome { for batch in staged { settle(batch) } }
        staged.removeAll(keepingCapacity: true)
        stagedNeedOutcome = false
    }

    private func settle(_ batch: StagedBatch) {
        let log = batch.partition.log
        if batch.nextOffset > log.logEndOffset {
            conclude(batch, ProduceOutcome(errorCode: .kafkaStorageError))
        } else if batch.waitsForFlush, batch.nextOffset > log.highWatermark {
            batch.partition.flushWaiters.append(Partition.FlushWaiter(nextOffset: batch.nextOffset, outcome: batch))
        } else {
            conclude(batch, success(batch))
        }
    }

    private func success(_ batch: StagedBatch) -> ProduceOutcome {
        ProduceOutcome(
            baseOffset: batch.baseOffset, logAppendTimeMilliseconds: batch.logAppendTimeMilliseconds,
            logStartOffset: batch.partition.log.logStartOffset)
    }

    /// Puts an outcome where it belongs. What is right already is left alone.
    private func conclude(_ batch: StagedBatch, _ outcome: ProduceOutcome) {
        if outcome.errorCode != .none { requests.patched(batch.reply, outcome.errorCode) }
        switch batch.reply {
        case .none: break
        case .output(let client, let version):
            if outcome.errorCode != .none { client.patchOutput(batch.position, outcome, version) }
        case .slot(let slot):
            if outcome.errorCode != .none { slot.patch(batch.position, outcome) }
            slot.finishOne()
        case .remote(let shard, let slot): tell(shard, slot, batch.position, outcome)
        case .coordinator(let append): settle(append, outcome.errorCode)
        case .marker(let done): done(outcome.errorCode)
        }
    }

    // MARK: durability

    func flushCompleted(_ partition: Partition, _ completion: FlushCompletion) {
        partition.log.flushCompleted(completion)
        counters.add(.flushes)
        requests.flushed(nanoseconds: completion.nanoseconds)
        if let error = completion.error {
            counters.add(.errors)
            broker.log.limited(.writeFailed, "\(partition.log.partition): \(error)", BrokerLog.about(partition.log.partition))
        }
        settleFlushWaiters(of: partition)
    }

    /// Answers the produces that the high watermark has passed, and all of them where it never will.
    func settleFlushWaiters(of partition: Partition) {
        let durable = partition.log.highWatermark
        let failed = partition.log.fault != nil
        var done = 0
        for waiter in partition.flushWaiters {
            if waiter.nextOffset <= durable {
                conclude(waiter.outcome, success(waiter.outcome))
            } else if failed {
                conclude(waiter.outcome, ProduceOutcome(errorCode: .kafkaStorageError))
            } else {
                break
            }
            done += 1
        }
        partition.flushWaiters.removeFirst(done)
        wake(partition)
    }

    // MARK: those who wait for records

    /// Lets the fetches that wait for this partition look again.
    func wake(_ partition: Partition) {
        if !partition.fetchWaiters.isEmpty {
            for slot in partition.fetchWaiters { slot.client?.lookAgain(slot) }
        }
        guard !partition.watchers.isEmpty else { return }
        for watcher in partition.watchers { send(.woken(slot: watcher.slot, round: watcher.round), to: watcher.shard) }
        partition.watchers.removeAll()
    }

    /// Answers everybody who waits for this partition, whatever there is.
    func wakeAll(_ partition: Partition) {
        for slot in partition.fetchWaiters { slot.client?.answerFetch(slot) }
        for waiter in partition.flushWaiters {
            conclude(waiter.outcome, ProduceOutcome(errorCode: .unknownTopicOrPartition))
        }
        partition.flushWaiters.removeAll()
        wake(partition)
    }
}
