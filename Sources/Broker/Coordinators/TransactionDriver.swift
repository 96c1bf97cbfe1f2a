// The transaction coordinator at work. Requests, the log's reports and the clock go in as events; what comes out is done in
// its order: answers, records for `__transaction_state`, markers for the partitions (MarkerDelivery), a look at the clock.
//
// It lives on the first shard's loop. Its state is behind a lock nevertheless: every shard asks it once for each partition of
// a transaction whether a batch may begin there, and can't wait for another loop's answer while a batch is at the door.
internal import Coordination
internal import Host
internal import Reactor
internal import Records
internal import Synchronization
internal import Vocabulary
internal import Wire

/// Any thread may ask; everything else happens on the home loop.
final class TransactionDriver: TimerHandler, @unchecked Sendable {
    // @unchecked: `state` guards itself, `home` and `broker` are constants; the rest is touched by the home loop only.
    private struct State: ~Copyable {
        var coordinator: TransactionCoordinator
        var isLoaded = false
        /// Partitions of the topic that can't be read: what they keep is not served.
        var unreadable: Set<Int32> = []
    }

    private unowned let broker: Broker
    private let home: Shard
    private let state: Mutex<State>
    private let partitionCount: Int32
    private let stateLog: InternalTopicLog
    private lazy var delivery = MarkerDelivery(home, retryMilliseconds: settings.retryMilliseconds) { [unowned self] delivered in
        apply(.markerWritten(transactionalID: delivered.transactionalID, delivered.stamp, delivered.partition))
    }
    private let settings: TransactionSettings
    private let expiryNanoseconds: UInt64
    private lazy var wakeUp = Timer(self)
    private lazy var expiry = Timer(self)
    private var lastToken: UInt64 = 0
    private var answers: [ReplyToken: @Sendable (TransactionAnswer) -> Void] = [:]

    init(_ broker: Broker, home: Shard) {
        self.broker = broker
        self.home = home
        var settings = broker.configuration.transactions
        settings.statePartitions = broker.partitionCount(of: .transactionState)
        settings.offsetsPartitions = broker.partitionCount(of: .consumerOffsets)
        self.settings = settings
        partitionCount = settings.statePartitions
        expiryNanoseconds = UInt64(broker.configuration.transactionsCheckMilliseconds) * 1_000_000
        stateLog = InternalTopicLog(.transactionState, of: home)
        state = Mutex(State(coordinator: TransactionCoordinator(settings: settings)))
    }

    private var now: Moment {
        Moment(nanoseconds: MonotonicClock.now(), wallMilliseconds: WallClock.milliseconds())
    }

    private func partition(of transactionalID: String) -> Int32 { CoordinatorPartition.of(transactionalID, count: partitionCount) }

    // MARK: the start

    /// Reads the log, then serves. On the home loop.
    func load() {
        stateLog.load { [unowned self] _, entries throws(StateRecordError) in
            for case .record(let record, _) in entries {
                guard let read = try TransactionRecord(record) else { continue }
                state.withLock { $0.coordinator.replay(read) }
            }
        } done: { [unowned self] unreadable in
            begin(unreadable)
        }
    }

    private func begin(_ unreadable: Set<Int32>) {
        let now = now
        let effects = state.withLock { state in
            // Half of an id's history is worse than none: its last word may be a commit.
            for known in state.coordinator.list() where unreadable.contains(partition(of: known.transactionalID)) {
                state.coordinator.replay(TransactionRecord(transactionalID: known.transactionalID, snapshot: nil))
            }
            state.unreadable = unreadable
            state.isLoaded = true
            return state.coordinator.begin(at: now)
        }
        home.loop.arm(expiry, at: home.loop.now + expiryNanoseconds)
        perform(effects)
    }

    // MARK: from any thread

    /// Lets a producer's request happen.
    ///
    /// - Parameters:
    ///   - event: names the token it is given.
    ///   - answer: called once, on the home loop.
    func ask(
        _ transactionalID: String, _ event: @escaping @Sendable (ReplyToken) -> TransactionEvent,
        _ answer: @escaping @Sendable (TransactionAnswer) -> Void
    ) {
        broker.post(to: home.index) { [self] _ in
            if let refusal = state.withLock({ unavailability(of: transactionalID, $0) }) { return answer(TransactionAnswer(error: refusal)) }
            lastToken += 1
            let token = ReplyToken(lastToken)
            answers[token] = answer
            apply(event(token))
        }
    }

    private func unavailability(of transactionalID: String, _ state: borrowing State) -> CoordinationError? {
        if !state.isLoaded { return .coordinatorLoadInProgress }
        return state.unreadable.contains(partition(of: transactionalID)) ? .coordinatorNotAvailable : nil
    }

    /// Why a producer may not write to a partition in its transaction; nil when it may.
    ///
    /// - Parameter transactionalID: which the producer says it is; nil when it does not say.
    func refusal(ofWriteBy stamp: ProducerStamp, transactionalID: String?, to partition: TopicPartition) -> CoordinationError? {
        state.withLock { state in
            if let transactionalID, let refusal = unavailability(of: transactionalID, state) { return refusal }
            if !state.isLoaded { return .coordinatorLoadInProgress }
            return state.coordinator.refusal(ofWriteBy: stamp, transactionalID: transactionalID, to: partition)
        }
    }

    /// A transactional id as it stands.
    func describe(_ transactionalID: String) -> Result<TransactionDescription, CoordinationError> {
        state.withLock { state in
            if let refusal = unavailability(of: transactionalID, state) { return .failure(refusal) }
            return state.coordinator.describe(transactionalID).map { .success($0) } ?? .failure(.transactionalIDNotFound)
        }
    }

    /// All that there are, by name; nil while the log is read.
    func list(states: Set<TransactionState>, producerIDs: Set<ProducerID>) -> [TransactionDescription]? {
        state.withLock { $0.isLoaded ? $0.coordinator.list(states: states, producerIDs: producerIDs) : nil }
    }

    // MARK: on the home loop

    private func apply(_ event: TransactionEvent) {
        let now = now
        perform(state.withLock { $0.coordinator.apply(event, at: now) })
    }

    private func perform(_ effects: [TransactionEffect]) {
        for effect in effects {
            switch effect {
            case .reply(let token, let reply): answers.removeValue(forKey: token)?(TransactionAnswer(reply))
            case .write(let write, let record): self.write(write, record)
            case .sendMarkers(let markers): delivery.deliver(markers)
            case .wake(let nanoseconds): home.loop.arm(wakeUp, at: nanoseconds)
            }
        }
    }

    private func write(_ write: WriteID, _ record: TransactionRecord) {
        let id = record.transactionalID
        stateLog.append([record.encoded], to: partition(of: id)) { [unowned self] error in
            apply(.written(write, transactionalID: id, CoordinationError(append: error, isCommit: false)))
        }
    }

    func timerFired(_ timer: Timer) {
        guard timer === expiry else { return apply(.tick) }
        home.loop.arm(expiry, at: home.loop.now + expiryNanoseconds)
        apply(.expire)
    }
}

/// What a coordinator has answered a producer.
struct TransactionAnswer: Sendable {
    var error: CoordinationError?
    /// Of InitProducerId, when it succeeded.
    var stamp: ProducerStamp?

    init(error: CoordinationError) { self.error = error }

    init(_ reply: TransactionReply) {
        switch reply {
        case .initProducerID(.success(let stamp)): self.stamp = stamp
        case .initProducerID(.failure(let error)): self.error = error
        case .addPartitions(let error), .addOffsets(let error), .endTransaction(let error): self.error = error
        }
    }

    var errorCode: ErrorCode { ErrorCode(error) }
}
