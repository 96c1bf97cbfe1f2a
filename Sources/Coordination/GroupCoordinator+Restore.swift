// From the log and to it: what a coordinator knows after a restart is what the records say, and nothing else.
package import Vocabulary

/// A record with the producer whose transaction it belongs to.
package struct StoredGroupRecord: Hashable, Sendable {
    package var record: GroupRecord
    /// Nil for a plain record.
    package var producerID: ProducerID?

    package init(_ record: GroupRecord, producerID: ProducerID? = nil) {
        self.record = record
        self.producerID = producerID
    }
}

extension GroupCoordinator {
    /// Takes in the next record of the log. Markers between the records are `apply(.transactionEnded)`, which has no effects.
    package mutating func replay(_ stored: StoredGroupRecord) {
        let name = stored.record.group
        let order = nextWriteID
        nextWriteID += 1
        if groups[name] == nil { groups[name] = Group(machine: GroupMachine(id: name), firstOrder: 0) }
        switch stored.record {
        case .group(_, let snapshot):
            groups[name]?.machine = snapshot.map { GroupMachine(id: name, $0) } ?? GroupMachine(id: name)
        case .offset(_, let partition, let committed?):
            groups[name]?.offsets.store(partition, OffsetTable.Entry(committed: committed, order: order), stored.producerID)
            if let producer = stored.producerID { transactionalGroups[producer, default: []].insert(name) }
        case .offset(_, let partition, nil): groups[name]?.offsets.delete(partition, order: order)
        }
        discardIfNothing(name)
    }

    /// Lets go of the groups of a partition of `__consumer_offsets` that could not be read to its end: what is known of them
    /// may be wrong.
    package mutating func forget(offsetsPartition: Int32) {
        for name in groups.keys where partition(of: name) == offsetsPartition { remove(name) }
    }

    /// Every partition that a group has a committed offset of.
    package var committedPartitions: Set<TopicPartition> {
        groups.values.reduce(into: []) { $0.formUnion($1.offsets.committed.keys) }
    }

    /// The log has been read: sessions begin.
    package mutating func begin(at now: Moment) -> [GroupEffect] {
        var turn = GroupTurn(now: now, settings: settings, effects: [], nextWriteID: nextWriteID)
        for name in groups.keys.sorted() { groups[name]?.machine.begin(&turn) }
        nextWriteID = turn.nextWriteID
        return turn.effects
    }

    /// The records that make this state: what a compacted log would hold. A group in the middle of a rebalance is stored as
    /// its members are now; offsets in flight are not stored.
    package var records: [StoredGroupRecord] {
        groups.keys.sorted().flatMap { name -> [StoredGroupRecord] in
            guard let group = groups[name] else { return [] }
            let offsets = group.offsets
            var records: [StoredGroupRecord] = []
            if group.machine.generation > 0 { records.append(StoredGroupRecord(.group(name, group.machine.snapshot()))) }
            // In the order of the writes, so that a transaction's offset that is older than a plain one stays older.
            var entries = offsets.committed.map { ($0.value.order, $0.key, $0.value.committed, ProducerID?.none) }
            for (producer, pending) in offsets.transactional {
                entries += pending.map { ($0.value.order, $0.key, $0.value.committed, Optional(producer)) }
            }
            entries.sort { ($0.0, $0.1.topic, $0.1.partition) < ($1.0, $1.1.topic, $1.1.partition) }
            return records + entries.map { StoredGroupRecord(.offset(group: name, $0.1, $0.2), producerID: $0.3) }
        }
    }
}
