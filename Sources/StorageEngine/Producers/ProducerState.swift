// What a partition remembers of its producers: epoch, last five batches, open transaction. A batch or marker that is
// staged but not written counts for the checks of what comes behind it, and for nothing else until it is committed.
//
//   check     whether a batch or a marker may come next      ProducerState+Check
//   stage     it will be written                             here
//   commit    it is written; transactions begin and end      here
//   remember  to a snapshot and back                         ProducerState+Snapshot
//   forget    those that are not at work any more            ProducerState+Expiry
internal import Records
internal import Vocabulary

/// What is known of a producer at one place of the log.
struct ProducerStanding: Equatable {
    /// −1: nothing is known yet.
    var epoch: ProducerEpoch = -1
    /// Of its newest batch of this epoch; nil when its epoch came with a marker.
    var lastSequence: Int32?
    /// Of its open transaction.
    var transactionStart: Offset?
    /// Of the coordinator that ended its last transaction.
    var coordinatorEpoch: Int32?
}

/// The producers of one partition. No memory until the first one.
final class ProducerState {
    struct Entry {
        var id: ProducerID
        var standing = ProducerStanding()
        /// Batches remembered, oldest first in the entry's five places.
        var count: Int8 = 0
        /// The newest staged batch of this producer: its place in `staged`.
        var newestStaged: Int32?
        /// Of the newest batch or marker, by its records' time.
        var timestamp: Int64 = 0
        var lastOffset: Offset = -1
        /// `lastOffset` when somebody last looked whether the producer is still at work; nil: nobody did.
        var seenOffset: Offset?
        /// When it was found at work, in milliseconds since 1970.
        var seenMilliseconds: Int64 = 0
    }

    struct StagedStep {
        var slot: Int32
        /// Behind this batch or marker.
        var standing: ProducerStanding
        /// Of a marker only its offset.
        var batch: SequencedBatch
        /// Of a marker: what it says.
        var outcome: EndTransactionMarker.Outcome?
        var timestamp: Int64
        /// The staged batch or marker of the same producer before this one.
        var previous: Int32?
        /// Place among all staged batches.
        var index: Int
    }

    private(set) var slots: [ProducerID: Int32] = [:]
    private(set) var entries: UnsafeMutablePointer<Entry>?
    private(set) var batches: UnsafeMutablePointer<SequencedBatch>?
    private var capacity = 0
    /// Places of `entries` that were ever used; those of `nobody` are free.
    private(set) var used = 0
    private var free: [Int32] = []
    private(set) var staged: UnsafeMutablePointer<StagedStep>?
    private var stagedCapacity = 0
    private var stagedCount = 0
    private(set) var committedStaged = 0

    var transactions = UnstableTransactions()
    var verifications = TransactionVerifications()
    /// Transactions that a committed marker aborted, for the index of the segment that has the marker.
    private var aborted: [AbortedTransaction] = []

    let places = StorageLimits.batchesPerProducer
    static let nobody: ProducerID = -1
    private let limit: Int

    /// - Parameter limit: producers remembered at most, those with open transactions not counted.
    init(limit: Int = StorageLimits.producersPerPartition) { self.limit = limit }

    deinit {
        entries?.deallocate()
        batches?.deallocate()
        staged?.deallocate()
    }

    /// Producers remembered.
    var count: Int { slots.count }

    /// What the next batch of a producer follows on, staged ones included.
    func standing(of slot: Int32) -> ProducerStanding {
        let entry = entries! + Int(slot)
        if let place = entry.pointee.newestStaged { return staged![Int(place)].standing }
        return entry.pointee.standing
    }

    /// The open transaction of a producer, staged batches included.
    func ongoingTransaction(of producer: ProducerID) -> OngoingTransaction? {
        guard let slot = slots[producer] else { return nil }
        let known = standing(of: slot)
        return known.transactionStart.map { OngoingTransaction(firstOffset: $0, producerEpoch: known.epoch) }
    }

    func nextSequence(of producer: ProducerID, epoch: ProducerEpoch) -> Int32 {
        guard let slot = slots[producer] else { return 0 }
        let known = standing(of: slot)
        guard known.epoch == epoch, let last = known.lastSequence else { return 0 }
        return Sequence32.advance(last, by: 1)
    }

    /// Of the newest batch or marker of a producer in the log.
    func newestOffset(of producer: ProducerID) -> Offset? {
        guard let slot = slots[producer], entries![Int(slot)].lastOffset >= 0 else { return nil }
        return entries![Int(slot)].lastOffset
    }

    // MARK: Staging

    /// Takes up a checked batch that begins at `baseOffset` and is the `index`-th staged one.
    func stage(_ batch: BatchView, baseOffset: Offset, index: Int) {
        let slot = slots[batch.producerID] ?? addProducer(batch.producerID)
        let sequenced = SequencedBatch(
            firstSequence: batch.baseSequence,
            lastSequence: Sequence32.advance(batch.baseSequence, by: batch.lastOffsetDelta),
            lastOffset: baseOffset &+ Offset(batch.lastOffsetDelta))
        var standing = standing(of: slot)
        standing.epoch = batch.producerEpoch
        standing.lastSequence = sequenced.lastSequence
        // Of an empty one compaction left the sequences only, and it touches no transaction that is still open.
        if batch.isTransactional, batch.recordCount > 0 {
            if standing.transactionStart == nil { standing.transactionStart = baseOffset }
            verifications.settle(batch.producerID)
        }
        push(
            StagedStep(
                slot: slot, standing: standing, batch: sequenced, outcome: nil, timestamp: batch.maxTimestamp, index: index))
    }

    /// Takes up a checked marker that stands at `offset` and is the `index`-th staged batch.
    func stage(_ marker: EndTransactionMarker, at offset: Offset, timestamp: Int64, index: Int) {
        let slot = slots[marker.producerID] ?? addProducer(marker.producerID)
        var standing = standing(of: slot)
        if standing.epoch != marker.producerEpoch { standing.lastSequence = nil }
        standing.epoch = marker.producerEpoch
        standing.transactionStart = nil
        standing.coordinatorEpoch = marker.coordinatorEpoch
        verifications.settle(marker.producerID)
        push(
            StagedStep(
                slot: slot, standing: standing, batch: SequencedBatch(firstSequence: 0, lastSequence: 0, lastOffset: offset),
                outcome: marker.outcome, timestamp: timestamp, index: index))
    }

    private func push(_ step: StagedStep) {
        if stagedCount == stagedCapacity { growStaged() }
        let entry = entries! + Int(step.slot)
        var step = step
        step.previous = entry.pointee.newestStaged
        (staged! + stagedCount).initialize(to: step)
        entry.pointee.newestStaged = Int32(truncatingIfNeeded: stagedCount)
        stagedCount &+= 1
    }

    /// The staged batches with an index below `index` are in the log.
    func commit(below index: Int) {
        while committedStaged < stagedCount, staged![committedStaged].index < index {
            commit(staged! + committedStaged, at: committedStaged)
            committedStaged &+= 1
        }
        if committedStaged == stagedCount { (stagedCount, committedStaged) = (0, 0) }
    }

    private func commit(_ step: UnsafeMutablePointer<StagedStep>, at place: Int) {
        let entry = entries! + Int(step.pointee.slot)
        if entry.pointee.newestStaged == Int32(place) { entry.pointee.newestStaged = nil }
        if entry.pointee.standing.epoch != step.pointee.standing.epoch { entry.pointee.count = 0 }
        let open = entry.pointee.standing.transactionStart
        entry.pointee.standing = step.pointee.standing
        entry.pointee.timestamp = step.pointee.timestamp
        entry.pointee.lastOffset = step.pointee.batch.lastOffset
        if let outcome = step.pointee.outcome {
            if let open { end(open, of: entry.pointee.id, at: step.pointee.batch.lastOffset, outcome) }
            return
        }
        remember(step.pointee.batch, entry, slot: Int(step.pointee.slot))
        if open == nil, let start = step.pointee.standing.transactionStart { transactions.begin(at: start) }
    }

    private func remember(_ batch: SequencedBatch, _ entry: UnsafeMutablePointer<Entry>, slot: Int) {
        let first = batches! + slot * places
        if entry.pointee.count == places {
            first.update(from: first + 1, count: places - 1)
            entry.pointee.count -= 1
        }
        first[Int(entry.pointee.count)] = batch
        entry.pointee.count += 1
    }

    private func end(_ first: Offset, of producer: ProducerID, at marker: Offset, _ outcome: EndTransactionMarker.Outcome) {
        let stable = transactions.end(first, at: marker)
        guard outcome == .abort else { return }
        aborted.append(
            AbortedTransaction(producerID: producer, firstOffset: first, lastOffset: marker, lastStableOffset: stable))
    }

    /// What committed markers have aborted since the last call.
    func takeAborted() -> [AbortedTransaction] {
        guard !aborted.isEmpty else { return [] }
        defer { aborted = [] }
        return aborted
    }

    /// The staged batches that are not committed never happened.
    func discardStaged() {
        while stagedCount > committedStaged {
            stagedCount -= 1
            let step = staged![stagedCount]
            entries![Int(step.slot)].newestStaged = step.previous.flatMap { Int($0) >= committedStaged ? $0 : nil }
        }
        (stagedCount, committedStaged) = (0, 0)
    }

    // MARK: Replay

    /// Takes up a batch that stands in the log.
    func replay(_ batch: BatchView) {
        guard batch.hasProducer, !batch.isControl else { return }
        stage(batch, baseOffset: batch.baseOffset, index: 0)
        commit(below: 1)
    }

    /// Takes up a marker that stands in the log.
    func replay(_ marker: EndTransactionMarker, at offset: Offset, timestamp: Int64) {
        stage(marker, at: offset, timestamp: timestamp, index: 0)
        commit(below: 1)
    }

    /// Forgets everything.
    func removeAll() {
        discardStaged()
        slots = [:]
        free = []
        used = 0
        transactions.removeAll()
        verifications.removeAll()
        aborted = []
    }

    // MARK: Room

    func addProducer(_ id: ProducerID) -> Int32 {
        if slots.count >= limit { evict() }
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
        } else {
            if used == capacity { grow() }
            slot = Int32(used)
            used += 1
        }
        (entries! + Int(slot)).initialize(to: Entry(id: id))
        slots[id] = slot
        return slot
    }

    func isIdle(_ slot: Int32) -> Bool {
        let entry = entries! + Int(slot)
        return entry.pointee.newestStaged == nil && entry.pointee.standing.transactionStart == nil
    }

    func forget(_ slot: Int32) {
        slots[entries![Int(slot)].id] = nil
        // What is looked at by place, and not by id, has to know.
        entries![Int(slot)].id = Self.nobody
        free.append(slot)
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
        let memory = UnsafeMutablePointer<StagedStep>.allocate(capacity: larger)
        if let staged { memory.initialize(from: staged, count: stagedCount) }
        staged?.deallocate()
        (staged, stagedCapacity) = (memory, larger)
    }
}
