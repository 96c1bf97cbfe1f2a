import Bytes
@testable import Coordination
import Records
import Testing
import Vocabulary

/// A coordinator with a log, a clock and the books that every effect is held against.
final class GroupRig {
    enum LogEntry: Hashable {
        case record(StoredGroupRecord)
        case marker(ProducerID, EndTransactionMarker.Outcome, Int32)
    }

    static let start = Moment(nanoseconds: 1_000_000_000, wallMilliseconds: 1_700_000_000_000)

    var coordinator: GroupCoordinator
    var now = GroupRig.start
    var replies: [ReplyToken: GroupReply] = [:]
    var unanswered: Set<ReplyToken> = []
    /// Writes asked for and not yet reported, oldest first.
    var unreported: [GroupWrite] = []
    /// Writes wait for `report` instead of being reported at once.
    var holdsWrites = false
    var log: [LogEntry] = []
    var wakes: [String: UInt64] = [:]
    /// What the coordinator did wrong.
    var complaints: [String] = []
    private var tokens: UInt64 = 0
    private var names: UInt64 = 0

    init(_ change: (inout GroupSettings) -> Void = { _ in }) {
        var settings = GroupSettings()
        settings.initialRebalanceDelayMilliseconds = 0
        change(&settings)
        coordinator = GroupCoordinator(settings: settings)
    }

    func token() -> ReplyToken {
        tokens += 1
        unanswered.insert(ReplyToken(tokens))
        return ReplyToken(tokens)
    }

    func send(_ event: GroupEvent) { perform(coordinator.apply(event, at: now)) }

    func perform(_ effects: [GroupEffect]) {
        var written: [GroupWrite] = []
        for effect in effects {
            switch effect {
            case .reply(let token, let reply):
                if unanswered.remove(token) == nil { complaints.append("a second or unasked reply \(reply)") }
                replies[token] = reply
            case .write(let write):
                if write.records.isEmpty { complaints.append("an empty write") }
                if holdsWrites { unreported.append(write) } else { written.append(write) }
            case .wake(let group, let deadline):
                if deadline < now.nanoseconds { complaints.append("woken \(now.nanoseconds - deadline) ns ago") }
                wakes[group] = deadline
            }
        }
        for write in written { finish(write, nil) }
    }

    private func finish(_ write: GroupWrite, _ error: CoordinationError?) {
        if error == nil {
            log += write.records.map { .record(StoredGroupRecord($0, producerID: write.producer?.producerID)) }
        }
        send(.written(write.id, group: write.group, error))
    }

    /// Reports the oldest write that waits.
    func report(_ error: CoordinationError? = nil) { finish(unreported.removeFirst(), error) }

    func mark(_ producer: ProducerID, _ outcome: EndTransactionMarker.Outcome, group: String = "g") {
        let partition = coordinator.partition(of: group)
        log.append(.marker(producer, outcome, partition))
        send(.transactionEnded(producer, outcome, offsetsPartition: partition))
    }

    /// Lets time pass, waking groups when they asked for it.
    func advance(milliseconds: Int64) {
        let end = Self.moved(now, nanoseconds: UInt64(milliseconds) * 1_000_000)
        while let (group, deadline) = wakes.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }), deadline <= end.nanoseconds {
            wakes[group] = nil
            now = Self.moved(now, nanoseconds: max(deadline, now.nanoseconds) - now.nanoseconds)
            send(.tick(group: group))
        }
        now = end
    }

    private static func moved(_ moment: Moment, nanoseconds: UInt64) -> Moment {
        let later = moment.nanoseconds + nanoseconds
        let milliseconds = Int64((later - start.nanoseconds) / 1_000_000)
        return Moment(nanoseconds: later, wallMilliseconds: start.wallMilliseconds + milliseconds)
    }

    /// What a coordinator knows that reads the log from its beginning.
    func restored() -> GroupCoordinator {
        var restored = GroupCoordinator(settings: coordinator.settings)
        for entry in log {
            switch entry {
            case .record(let record): restored.replay(record)
            case .marker(let producer, let outcome, let partition):
                _ = restored.apply(.transactionEnded(producer, outcome, offsetsPartition: partition), at: now)
            }
        }
        return restored
    }

    /// The broker dies and starts again; unanswered requests stay so.
    func restart() {
        unreported = []
        wakes = [:]
        unanswered = []
        coordinator = restored()
        perform(coordinator.begin(at: now))
    }

    func newName() -> String {
        names += 1
        return "\(names)"
    }

    // What clients do.

    static func subscription(_ topics: [String]) -> [UInt8] {
        var writer = RecordFieldWriter(version: 0)
        writer.count(topics.count)
        for topic in topics { writer.string(topic) }
        writer.count(nil)
        return writer.written
    }

    static let range = [GroupProtocol(name: "range", metadata: subscription(["t"]))]

    func join(
        _ memberID: String = "", instance: String? = nil, group: String = "g", session: Int32 = 10_000, rebalance: Int32? = 30_000,
        type: String = "consumer", protocols: [GroupProtocol] = GroupRig.range, version: Int16 = 3
    ) -> ReplyToken {
        let token = token()
        send(
            .join(
                JoinRequest(
                    group: group, identity: MemberIdentity(memberID: memberID, instanceID: instance), clientID: "c", clientHost: "/h",
                    sessionTimeoutMilliseconds: session, rebalanceTimeoutMilliseconds: rebalance, protocolType: type,
                    protocols: protocols, newIDSuffix: newName(), apiVersion: version), token))
        return token
    }

    func sync(
        _ memberID: String, instance: String? = nil, generation: Int32, _ assignments: [String: [UInt8]] = [:], group: String = "g",
        protocolName: String? = nil
    ) -> ReplyToken {
        let token = token()
        send(
            .sync(
                SyncRequest(
                    group: group, identity: MemberIdentity(memberID: memberID, instanceID: instance), generation: generation,
                    protocolName: protocolName,
                    assignments: assignments.sorted { $0.key < $1.key }.map { (memberID: $0.key, assignment: $0.value) }), token))
        return token
    }

    func heartbeat(_ memberID: String, instance: String? = nil, generation: Int32, group: String = "g") -> CoordinationError? {
        let token = token()
        send(
            .heartbeat(
                HeartbeatRequest(
                    group: group, identity: MemberIdentity(memberID: memberID, instanceID: instance), generation: generation), token))
        guard case .heartbeat(let error) = replies[token] else {
            complaints.append("a heartbeat went unanswered")
            return .unknownServerError
        }
        return error
    }

    func leave(_ members: MemberIdentity..., group: String = "g") -> [CoordinationError?] {
        let token = token()
        send(.leave(LeaveRequest(group: group, members: members), token))
        guard case .leave(let error, let errors) = replies[token] else { return [.unknownServerError] }
        return error.map { [$0] } ?? errors
    }

    func commit(
        _ positions: [(Int32, Offset)], _ memberID: String = "", generation: Int32? = nil, group: String = "g", topic: String = "t",
        metadata: String = "", retention: Int64? = nil, producer: ProducerID? = nil
    ) -> ReplyToken {
        let token = token()
        send(
            .commit(
                OffsetCommitRequest(
                    group: group, identity: MemberIdentity(memberID: memberID), generation: generation,
                    positions: positions.map {
                        .init(partition: TopicPartition(topic: topic, partition: $0.0), offset: $0.1, leaderEpoch: 0, metadata: metadata)
                    },
                    retentionMilliseconds: retention, producer: producer.map { ProducerStamp(producerID: $0, producerEpoch: 0) }), token))
        return token
    }

    // What they are told.

    func joined(_ token: ReplyToken) -> JoinReply? {
        guard case .join(let reply) = replies[token] else { return nil }
        return reply
    }

    func synced(_ token: ReplyToken) -> SyncReply? {
        guard case .sync(let reply) = replies[token] else { return nil }
        return reply
    }

    func committed(_ token: ReplyToken) -> [CoordinationError?]? {
        guard case .commit(let errors) = replies[token] else { return nil }
        return errors
    }

    func offset(_ partition: Int32, group: String = "g", topic: String = "t") -> Offset? {
        coordinator.fetch(group, [TopicPartition(topic: topic, partition: partition)])[0].committed?.offset
    }

    func machine(_ group: String = "g") -> GroupMachine? { coordinator.groups[group]?.machine }
    var state: GroupState { coordinator.describe("g").state }

    /// A stable group of `count` members, the leader first; each was assigned its own id.
    func stable(_ count: Int, instances: [String?] = [], group: String = "g", rebalance: Int32 = 30_000) -> (ids: [String], generation: Int32) {
        func instance(_ n: Int) -> String? { n < instances.count ? instances[n] : nil }
        var tokens = [join(instance: instance(0), group: group, rebalance: rebalance)]
        var ids = [joined(tokens[0])?.memberID ?? ""]
        for n in 1..<max(count, 1) where count > 1 {
            tokens.append(join(instance: instance(n), group: group, rebalance: rebalance))
            for member in ids.indices { tokens[member] = join(ids[member], instance: instance(member), group: group, rebalance: rebalance) }
            ids.append(joined(tokens[n])?.memberID ?? "")
        }
        let generation = joined(tokens[0])?.generation ?? -1
        let assignments = Dictionary(ids.map { ($0, Array($0.utf8)) }, uniquingKeysWith: { $1 })
        for (n, id) in ids.enumerated() { _ = sync(id, instance: instance(n), generation: generation, n == 0 ? assignments : [:], group: group) }
        return (ids, generation)
    }
}
