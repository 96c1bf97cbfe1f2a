// What a partition remembers of its idempotent producers: epoch and last five batches each. A batch that is staged
// but not written counts for the checks of the batches behind it, and for nothing else until it is committed.
internal import Records
internal import Vocabulary

/// The producers of one partition. No memory until the first one.
final class ProducerState {
    private struct Entry {
        var id: ProducerID
        var epoch: ProducerEpoch
        /// Batches remembered, oldest first in the entry's five places.
        var count: Int8
        /// The newest staged batch of this producer: its place in `staged`.
        var newestStaged: Int32?
        /// Of the newest batch, by its records' time.
        var timestamp: Int64
    }

    private struct StagedBatch {
        var slot: Int32
        var epoch: ProducerEpoch
        var batch: SequencedBatch
        var timestamp: Int64
        /// The staged batch of the same producer before this one.
        var previous: Int32?
        /// Place among all staged batches.
        var index: Int
    }

    private var slots: [ProducerID: Int32] = [:]
    private var entries: UnsafeMutablePointer<Entry>?
    private var batches: UnsafeMutablePointer<SequencedBatch>?
    private var capacity = 0
    private var used = 0
    private var free: [Int32] = []
    private var staged: UnsafeMutablePointer<StagedBatch>?
    private var stagedCapacity = 0
    private var stagedCount = 0
    private var committedStaged = 0

    private let places = StorageLimits.batchesPerProducer
    private let limit: Int

    /// - Parameter limit: producers remembered at most.
    init(limit: Int = StorageLimits.producersPerPartition) { self.limit = limit }

    deinit {
        entries?.deallocate()
        batches?.deallocate()
        staged?.deallocate()
    }

    /// Producers remembered.
    var count: Int { slots.count }

    /// Checks a batch against everything sent before, staged batches included.
    ///
    /// - Throws: `.producerFenced`, `.outOfOrderSequence`.
    func check(_ batch: BatchView) throws(StorageError) -> SequenceDecision {
        guard let slot = slots[batch.producerID] else { return .next }
        let entry = entries! + Int(slot)
        let newest = newest(of: slot)
        guard let newest else { return .next }
        let first = batch.baseSequence
        let last = Sequence32.advance(first, by: batch.lastOffsetDelta)
        guard batch.producerEpoch >= newest.epoch else {
            throw .producerFenced(producer: batch.producerID, got: batch.producerEpoch, current: newest.epoch)
        }
        guard batch.producerEpoch == newest.epoch else {
            // A new epoch starts its sequences anew.
            guard first == 0 else { throw .outOfOrderSequence(producer: batch.producerID, got: first, expected: 0) }
            return .next
        }
        if let repeated = find(first, last, entry.pointee, slot) { return .duplicate(repeated) }
        let expected = Sequence32.advance(newest.lastSequence, by: 1)
        guard first == expected else {
            throw .outOfOrderSequence(producer: batch.producerID, got: first, expected: expected)
        }
        return .next
    }

    private func newest(of slot: Int32) -> (epoch: ProducerEpoch, lastSequence: Int32)? {
        let entry = entries![Int(slot)]
        if let place = entry.newestStaged {
            let batch = staged![Int(place)]
            return (batch.epoch, batch.batch.lastSequence)
        }
        guard entry.count > 0 else { return nil }
        return (entry.epoch, batches![Int(slot) &* places &+ Int(entry.count) &- 1].lastSequence)
    }

    /// The one of the last five batches, staged ones first, that has these sequences.
    private func find(_ first: Int32, _ last: Int32, _ entry: Entry, _ slot: Int32) -> SequencedBatch? {
        var looked = 0
        var place = entry.newestStaged
        var epoch = entry.epoch
        // A link below `committedStaged` leads to a batch that is among the remembered ones by now.
        while let at = place, Int(at) >= committedStaged, looked < places {
            let candidate = staged![Int(at)]
            if looked == 0 { epoch = candidate.epoch } else if candidate.epoch != epoch { return nil }
            if candidate.batch.firstSequence == first, candidate.batch.lastSequence == last { return candidate.batch }
            place = candidate.previous
            looked &+= 1
        }
        guard epoch == entry.epoch else { return nil }
        var remembered = Int(entry.count) &- 1
        while remembered >= 0, looked < places {
            let candidate = batches![Int(slot) &* places &+ remembered]
            if candidate.firstSequence == first, candidate.lastSequence == last { return candidate }
            remembered &-= 1
            looked &+= 1
        }
        return nil
    }

    /// Takes up a checked batch that begins at `baseOffset` and is the `index`-th staged one.
    func stage(_ batch: BatchView, baseOffset: Offset, index: Int) {
        let slot = slots[batch.producerID] ?? addProducer(batch.producerID)
        if stagedCount == stagedCapacity { growStaged() }
        let sequenced = SequencedBatch(
            firstSequence: batch.baseSequence,
            lastSequence: Sequence32.advance(batch.baseSequence, by: batch.lastOffsetDelta),
            lastOffset: baseOffset &+ Offset(batch.lastOffsetDelta))
        (staged! + stagedCount).initialize(
            to: StagedBatch(
                slot: slot, epoch: batch.producerEpoch, batch: sequenced, timestamp: batch.maxTimestamp,
                previous: entries![Int(slot)].newestStaged, index: index))
        entries![Int(slot)].newestStaged = Int32(truncatingIfNeeded: stagedCount)
        stagedCount &+= 1
    }

    /// The staged batches with an index below `index` are in the log.
    func commit(below index: Int) {
        while committedStaged < stagedCount, staged![committedStaged].index < index {
            commit(staged![committedStaged], at: committedStaged)
            committedStaged &+= 1
        }
        if committedStaged == stagedCount { (stagedCount, committedStaged) = (0, 0) }
    }

    private func commit(_ batch: StagedBatch, at place: Int) {
        let slot = Int(batch.slot)
        if entries![slot].newestStaged == Int32(place) { entries![slot].newestStaged = nil }
        if entries![slot].epoch != batch.epoch {
            entries![slot].epoch = batch.epoch
            entries![slot].count = 0
        }
        let first = batches! + slot * places
        if entries![slot].count == places {
            first.update(from: first + 1, count: places - 1)
            entries![slot].count -= 1
        }
        first[Int(entries![slot].count)] = batch.batch
        entries![slot].count += 1
        entries![slot].timestamp = batch.timestamp
    }

    /// The staged batches that are not committed never happened.
    func discardStaged() {
        while stagedCount > committedStaged {
            stagedCount -= 1
            let batch = staged![stagedCount]
            let previous = batch.previous.flatMap { Int($0) >= committedStaged ? $0 : nil }
            entries![Int(batch.slot)].newestStaged = previous
        }
        (stagedCount, committedStaged) = (0, 0)
    }

    /// Takes up a batch that stands in the log.
    func replay(_ batch: BatchView) {
        guard batch.hasProducer, !batch.isControl else { return }
        stage(batch, baseOffset: batch.baseOffset, index: 0)
        commit(below: 1)
    }

    private func addProducer(_ id: ProducerID) -> Int32 {
        if slots.count >= limit { evict() }
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
        } else {
            if used == capacity { grow() }
            slot = Int32(used)
            used += 1
        }
        (entries! + Int(slot)).initialize(to: Entry(id: id, epoch: -1, count: 0, newestStaged: nil, timestamp: 0))
        slots[id] = slot
        return slot
    }

    /// Forgets producers that sent nothing since `timestamp`.
    func expire(before timestamp: Int64) {
        for (id, slot) in slots where entries![Int(slot)].timestamp < timestamp && entries![Int(slot)].newestStaged == nil {
            slots[id] = nil
            free.append(slot)
        }
    }

    /// Forgets the tenth that sent nothing for longest.
    private func evict() {
        let idle = slots.values.filter { entries![Int($0)].newestStaged == nil && entries![Int($0)].count > 0 }
            .sorted { lastOffset(of: $0) < lastOffset(of: $1) }
        for slot in idle.prefix(max(1, idle.count / 10)) {
            slots[entries![Int(slot)].id] = nil
            free.append(slot)
        }
    }

    private func lastOffset(of slot: Int32) -> Offset {
        batches![Int(slot) * places + Int(entries![Int(slot)].count) - 1].lastOffset
    }

    private func grow() {
        let larger = max(4, capacity * 2)
        let newEntries = UnsafeMutablePointer<Entry>.allocate(capacity: larger)
        let newBatches = UnsafeMutablePointer<SequencedBatch>.allocate(capacity: larger * places)
        newBatches.initialize(repeating: SequencedBatch(firstSequence: 0, lastSequence: 0, lastOffset: 0), count: larger * places)
        if let entries, let batches {
            newEntries.initialize(from: entries, count: used)
            newBatches.update(from: batches, count: used * places)
        }
        entries?.deallocate()
        batches?.deallocate()
        (entries, batches, capacity) = (newEntries, newBatches, larger)
    }

    private func growStaged() {
        let larger = max(16, stagedCapacity * 2)
        let memory = UnsafeMutablePointer<StagedBatch>.allocate(capacity: larger)
        if let staged { memory.initialize(from: staged, count: stagedCount) }
        staged?.deallocate()
        (staged, stagedCapacity) = (memory, larger)
    }
}

// MARK: - For snapshots

extension ProducerState {
    struct Remembered: Equatable {
        var id: ProducerID
        var epoch: ProducerEpoch
        var timestamp: Int64
        /// Oldest first, at least one.
        var batches: [SequencedBatch]
    }

    /// Every producer with a batch in the log, by id.
    func remembered() -> [Remembered] {
        slots.sorted { $0.key < $1.key }.compactMap { id, slot in
            let entry = entries![Int(slot)]
            guard entry.count > 0 else { return nil }
            let first = batches! + Int(slot) * places
            return Remembered(
                id: id, epoch: entry.epoch, timestamp: entry.timestamp,
                batches: (0..<Int(entry.count)).map { first[$0] })
        }
    }

    /// Takes up what a snapshot holds.
    func restore(_ producers: [Remembered]) {
        for producer in producers {
            let slot = Int(slots[producer.id] ?? addProducer(producer.id))
            entries![slot].epoch = producer.epoch
            entries![slot].timestamp = producer.timestamp
            entries![slot].count = Int8(producer.batches.count)
            for (place, batch) in producer.batches.enumerated() { batches![slot * places + place] = batch }
        }
    }
}
