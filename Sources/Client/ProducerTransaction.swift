// The transactions of one producer, one after the other: partitions enrolled, everything answered, ended.
//
//   open ──full, old or out of memory──▶ flushing ──every batch answered──▶ ending ──the coordinator says so──▶ open
//
// While one is flushed and ended nothing is taken: what comes then belongs to the next, as in Kafka's own producer, whose
// `commitTransaction` blocks so long.
internal import Bytes
internal import Vocabulary
internal import Wire

/// Belongs to its producer, and lives on the same loop.
final class ProducerTransaction {
    private enum Phase { case open, flushing, ending, dead }

    let plan: TransactionPlan
    private unowned let producer: Producer
    private var link: CoordinatorLink!
    private var phase = Phase.open
    /// Handed over in this transaction.
    private(set) var records = 0
    /// nil before its first record.
    private var startedAt: UInt64?
    private var endAskedAt: UInt64 = 0
    private var isAborting = false
    /// Of partitions: whether the coordinator counts them in.
    private var isEnrolled: ContiguousArray<Bool>
    private var enrolledCount = 0
    /// Partitions that have records and are not enrolled, and those that the coordinator was told of just now.
    private var wanted: [Int32] = []
    private var asked: [Int32] = []
    /// What is left over of the share of aborted ones.
    private var abortRest = 0.0

    /// Until a coordinator is asked again that still writes the markers of the transaction before.
    private static let markerNanoseconds: UInt64 = 1_000_000
    /// What a producer of transactions speaks besides Produce.
    static let keys: [APIKey] = [.addPartitionsToTxn, .endTxn, .findCoordinator]

    init(_ plan: TransactionPlan, producer: Producer, partitions: Int32, at coordinator: BrokerAddress, bootstrap: BrokerAddress, versions: APINegotiation) {
        self.plan = plan
        self.producer = producer
        isEnrolled = ContiguousArray(repeating: false, count: Int(partitions))
        link = CoordinatorLink(
            loop: producer.loop, key: plan.id, keyType: FindCoordinatorRequest.transactionKeyType, at: coordinator, bootstrap: bootstrap,
            versions: versions, options: producer.options, user: self)
    }

    /// How many records the open transaction still takes; 0 while it is ended.
    @inline(__always) var room: Int { phase == .open ? plan.records &- records : phase == .dead ? .max : 0 }

    /// Whether there is something to be ended.
    var hasRecords: Bool { phase != .dead && records > 0 }

    @inline(__always)
    func took(_ count: Int) {
        records &+= count
        if records >= plan.records { flush() }
    }

    /// No more records: what there is of it is sent, then it ends.
    func flush() {
        guard phase == .open, records > 0 else { return }
        phase = .flushing
        abortRest += plan.abortShare
        if abortRest >= 1 {
            abortRest -= 1
            isAborting = true
        }
        producer.flush()
    }

    /// A batch of it failed: the others must not stand without it.
    func mustAbort() { isAborting = true }

    /// Whether a batch of the partition may be sent; if not, the producer hears of it when it may.
    func admits(_ partition: Int32) -> Bool {
        if isEnrolled[Int(partition)] || phase == .dead { return true }
        if !wanted.contains(partition), !asked.contains(partition) { wanted.append(partition) }
        return false
    }

    /// To be called before batches are sent: ends what has been open long enough.
    func poll(_ now: UInt64) {
        guard phase != .dead else { return }
        link.poll(now)
        guard records > 0 else { return }
        // By the clock: a record may have waited for its turn long before it was handed over.
        startedAt = startedAt ?? now
        if phase == .open, let startedAt, now > startedAt, now &- startedAt >= plan.nanoseconds { flush() }
    }

    /// To be called when batches have been sent: asks the coordinator for what they need, or to end it.
    func advance(_ now: UInt64) {
        guard phase != .dead else { return }
        if !wanted.isEmpty, link.isFree(now) { enrol(now) }
        if phase == .flushing, producer.unansweredRecords == 0 {
            phase = .ending
            endAskedAt = now
        }
        guard phase == .ending else { return }
        if enrolledCount == 0 { return conclude(now) }
        guard link.isFree(now) else { return }
        link.send(
            EndTxnRequest(
                transactionalID: plan.id, producerID: producer.producerID, producerEpoch: producer.producerEpoch, isCommitted: !isAborting),
            now: now)
    }

    /// When `poll` has something to do at the latest, beyond what the loop reports.
    var nextDeadline: UInt64 {
        guard phase != .dead else { return .max }
        var deadline = link.nextDeadline
        if phase == .open, let startedAt { deadline = min(deadline, startedAt &+ plan.nanoseconds) }
        if !wanted.isEmpty || phase == .ending { deadline = min(deadline, link.freeAt) }
        return deadline
    }

    func close() { link.close() }

    private func enrol(_ now: UInt64) {
        asked = wanted
        wanted.removeAll(keepingCapacity: true)
        link.send(
            AddPartitionsToTxnRequest(
                transactionalID: plan.id, producerID: producer.producerID, producerEpoch: producer.producerEpoch,
                topics: [TopicPartitions(name: producer.topic, partitions: asked)]),
            now: now)
    }

    /// What was asked for and not granted is asked for again.
    private func askAgain() {
        wanted += asked
        asked.removeAll(keepingCapacity: true)
    }

    private func conclude(_ now: UInt64) {
        let ended = EndedTransaction(
            isCommitted: !isAborting, records: records, startedAt: startedAt ?? now, endAskedAt: endAskedAt, endedAt: now)
        for partition in isEnrolled.indices { isEnrolled[partition] = false }
        (enrolledCount, records, isAborting, startedAt) = (0, 0, false, nil)
        phase = .open
        producer.settleTransaction(ended)
    }

    /// - Returns: whether the request was carried out. Where it was not it goes again, or never.
    private func isDone(_ code: ErrorCode, _ now: UInt64) -> Bool {
        switch code {
        case .none: return true
        // No fault: the markers of the transaction before are being written.
        case .concurrentTransactions: link.wait(Self.markerNanoseconds, from: now)
        case .notCoordinator, .coordinatorNotAvailable, .coordinatorLoadInProgress: link.find(from: now)
        default:
            producer.counters.count(code.name)
            if code.isRetriable { link.wait(producer.configuration.retryBackoffNanoseconds, from: now) } else { die(.broker(code), now) }
        }
        return false
    }

    private func die(_ failure: ProduceFailure, _ now: UInt64) {
        phase = .dead
        link.close()
        producer.abandonTransactions(failure, now)
    }
}

extension ProducerTransaction: CoordinatorLinkUser {
    func answered(_ key: APIKey, _ version: Int16, _ reader: inout ByteReader, at now: UInt64) throws(WireError) {
        switch key {
        case .addPartitionsToTxn:
            let response = try AddPartitionsToTxnResponse(from: &reader, version: version)
            let codes = response.topics.flatMap(\.partitions)
            let refused = codes.first { $0.errorCode != .none && $0.errorCode != .operationNotAttempted } ?? codes.first { $0.errorCode != .none }
            guard isDone(refused?.errorCode ?? (codes.count == asked.count ? .none : .unknownServerError), now) else { return askAgain() }
            let granted = asked
            asked.removeAll(keepingCapacity: true)
            for partition in granted {
                isEnrolled[Int(partition)] = true
                enrolledCount += 1
                producer.mayGo(partition)
            }
        case .endTxn:
            let response = try EndTxnResponse(from: &reader, version: version)
            if isDone(response.errorCode, now) { conclude(now) }
        default: break
        }
    }

    func lost(_ key: APIKey?, _ error: ClientError, at now: UInt64) {
        if error.isLoss { producer.counters.lostConnections &+= 1 }
        producer.counters.count(error.name)
        askAgain()
    }
}
