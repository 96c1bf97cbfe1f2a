@testable import Coordination
import Records
import Testing
import Vocabulary

/// A broker whose every effect is a step, partitions with data and markers, and one producer at a time.
struct TransactionWorld {
    private enum Step {
        case effect(TransactionEffect)
        case event(TransactionEvent)
        case marker(TransactionMarkers, TopicPartition)
        case groupEffect(GroupEffect)
        case groupEvent(GroupEvent)
    }

    /// What the producer does next.
    private enum Act {
        case start
        case produce(transaction: Int, [Int32])
        case offsets(transaction: Int)
        case end(transaction: Int, EndTransactionMarker.Outcome)
        /// Falls silent until the coordinator has aborted the transaction.
        case stall(transaction: Int)
    }

    private static let script: [Act] = [
        .start, .produce(transaction: 1, [0, 1]), .offsets(transaction: 1), .end(transaction: 1, .commit),
        .produce(transaction: 2, [1]), .offsets(transaction: 2), .produce(transaction: 2, [2]), .end(transaction: 2, .abort),
        .produce(transaction: 3, [0, 2]), .offsets(transaction: 3), .start, .produce(transaction: 4, [0, 1, 2]), .end(transaction: 4, .commit),
        .offsets(transaction: 5), .produce(transaction: 5, [1, 2]), .stall(transaction: 5), .start, .produce(transaction: 6, [2]),
        .offsets(transaction: 6), .end(transaction: 6, .commit),
    ]
    /// What must become of each transaction.
    private static let outcomes: [Int: EndTransactionMarker.Outcome] = [1: .commit, 2: .abort, 3: .abort, 4: .commit, 5: .abort, 6: .commit]

    private let crash: (Int) -> Bool
    private var coordinator = TransactionCoordinator()
    private var groups = GroupCoordinator()
    private var groupLog: [GroupRig.LogEntry] = []
    private var commits: [ReplyToken: [CoordinationError?]] = [:]
    private static let offsetsPartition = TopicPartition(topic: "__consumer_offsets", partition: CoordinatorPartition.of("g"))
    private static let consumed = TopicPartition(topic: "source", partition: 0)
    private var now = GroupRig.start
    private var steps: [Step] = []
    private var taken = 0
    private(set) var crashes = 0
    private(set) var complaints: [String] = []
    private var log: [TransactionRecord] = []
    private var replies: [ReplyToken: TransactionReply] = [:]
    private var tokens: UInt64 = 0
    private var producerIDs: ProducerID = 0
    private var stamp = ProducerStamp(producerID: -1, producerEpoch: -1)
    /// Transactions with records in a partition that no marker has ended, and how the others ended.
    private var open: [TopicPartition: Set<Int>] = [:]
    private var ended: [TopicPartition: [Int: EndTransactionMarker.Outcome]] = [:]

    init(crash: @escaping (Int) -> Bool) { self.crash = crash }

    func restored() -> TransactionCoordinator {
        var restored = TransactionCoordinator()
        for record in log { restored.replay(record) }
        return restored
    }

    mutating func run() {
        for act in Self.script { perform(act) }
        drain()
        for (partition, transactions) in open where !transactions.isEmpty {
            complaints.append("\(transactions.sorted()) still open in \(partition)")
        }
        for (partition, transactions) in ended {
            for (transaction, outcome) in transactions where outcome != Self.outcomes[transaction] {
                complaints.append("transaction \(transaction): \(outcome) in \(partition)")
            }
        }
        if coordinator.describe("x")?.state != .completeCommit { complaints.append("ends as \(String(describing: coordinator.describe("x")))") }
        checkOffset(after: 6)
        if restored().records != coordinator.records { complaints.append("the log tells another story") }
    }

    private mutating func perform(_ act: Act) {
        switch act {
        case .start:
            guard case .initProducerID(.success(let new)) = insist({ .initProducerID($0, $1) }) else { return }
            stamp = new
        case .produce(let transaction, let numbers):
            let partitions = numbers.map { TopicPartition(topic: "t", partition: $0) }
            guard case .addPartitions(nil) = insist({ .addPartitions($0, partitions, $1) }) else { return }
            for partition in partitions { open[partition, default: []].insert(transaction) }
        case .offsets(let transaction):
            guard case .addOffsets(nil) = insist({ .addOffsets($0, group: "g", $1) }) else { return }
            open[Self.offsetsPartition, default: []].insert(transaction)
            commitOffset(Offset(transaction))
        case .end(let transaction, let outcome):
            _ = insist { .endTransaction($0, outcome, $1) }
            checkOffset(after: transaction)
        case .stall(let transaction):
            for _ in 0..<100 where open.values.contains(where: { $0.contains(transaction) }) {
                pass(milliseconds: 61_000)
                drain()
            }
        }
    }

    /// TxnOffsetCommit: the position is the number of the transaction.
    private mutating func commitOffset(_ offset: Offset) {
        for _ in 0..<200 {
            tokens += 1
            let token = ReplyToken(tokens)
            let request = OffsetCommitRequest(
                group: "g", identity: MemberIdentity(memberID: ""), generation: nil,
                positions: [.init(partition: Self.consumed, offset: offset)], producer: stamp)
            steps.append(.groupEvent(.commit(request, token)))
            drain()
            if let errors = commits[token] {
                if errors != [nil] { complaints.append("a commit was answered \(errors)") }
                return
            }
        }
        complaints.append("a commit was never answered")
    }

    /// The group is where the last committed transaction left it.
    private mutating func checkOffset(after transaction: Int) {
        // Of the transactions that commit, the first and the last move the group.
        let expected: Offset = transaction < 6 ? 1 : 6
        let fetched = groups.fetch("g", [Self.consumed], requiresStable: true)[0]
        if fetched.error != nil || fetched.committed?.offset != expected {
            complaints.append("after transaction \(transaction) the group is at \(fetched)")
        }
    }

    private mutating func insist(_ event: (InitProducerIDRequest, ReplyToken) -> TransactionEvent) -> TransactionReply? {
        insistent { world, token in
            world.producerIDs += 1
            return event(
                InitProducerIDRequest(
                    transactionalID: "x", timeoutMilliseconds: 60_000, expected: nil, unusedProducerID: world.producerIDs, apiVersion: 4),
                token)
        }
    }

    private mutating func insist(_ event: (TransactionalProducer, ReplyToken) -> TransactionEvent) -> TransactionReply? {
        insistent { world, token in event(TransactionalProducer(transactionalID: "x", stamp: world.stamp, apiVersion: 3), token) }
    }

    /// Asks until there is an answer other than «wait».
    private mutating func insistent(_ event: (inout TransactionWorld, ReplyToken) -> TransactionEvent) -> TransactionReply? {
        for _ in 0..<200 {
            tokens += 1
            let token = ReplyToken(tokens)
            let event = event(&self, token)
            steps.append(.event(event))
            drain()
            pass(milliseconds: 10)
            guard let reply = replies[token] else { continue }
            switch reply {
            case .initProducerID(.failure(.concurrentTransactions)), .addPartitions(.concurrentTransactions?),
                .addOffsets(.concurrentTransactions?), .endTransaction(.concurrentTransactions?):
                continue
            case .initProducerID(.success), .addPartitions(nil), .addOffsets(nil), .endTransaction(nil): return reply
            default:
                complaints.append("answered \(reply)")
                return nil
            }
        }
        complaints.append("never answered")
        return nil
    }

    private mutating func pass(milliseconds: Int64) {
        now.nanoseconds += UInt64(milliseconds) * 1_000_000
        now.wallMilliseconds += milliseconds
        steps.append(.event(.tick))
    }

    /// Takes step after step, and dies where it shall: what was not done by then is never done.
    private mutating func drain() {
        while !steps.isEmpty {
            let step = steps.removeFirst()
            take(step)
            taken += 1
            guard crash(taken) else { continue }
            crashes += 1
            steps = []
            coordinator = restored()
            steps = coordinator.begin(at: now).map { .effect($0) }
            restoreGroups()
        }
    }

    private mutating func restoreGroups() {
        groups = GroupCoordinator()
        for entry in groupLog {
            switch entry {
            case .record(let record): groups.replay(record)
            case .marker(let producer, let outcome, let partition):
                _ = groups.apply(.transactionEnded(producer, outcome, offsetsPartition: partition), at: now)
            }
        }
        steps += groups.begin(at: now).map { .groupEffect($0) }
    }

    private mutating func take(_ step: Step) {
        switch step {
        case .event(let event): steps += coordinator.apply(event, at: now).map { .effect($0) }
        case .effect(.reply(let token, let reply)): replies[token] = reply
        case .groupEvent(let event): steps += groups.apply(event, at: now).map { .groupEffect($0) }
        case .groupEffect(.reply(let token, .commit(let errors))): commits[token] = errors
        case .groupEffect(.write(let write)):
            groupLog += write.records.map { .record(StoredGroupRecord($0, producerID: write.producer?.producerID)) }
            steps.append(.groupEvent(.written(write.id, group: write.group, nil)))
        case .groupEffect, .effect(.wake): break
        case .effect(.write(let id, let record)):
            log.append(record)
            steps.append(.event(.written(id, transactionalID: record.transactionalID, nil)))
        case .effect(.sendMarkers(let markers)): steps += markers.partitions.map { .marker(markers, $0) }
        case .marker(let markers, let partition):
            for transaction in open[partition] ?? [] { ended[partition, default: [:]][transaction] = markers.outcome }
            open[partition] = []
            if partition == Self.offsetsPartition {
                groupLog.append(.marker(markers.stamp.producerID, markers.outcome, partition.partition))
                steps.append(
                    .groupEvent(
                        .transactionEnded(markers.stamp.producerID, markers.outcome, offsetsPartition: partition.partition)))
            }
            steps.append(.event(.markerWritten(transactionalID: "x", markers.stamp, partition)))
        }
    }
}
