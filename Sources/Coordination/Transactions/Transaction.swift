// One transactional id: which producer holds it, and how far its transaction is.
//
//   Empty ──▶ Ongoing ──▶ PrepareCommit ──all markers written──▶ CompleteCommit ──▶ Ongoing …
//                  └────▶ PrepareAbort  ──all markers written──▶ CompleteAbort  ──▶ Ongoing …
//
// A decision is final when its Prepare record is in the log: from then on the markers go out, whatever crashes. Here the rules
// decide what a request makes of the present state; nothing changes before the record of it is stored (`entered`).
// Rules: Kafka's TransactionCoordinator and TransactionMetadata; KIP-98, KIP-360 (a producer goes on after an error). This is
// the first version of the protocol: one epoch for many transactions. KIP-890's epoch for each is not spoken.
internal import Records
internal import Vocabulary

struct Transaction: Sendable {
    /// What a state record says, and the epoch before it, which Kafka's record doesn't keep.
    struct Next: Sendable {
        var snapshot: TransactionSnapshot
        var previousEpoch: ProducerEpoch?
    }

    enum Decision: Sendable {
        /// The request asks for what is already so.
        case settled
        case write(Next)
    }

    /// A record on its way into the log.
    struct Transition: Sendable {
        let write: WriteID
        let next: Next
        /// Who waits for it, with the answer should it succeed; nil for the coordinator itself.
        let answer: Answer?
    }

    struct Answer: Sendable {
        let token: ReplyToken
        let reply: TransactionReply
    }

    var producerID: ProducerID
    /// Nil until an epoch is in the log.
    var producerEpoch: ProducerEpoch?
    var previousProducerID: ProducerID?
    var previousEpoch: ProducerEpoch?
    var timeoutMilliseconds: Int32
    var state = TransactionState.empty
    var partitions: Set<TopicPartition> = []
    /// Partitions whose marker has not been reported, while preparing.
    var unmarked: Set<TopicPartition> = []
    var updatedMilliseconds: Int64
    var startedMilliseconds: Int64?
    /// Nothing else is decided while it is there.
    var transition: Transition?
    /// When to try again what the log refused.
    var retryNanoseconds: UInt64?

    /// The id before its first record.
    init(producerID: ProducerID, timeoutMilliseconds: Int32, updatedMilliseconds: Int64) {
        self.producerID = producerID
        self.timeoutMilliseconds = timeoutMilliseconds
        self.updatedMilliseconds = updatedMilliseconds
    }

    var outcome: EndTransactionMarker.Outcome? {
        switch state {
        case .prepareCommit: .commit
        case .prepareAbort: .abort
        case .empty, .ongoing, .completeCommit, .completeAbort, .dead, .prepareEpochFence: nil
        }
    }

    var stamp: ProducerStamp? {
        producerEpoch.map { ProducerStamp(producerID: producerID, producerEpoch: $0) }
    }

    /// When a transaction that goes on is aborted, since 1970.
    var timeoutAtMilliseconds: Int64? {
        guard state == .ongoing else { return nil }
        return (startedMilliseconds ?? updatedMilliseconds) + Int64(timeoutMilliseconds)
    }

    /// The last epoch is kept for the coordinator, so that it can always shut a producer out.
    static func isExhausted(_ epoch: ProducerEpoch) -> Bool { epoch >= ProducerEpoch.max - 1 }

    /// A record is in the log: it is the state now.
    mutating func entered(_ next: Next) {
        let snapshot = next.snapshot
        producerID = snapshot.producerID
        producerEpoch = snapshot.producerEpoch
        previousProducerID = snapshot.previousProducerID
        previousEpoch = next.previousEpoch
        timeoutMilliseconds = snapshot.timeoutMilliseconds
        // Another coordinator's; it was about to be aborted, and its timeout will see to that.
        state = snapshot.state == .prepareEpochFence ? .ongoing : snapshot.state
        partitions = Set(snapshot.partitions)
        unmarked = outcome == nil ? [] : partitions
        updatedMilliseconds = snapshot.updatedMilliseconds
        startedMilliseconds = snapshot.startedMilliseconds
        retryNanoseconds = nil
    }

    /// The present state as a record; nil before the first.
    var snapshot: TransactionSnapshot? {
        producerEpoch.map { snapshot(epoch: $0) }
    }

    private func snapshot(epoch: ProducerEpoch) -> TransactionSnapshot {
        TransactionSnapshot(
            producerID: producerID, producerEpoch: epoch, previousProducerID: previousProducerID,
            timeoutMilliseconds: timeoutMilliseconds, state: state, partitions: partitions.inOrder,
            updatedMilliseconds: updatedMilliseconds, startedMilliseconds: startedMilliseconds)
    }
}

extension Transaction {
    /// What InitProducerId makes of an id. With a transaction going on, the answer is an abort under a newer epoch.
    func initialising(_ request: InitProducerIDRequest, _ now: Moment) throws(CoordinationError) -> Next {
        if transition != nil { throw .concurrentTransactions }
        guard request.expected.map(mayContinue) ?? true else { throw .producerFenced }
        switch state {
        case .prepareCommit, .prepareAbort, .dead, .prepareEpochFence: throw .concurrentTransactions
        case .ongoing:
            // Kafka lets a producer of an older epoch abort its successor's transaction here, only to fence it afterwards.
            if let expected = request.expected, expected.producerEpoch != producerEpoch { throw .producerFenced }
            return try fencing(now)
        case .empty, .completeCommit, .completeAbort: break
        }
        guard let epoch = producerEpoch else { return emptied(request, producerID, epoch: 0, previousEpoch: nil, now) }
        if let expected = request.expected?.producerEpoch, expected != epoch {
            // The repetition of a call that succeeded: a new producer in between would have erased the previous epoch.
            guard expected == previousEpoch else { throw .producerFenced }
            return emptied(request, producerID, epoch: epoch, previousEpoch: previousEpoch, now)
        }
        let remembered = request.expected == nil ? nil : epoch
        if Self.isExhausted(epoch) { return emptied(request, request.unusedProducerID, epoch: 0, previousEpoch: remembered, now) }
        return emptied(request, producerID, epoch: epoch + 1, previousEpoch: remembered, now)
    }

    /// Whether a producer that names itself may be the one that holds the id: the epoch is looked at later.
    private func mayContinue(_ expected: ProducerStamp) -> Bool {
        producerEpoch == nil || expected.producerID == producerID
            || (expected.producerID == previousProducerID && Self.isExhausted(expected.producerEpoch))
    }

    private func emptied(
        _ request: InitProducerIDRequest, _ id: ProducerID, epoch: ProducerEpoch, previousEpoch: ProducerEpoch?, _ now: Moment
    ) -> Next {
        Next(
            snapshot: TransactionSnapshot(
                producerID: id, producerEpoch: epoch, previousProducerID: id == producerID ? previousProducerID : producerID,
                timeoutMilliseconds: request.timeoutMilliseconds, state: .empty, partitions: [],
                updatedMilliseconds: now.wallMilliseconds, startedMilliseconds: nil),
            previousEpoch: previousEpoch)
    }

    /// An abort that shuts the producer out: for a newer one, or because its time is over.
    func fencing(_ now: Moment) throws(CoordinationError) -> Next {
        guard let epoch = producerEpoch, epoch < .max else { throw .producerFenced }
        var next = snapshot(epoch: epoch + 1)
        next.state = .prepareAbort
        next.updatedMilliseconds = now.wallMilliseconds
        return Next(snapshot: next, previousEpoch: nil)
    }

    func adding(_ added: [TopicPartition], by stamp: ProducerStamp, limit: Int, _ now: Moment) throws(CoordinationError) -> Decision {
        let epoch = try epoch(of: stamp)
        switch state {
        case .prepareCommit, .prepareAbort, .dead, .prepareEpochFence: throw .concurrentTransactions
        case .ongoing where partitions.isSuperset(of: added): return .settled
        case .ongoing, .empty, .completeCommit, .completeAbort: break
        }
        var next = snapshot(epoch: epoch)
        let all = partitions.union(added)
        guard all.count <= limit else { throw .invalidRequest }
        if state != .ongoing { next.startedMilliseconds = now.wallMilliseconds }
        next.state = .ongoing
        next.partitions = all.inOrder
        next.updatedMilliseconds = now.wallMilliseconds
        return .write(Next(snapshot: next, previousEpoch: previousEpoch))
    }

    func ending(_ outcome: EndTransactionMarker.Outcome, by stamp: ProducerStamp, _ now: Moment) throws(CoordinationError) -> Decision {
        let epoch = try epoch(of: stamp)
        let isCommit = outcome == .commit
        switch state {
        case .ongoing: break
        case .prepareCommit: throw isCommit ? .concurrentTransactions : .invalidTransactionState
        case .prepareAbort: throw isCommit ? .invalidTransactionState : .concurrentTransactions
        case .completeCommit where isCommit, .completeAbort where !isCommit: return .settled
        case .completeCommit, .completeAbort, .empty, .dead, .prepareEpochFence: throw .invalidTransactionState
        }
        var next = snapshot(epoch: epoch)
        next.state = isCommit ? .prepareCommit : .prepareAbort
        next.updatedMilliseconds = now.wallMilliseconds
        return .write(Next(snapshot: next, previousEpoch: previousEpoch))
    }

    /// Every marker is written: the transaction is over. Nil when it isn't.
    func completing(_ now: Moment) -> Next? {
        guard let epoch = producerEpoch, let outcome, unmarked.isEmpty, transition == nil else { return nil }
        var next = snapshot(epoch: epoch)
        next.state = outcome == .commit ? .completeCommit : .completeAbort
        next.partitions = []
        next.updatedMilliseconds = now.wallMilliseconds
        return Next(snapshot: next, previousEpoch: previousEpoch)
    }

    /// The present epoch, if the producer is the one that holds the id and nothing is being decided.
    private func epoch(of stamp: ProducerStamp) throws(CoordinationError) -> ProducerEpoch {
        guard stamp.producerID == producerID else { throw .invalidProducerIDMapping }
        guard let epoch = producerEpoch, stamp.producerEpoch == epoch else { throw .producerFenced }
        if transition != nil { throw .concurrentTransactions }
        return epoch
    }
}
