// Batches that are not staged where their request is read: another shard's, and those that are re-compressed first.
internal import Reactor
internal import Records
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension Shard {
    /// Appends a batch for a request that waits in a slot of `shard`, which may be this one. It stays valid until then.
    func append(
        _ batch: UnsafeMutableRawBufferPointer, _ topic: String, _ index: Int32, _ transactionalID: String?, _ shard: Int,
        _ slot: LoopBound<RequestSlot>, _ position: Int
    ) {
        guard case .here(let partition) = place(self.topic(topic), index) else {
            return tell(shard, slot, position, ProduceOutcome(errorCode: .unknownTopicOrPartition))
        }
        if isRecoded(batch, in: partition) { return recode(batch, in: partition, transactionalID, shard, slot, position) }
        stage(batch, in: partition, transactionalID, shard, slot, position)
    }

    private func stage(
        _ batch: UnsafeMutableRawBufferPointer, in partition: Partition, _ transactionalID: String?, _ shard: Int,
        _ slot: LoopBound<RequestSlot>, _ position: Int
    ) {
        do throws(StageRefusal) {
            var entry = try stage(batch, in: partition, of: transactionalID)
            entry.position = position
            entry.reply = .remote(shard: shard, slot: slot)
            staged.append(entry)
            stagedNeedOutcome = true
        } catch {
            fail(partition, error, shard, slot, position)
        }
    }

    private func fail(
        _ partition: Partition, _ refusal: StageRefusal, _ shard: Int, _ slot: LoopBound<RequestSlot>, _ position: Int
    ) {
        counters.add(.errors)
        let outcome = ProduceOutcome(errorCode: refusal.code, logStartOffset: partition.log.logStartOffset)
        tell(shard, slot, position, outcome)
    }

    /// Puts an outcome into a response that waits for it, here or on another shard.
    func tell(_ shard: Int, _ slot: LoopBound<RequestSlot>, _ position: Int, _ outcome: ProduceOutcome) {
        guard shard == index else { return send(.produced(slot: slot, position: position, outcome: outcome), to: shard) }
        slot.value.patch(position, outcome)
        slot.value.finishOne()
    }

    // MARK: re-compression

    /// Whether a batch has to be re-compressed, or to wait behind those that are.
    @inline(__always)
    func isRecoded(_ batch: UnsafeMutableRawBufferPointer, in partition: Partition) -> Bool {
        partition.recoding > 0 || partition.log.demandedCodec(of: UnsafeRawBufferPointer(batch)) != nil
    }

    private func recode(
        _ batch: UnsafeMutableRawBufferPointer, in partition: Partition, _ transactionalID: String?, _ shard: Int,
        _ slot: LoopBound<RequestSlot>, _ position: Int
    ) {
        let recoder = self.recoder ?? Recoder()
        self.recoder = recoder
        partition.recoding += 1
        let home = LoopBound(self)
        let bound = LoopBound(partition)
        recoder.recode(
            LoopBound(batch), to: partition.log.demandedCodec(of: UnsafeRawBufferPointer(batch)),
            limitBytes: partition.log.configuration.maximumMessageBytes
        ) { [loop] outcome in
            loop.post { home.value.recoded(outcome, bound.value, transactionalID, shard, slot, position) }
        }
    }

    private func recoded(
        _ outcome: Result<LoopBound<Recoder.Outcome>, StorageError>, _ partition: Partition, _ transactionalID: String?, _ shard: Int,
        _ slot: LoopBound<RequestSlot>, _ position: Int
    ) {
        partition.recoding -= 1
        switch outcome {
        case .failure(let error): fail(partition, StageRefusal(error), shard, slot, position)
        case .success(let done):
            if let made = done.value.made {
                counters.add(.batchesRecoded)
                recodedThisTick.append(made)
            }
            stage(done.value.batch, in: partition, transactionalID, shard, slot, position)
        }
    }

    /// The tick's batches are written: what was made for them may go.
    func letGoOfRecoded() {
        guard !recodedThisTick.isEmpty else { return }
        recoder?.letGo(recodedThisTick.reduce(0) { $0 + $1.bytes.count })
        recodedThisTick.removeAll()
    }
}
