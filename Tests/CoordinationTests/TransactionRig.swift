@testable import Coordination
import Records
import Testing
import Vocabulary

/// A coordinator with a log whose answers come at once, unless a test holds them.
final class TransactionRig {
    var coordinator: TransactionCoordinator
    var now = GroupRig.start
    var replies: [ReplyToken: TransactionReply] = [:]
    var unanswered: Set<ReplyToken> = []
    var unreported: [(WriteID, TransactionRecord)] = []
    var holdsWrites = false
    /// Markers are reported as soon as they are asked for.
    var marksAtOnce = true
    var log: [TransactionRecord] = []
    var markers: [TransactionMarkers] = []
    var wake: UInt64?
    var complaints: [String] = []
    private var tokens: UInt64 = 0
    private var producerIDs: ProducerID = 999

    init(_ change: (inout TransactionSettings) -> Void = { _ in }) {
        var settings = TransactionSettings()
        change(&settings)
        coordinator = TransactionCoordinator(settings: settings)
    }

    func send(_ event: TransactionEvent) { perform(coordinator.apply(event, at: now)) }

    func perform(_ effects: [TransactionEffect]) {
        var events: [TransactionEvent] = []
        for effect in effects {
            switch effect {
            case .reply(let token, let reply):
                if unanswered.remove(token) == nil { complaints.append("a second or unasked reply \(reply)") }
                replies[token] = reply
            case .write(let id, let record):
                if holdsWrites {
                    unreported.append((id, record))
                } else {
                    log.append(record)
                    events.append(.written(id, transactionalID: record.transactionalID, nil))
                }
            case .sendMarkers(let sent):
                markers.append(sent)
                guard marksAtOnce else { continue }
                events += sent.partitions.map { .markerWritten(transactionalID: sent.transactionalID, sent.stamp, $0) }
            case .wake(let deadline):
                if deadline < now.nanoseconds { complaints.append("woken \(now.nanoseconds - deadline) ns ago") }
                wake = deadline
            }
        }
        for event in events { send(event) }
    }

    func report(_ error: CoordinationError? = nil) {
        let (id, record) = unreported.removeFirst()
        if error == nil { log.append(record) }
        send(.written(id, transactionalID: record.transactionalID, error))
    }

    func advance(milliseconds: Int64) {
        let end = now.nanoseconds + UInt64(milliseconds) * 1_000_000
        while let deadline = wake, deadline <= end {
            wake = nil
            move(to: max(deadline, now.nanoseconds))
            send(.tick)
        }
        move(to: end)
    }

    private func move(to nanoseconds: UInt64) {
        let milliseconds = Int64((nanoseconds - GroupRig.start.nanoseconds) / 1_000_000)
        now = Moment(nanoseconds: nanoseconds, wallMilliseconds: GroupRig.start.wallMilliseconds + milliseconds)
    }

    func restart() {
        unreported = []
        unanswered = []
        wake = nil
        coordinator = restored()
        perform(coordinator.begin(at: now))
    }

    func restored() -> TransactionCoordinator {
        var restored = TransactionCoordinator(settings: coordinator.settings)
        for record in log { restored.replay(record) }
        return restored
    }

    private func token() -> ReplyToken {
        tokens += 1
        unanswered.insert(ReplyToken(tokens))
        return ReplyToken(tokens)
    }

    // What producers do.

    func initialise(
        _ id: String = "x", timeout: Int32 = 60_000, expected: ProducerStamp? = nil, version: Int16 = 4
    ) -> ReplyToken {
        let token = token()
        producerIDs += 1
        send(
            .initProducerID(
                InitProducerIDRequest(
                    transactionalID: id, timeoutMilliseconds: timeout, expected: expected, unusedProducerID: producerIDs,
                    apiVersion: version), token))
        return token
    }

    /// An initialised producer.
    func producer(_ id: String = "x", timeout: Int32 = 60_000) -> ProducerStamp {
        guard let stamp = stamp(initialise(id, timeout: timeout)) else {
            complaints.append("no producer")
            return ProducerStamp(producerID: -1, producerEpoch: -1)
        }
        return stamp
    }

    func add(_ partitions: [Int32], _ stamp: ProducerStamp, _ id: String = "x", version: Int16 = 3) -> ReplyToken {
        let token = token()
        send(
            .addPartitions(
                TransactionalProducer(transactionalID: id, stamp: stamp, apiVersion: version),
                partitions.map { TopicPartition(topic: "t", partition: $0) }, token))
        return token
    }

    func addOffsets(_ group: String, _ stamp: ProducerStamp, _ id: String = "x") -> ReplyToken {
        let token = token()
        send(.addOffsets(TransactionalProducer(transactionalID: id, stamp: stamp, apiVersion: 3), group: group, token))
        return token
    }

    func end(
        _ outcome: EndTransactionMarker.Outcome, _ stamp: ProducerStamp, _ id: String = "x", version: Int16 = 3
    ) -> ReplyToken {
        let token = token()
        send(.endTransaction(TransactionalProducer(transactionalID: id, stamp: stamp, apiVersion: version), outcome, token))
        return token
    }

    // What they are told.

    func stamp(_ token: ReplyToken) -> ProducerStamp? {
        guard case .initProducerID(.success(let stamp)) = replies[token] else { return nil }
        return stamp
    }

    /// The error of an answered request, nil for success; an unanswered one is complained of by the caller's expectation.
    func error(_ token: ReplyToken) -> CoordinationError? {
        switch replies[token] {
        case .initProducerID(.failure(let error)): error
        case .initProducerID(.success): nil
        case .addPartitions(let error), .addOffsets(let error), .endTransaction(let error): error
        case nil: .unknownServerError
        }
    }

    var state: TransactionState? { coordinator.describe("x")?.state }
}
