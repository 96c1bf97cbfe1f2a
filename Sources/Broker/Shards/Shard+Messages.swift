// What other shards ask of this one, and what they answer.
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension Shard {
    func receive(_ messages: ContiguousArray<ShardMessage>) {
        for message in messages { receive(message) }
    }

    private func receive(_ message: ShardMessage) {
        switch message {
        case .produce(let from, let slot, let position, let topic, let partition, let transactionalID, let batch):
            append(batch.value, topic, partition, transactionalID, from, slot, position)
        case .produced(let slot, let position, let outcome):
            if outcome.errorCode != .none { ErrorTally.add(outcome.errorCode, to: requests.errors) }
            slot.value.patch(position, outcome)
            slot.value.finishOne()
        case .read(let from, let slot, let round, let entry, let topic, let partition, let wanted):
            let outcome = plan(topic, partition, wanted)
            send(.planned(slot: slot, round: round, entry: entry, outcome: LoopBound(outcome)), to: from)
        case .planned(let slot, let round, let entry, let outcome):
            slot.value.client?.planned(slot.value, round, entry, outcome.value)
        case .watch(let from, let slot, let round, let topic, let partition, let end):
            watch(Partition.Watcher(shard: from, slot: slot, round: round), topic, partition, end)
        case .unwatch(let from, let slot, let topic, let partition):
            guard case .here(let partition) = place(self.topic(topic), partition) else { return }
            partition.watchers.removeAll { $0.shard == from && $0.slot.value === slot.value }
        case .woken(let slot, let round):
            slot.value.client?.woken(slot.value, round)
        }
    }

    private func plan(_ topic: String, _ index: Int32, _ wanted: ReadRequest) -> ReadOutcome {
        guard case .here(let partition) = place(self.topic(topic), index) else {
            return ReadOutcome(errorCode: .unknownTopicOrPartition)
        }
        return read(partition, wanted)
    }

    /// Watches from the end the asker has seen; tells at once when there is more already.
    private func watch(_ watcher: Partition.Watcher, _ topic: String, _ index: Int32, _ end: Offset) {
        guard case .here(let partition) = place(self.topic(topic), index), partition.log.highWatermark == end else {
            return send(.woken(slot: watcher.slot, round: watcher.round), to: watcher.shard)
        }
        partition.watchers.append(watcher)
    }
}
