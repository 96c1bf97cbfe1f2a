// All transactional ids of a broker, behind one verb: an event goes in, effects come out.
//
// The rules are Transaction's. Here a decision becomes a record, and only when the log has the record an answer and markers.
// A crash anywhere between is no harm: `replay` and `begin` (TransactionCoordinator+Restore) go on from the records.
internal import Records
package import Vocabulary

/// The coordinator of the ids whose partitions of `__transaction_state` this broker leads. A value: a copy is a fork.
package struct TransactionCoordinator: Sendable {
    struct Turn {
        let now: Moment
        var effects: [TransactionEffect] = []

        mutating func reply(_ token: ReplyToken, _ reply: TransactionReply) { effects.append(.reply(token, reply)) }
    }

    package let settings: TransactionSettings
    var transactions: [String: Transaction] = [:]
    /// Who holds a producer id, by the records that are in the log.
    var holders: [ProducerID: String] = [:]
    private var nextWriteID: UInt64 = 1
    /// The wake-up the driver knows of.
    private var announcedNanoseconds: UInt64?

    package init(settings: TransactionSettings = TransactionSettings()) { self.settings = settings }

    /// Lets `event` happen.
    ///
    /// - Returns: what to do, in this order. Replies name tokens of this event or of earlier ones that waited.
    package mutating func apply(_ event: TransactionEvent, at now: Moment) -> [TransactionEffect] {
        var turn = Turn(now: now)
        switch event {
        case .initProducerID(let request, let token): initProducerID(request, token, &turn)
        case .addPartitions(let producer, let partitions, let token):
            add(partitions, producer, token, { .addPartitions($0) }, &turn)
        case .addOffsets(let producer, let group, let token):
            let partition = TopicPartition(
                topic: CoordinatorPartition.offsetsTopic, partition: CoordinatorPartition.of(group, count: settings.offsetsPartitions))
            add([partition], producer, token, { .addOffsets($0) }, &turn)
        case .endTransaction(let producer, let outcome, let token):
            decide(producer, token, { .endTransaction($0) }, &turn) { transaction throws(CoordinationError) in
                try transaction.ending(outcome, by: producer.stamp, now)
            }
        case .written(let write, let id, let error): written(write, id, error, &turn)
        case .markerWritten(let id, let stamp, let partition): markerWritten(id, stamp, partition, &turn)
        case .tick: tick(&turn)
        case .expire: expire(&turn)
        }
        return turn.effects
    }

    /// A transactional id, or nil when it is not known.
    package func describe(_ transactionalID: String) -> TransactionDescription? {
        transactions[transactionalID].map { Self.description(transactionalID, $0) }
    }

    /// Ids in one of `states` and held by one of `producerIDs`, either in any when empty; by name.
    package func list(states: Set<TransactionState> = [], producerIDs: Set<ProducerID> = []) -> [TransactionDescription] {
        transactions.filter {
            (states.isEmpty || states.contains($0.value.state)) && (producerIDs.isEmpty || producerIDs.contains($0.value.producerID))
        }.map { Self.description($0.key, $0.value) }.sorted { $0.transactionalID < $1.transactionalID }
    }

    private static func description(_ id: String, _ transaction: Transaction) -> TransactionDescription {
        TransactionDescription(
            transactionalID: id, state: transaction.state, producerID: transaction.producerID, producerEpoch: transaction.producerEpoch,
            timeoutMilliseconds: transaction.timeoutMilliseconds, startedMilliseconds: transaction.startedMilliseconds,
            partitions: (transaction.outcome == nil ? transaction.partitions : transaction.unmarked).inOrder)
    }
}

extension TransactionCoordinator {
    private mutating func initProducerID(_ request: InitProducerIDRequest, _ token: ReplyToken, _ turn: inout Turn) {
        let id = request.transactionalID
        do throws(CoordinationError) {
            try check(request)
            let transaction = transactions[id] ?? Transaction(
                producerID: request.unusedProducerID, timeoutMilliseconds: request.timeoutMilliseconds,
                updatedMilliseconds: turn.now.wallMilliseconds)
            let next = try transaction.initialising(request, turn.now)
            transactions[id] = transaction
            // An abort had to come first: the producer asks again, and is given an epoch above the abort's.
            let reply: Result<ProducerStamp, CoordinationError> = next.snapshot.state == .prepareAbort
                ? .failure(.concurrentTransactions)
                : .success(ProducerStamp(producerID: next.snapshot.producerID, producerEpoch: next.snapshot.producerEpoch))
            write(id, next, Transaction.Answer(token: token, reply: .initProducerID(reply)), &turn)
        } catch {
            let old = request.apiVersion < 4
            turn.reply(token, .initProducerID(.failure(error == .producerFenced && old ? .invalidProducerEpoch : error)))
        }
    }

    private func check(_ request: InitProducerIDRequest) throws(CoordinationError) {
        let bytes = request.transactionalID.utf8.count
        guard bytes > 0, bytes <= settings.maximumTransactionalIDBytes else { throw .invalidRequest }
        guard request.timeoutMilliseconds > 0, request.timeoutMilliseconds <= settings.maximumTimeoutMilliseconds else {
            throw .invalidTransactionTimeout
        }
        guard transactions[request.transactionalID] != nil || transactions.count < settings.maximumTransactionalIDs else {
            throw .policyViolation
        }
    }

    private mutating func add(
        _ partitions: [TopicPartition], _ producer: TransactionalProducer, _ token: ReplyToken,
        _ reply: (CoordinationError?) -> TransactionReply, _ turn: inout Turn
    ) {
        let limit = settings.maximumPartitionsPerTransaction
        let now = turn.now
        decide(producer, token, reply, &turn) { transaction throws(CoordinationError) in
            try transaction.adding(partitions, by: producer.stamp, limit: limit, now)
        }
    }

    /// Answers a producer's request: at once when it changes nothing, and else when the log has what was decided.
    private mutating func decide(
        _ producer: TransactionalProducer, _ token: ReplyToken, _ reply: (CoordinationError?) -> TransactionReply, _ turn: inout Turn,
        _ decision: (Transaction) throws(CoordinationError) -> Transaction.Decision
    ) {
        do throws(CoordinationError) {
            if producer.transactionalID.isEmpty { throw .invalidRequest }
            guard let transaction = transactions[producer.transactionalID] else { throw .invalidProducerIDMapping }
            switch try decision(transaction) {
            case .settled: turn.reply(token, reply(nil))
            case .write(let next):
                write(producer.transactionalID, next, Transaction.Answer(token: token, reply: reply(nil)), &turn)
            }
        } catch {
            // Clients of older versions know only the one name for being shut out.
            let old = producer.apiVersion < 2
            turn.reply(token, reply(error == .producerFenced && old ? .invalidProducerEpoch : error))
        }
    }

    /// Asks the log for a record. Until it answers nothing else is decided about the id.
    private mutating func write(_ id: String, _ next: Transaction.Next, _ answer: Transaction.Answer?, _ turn: inout Turn) {
        let write = WriteID(rawValue: nextWriteID)
        nextWriteID += 1
        transactions[id]?.transition = Transaction.Transition(write: write, next: next, answer: answer)
        let isForgotten = next.snapshot.state == .dead
        turn.effects.append(.write(write, TransactionRecord(transactionalID: id, snapshot: isForgotten ? nil : next.snapshot)))
    }

    /// A record is in the log.
    mutating func enter(_ id: String, _ next: Transaction.Next) {
        if let old = transactions[id]?.producerID, old != next.snapshot.producerID { holders[old] = nil }
        holders[next.snapshot.producerID] = id
        transactions[id]?.entered(next)
    }

    mutating func forget(_ id: String) {
        if let known = transactions.removeValue(forKey: id), holders[known.producerID] == id { holders[known.producerID] = nil }
    }

    private mutating func written(_ write: WriteID, _ id: String, _ error: CoordinationError?, _ turn: inout Turn) {
        guard let transition = transactions[id]?.transition, transition.write == write else { return }
        transactions[id]?.transition = nil
        if let error { return refused(id, transition, error, &turn) }
        if transition.next.snapshot.state == .dead { return forget(id) }
        enter(id, transition.next)
        if let answer = transition.answer { turn.reply(answer.token, answer.reply) }
        goOn(id, &turn)
    }

    /// What the state now demands of the coordinator itself: markers, a completion, or a look at the clock.
    mutating func goOn(_ id: String, _ turn: inout Turn) {
        guard let transaction = transactions[id] else { return }
        if let outcome = transaction.outcome, let stamp = transaction.stamp, !transaction.unmarked.isEmpty {
            turn.effects.append(
                .sendMarkers(
                    TransactionMarkers(
                        transactionalID: id, stamp: stamp, outcome: outcome, coordinatorEpoch: settings.coordinatorEpoch,
                        partitions: transaction.unmarked.inOrder)))
        }
        completeIfMarked(id, &turn)
        if let deadline = deadline(of: transaction, turn.now) { announce(deadline, &turn) }
    }

    /// The log refused a record: whoever waits is told. The coordinator's own intentions are tried again.
    private mutating func refused(
        _ id: String, _ transition: Transaction.Transition, _ error: CoordinationError, _ turn: inout Turn
    ) {
        if let answer = transition.answer { turn.reply(answer.token, answer.reply.failed(error)) }
        let retry = turn.now.after(milliseconds: Int64(settings.retryMilliseconds))
        transactions[id]?.retryNanoseconds = retry
        announce(retry, &turn)
    }

    private mutating func markerWritten(_ id: String, _ stamp: ProducerStamp, _ partition: TopicPartition, _ turn: inout Turn) {
        // A late report, of a transaction that is over, names an epoch or a state that is over too.
        guard transactions[id]?.stamp == stamp, transactions[id]?.outcome != nil,
            transactions[id]?.unmarked.remove(partition) != nil
        else { return }
        completeIfMarked(id, &turn)
    }

    private mutating func completeIfMarked(_ id: String, _ turn: inout Turn) {
        guard let next = transactions[id]?.completing(turn.now) else { return }
        write(id, next, nil, &turn)
    }

    private mutating func tick(_ turn: inout Turn) {
        announcedNanoseconds = nil
        for (id, transaction) in transactions.sorted(by: { $0.key < $1.key }) where transaction.transition == nil {
            if let retry = transaction.retryNanoseconds, retry > turn.now.nanoseconds { continue }
            transactions[id]?.retryNanoseconds = nil
            completeIfMarked(id, &turn)
            guard let over = transaction.timeoutAtMilliseconds, over <= turn.now.wallMilliseconds else { continue }
            // The producer may be alive: the newer epoch is what keeps it from adding to an aborted transaction.
            if let next = try? transaction.fencing(turn.now) { write(id, next, nil, &turn) }
        }
        let now = turn.now
        if let next = transactions.values.compactMap({ deadline(of: $0, now) }).min() { announce(next, &turn) }
    }

    private func deadline(of transaction: Transaction, _ now: Moment) -> UInt64? {
        guard transaction.transition == nil else { return nil }
        let timeout = transaction.timeoutAtMilliseconds.map { now.after(milliseconds: $0 - now.wallMilliseconds) }
        guard let retry = transaction.retryNanoseconds else { return timeout }
        return transaction.timeoutAtMilliseconds == nil && transaction.outcome == nil ? nil : max(retry, now.nanoseconds)
    }

    private mutating func announce(_ deadline: UInt64, _ turn: inout Turn) {
        if let announcedNanoseconds, announcedNanoseconds <= deadline { return }
        announcedNanoseconds = deadline
        turn.effects.append(.wake(atNanoseconds: deadline))
    }

    private mutating func expire(_ turn: inout Turn) {
        let before = turn.now.wallMilliseconds - settings.idExpirationMilliseconds
        for (id, transaction) in transactions.sorted(by: { $0.key < $1.key }) where transaction.transition == nil {
            guard [.empty, .completeCommit, .completeAbort].contains(transaction.state), transaction.updatedMilliseconds <= before else {
                continue
            }
            guard var forgotten = transaction.snapshot else {
                forget(id)
                continue
            }
            forgotten.state = .dead
            write(id, Transaction.Next(snapshot: forgotten, previousEpoch: nil), nil, &turn)
        }
    }
}

extension TransactionReply {
    func failed(_ error: CoordinationError) -> TransactionReply {
        switch self {
        case .initProducerID: .initProducerID(.failure(error))
        case .addPartitions: .addPartitions(error)
        case .addOffsets: .addOffsets(error)
        case .endTransaction: .endTransaction(error)
        }
    }
}
