// The coordinators' own topics: what they append comes back after a restart in its order, and clients keep their hands off.
import Coordination
import Records
import StorageEngine
import Testing
import Vocabulary
import Wire

@testable import Broker

/// Drives an internal topic's log from a test's thread.
struct TopicRig {
    private let broker: Broker
    private let home: Int
    private let log: LoopBound<InternalTopicLog>

    init(_ server: TestBroker, _ topic: InternalTopic, home: Int = 0) throws {
        broker = server.broker
        self.home = home
        let made = Box<LoopBound<InternalTopicLog>?>(nil)
        broker.post(to: home) { made.set(LoopBound(InternalTopicLog(topic, of: $0))) }
        try eventually { made.value != nil }
        log = try #require(made.value)
    }

    private func run(_ body: @escaping @Sendable (InternalTopicLog, @escaping @Sendable () -> Void) -> Void) throws {
        let isDone = Box(false)
        broker.post(to: home) { [log] _ in body(log.value) { isDone.set(true) } }
        try eventually { isDone.value }
    }

    /// Appends one batch after the other without waiting; their outcomes in the order they came.
    func append(_ batches: [(Int32, [StateRecord])], transaction: ProducerStamp? = nil) throws -> [(Int, ErrorCode)] {
        let outcomes = Box<[(Int, ErrorCode)]>([])
        try run { log, done in
            for (number, batch) in batches.enumerated() {
                log.append(batch.1, to: batch.0, transaction: transaction) { error in
                    outcomes.change { $0.append((number, error)) }
                    if outcomes.value.count == batches.count { done() }
                }
            }
        }
        return outcomes.value
    }

    func load() throws -> (entries: [Int32: [InternalEntry]], unreadable: Set<Int32>) {
        let found = Box<(entries: [Int32: [InternalEntry]], unreadable: Set<Int32>)>(([:], []))
        try run { log, done in
            log.load { partition, entries throws(StateRecordError) in
                found.change { $0.entries[partition, default: []] += entries }
            } done: { unreadable in
                found.change { $0.unreadable = unreadable }
                done()
            }
        }
        return found.value
    }
}

private func record(_ key: String, _ value: String?) -> StateRecord {
    StateRecord(key: Array(key.utf8), value: value.map { Array($0.utf8) })
}

@Suite struct InternalTopicTests {
    static let small = ["offsets.topic.num.partitions": "5", "transaction.state.log.num.partitions": "3"]

    @Test func `a topic that nobody made reads as empty`() throws {
        let server = try TestBroker(Self.small)
        let found = try TopicRig(server, .consumerOffsets).load()
        #expect(found.entries.isEmpty && found.unreadable.isEmpty)
        #expect(server.broker.storage.topics().isEmpty)
    }

    @Test(arguments: [1, 3])
    func `records come back after a restart, partition by partition in their order`(loops: Int) throws {
        let directory = "/tmp/tidemark-test-internal-\(UInt64.random(in: 0..<UInt64.max))"
        let first = try TestBroker(loops: loops, directory: directory, Self.small)
        first.keepsFiles = true
        let rig = try TopicRig(first, .transactionState, home: loops - 1)
        // Large values, so that several lots are read.
        let batches = (0..<60).map { number in
            (Int32(number % 3), [record("key-\(number)", String(repeating: "v", count: 10_000)), record("gone-\(number)", nil)])
        }
        #expect(try rig.append(batches).map(\.1) == batches.map { _ in ErrorCode.none })
        try first.stop()

        let second = try TestBroker(loops: loops, directory: directory, ["transaction.state.log.num.partitions": "9"])
        #expect(second.broker.partitionCount(of: .transactionState) == 3)
        let found = try TopicRig(second, .transactionState).load()
        #expect(found.unreadable.isEmpty)
        for partition in Int32(0)..<3 {
            let expected = batches.filter { $0.0 == partition }.flatMap(\.1).map { InternalEntry.record($0, producerID: nil) }
            #expect(found.entries[partition] == expected)
        }
    }

    @Test func `outcomes come in the order of the appends, also when a later one is refused at the door`() throws {
        let server = try TestBroker(["offsets.topic.num.partitions": "2", "log.flush.interval.messages": "1"])
        let rig = try TopicRig(server, .consumerOffsets)
        let huge = record("huge", String(repeating: "x", count: InternalTopic.largestBatchBytes))
        let outcomes = try rig.append([(1, [record("a", "1")]), (1, [huge]), (1, [record("b", "2")])])
        #expect(outcomes.map(\.0) == [0, 1, 2])
        #expect(outcomes.map(\.1) == [.none, .messageTooLarge, .none])
        let found = try rig.load()
        #expect(found.entries[1] == [.record(record("a", "1"), producerID: nil), .record(record("b", "2"), producerID: nil)])
    }

    @Test func `a partition that does not exist is an error, not a hang`() throws {
        let server = try TestBroker(Self.small)
        let rig = try TopicRig(server, .consumerOffsets)
        #expect(try rig.append([(5, [record("k", "v")]), (0, [record("k", "v")])]).map(\.1).contains(.unknownTopicOrPartition))
    }

    @Test func `a transaction's records come back with their producer, and its marker behind them`() throws {
        let server = try TestBroker(Self.small)
        let rig = try TopicRig(server, .consumerOffsets)
        let stamp = ProducerStamp(producerID: 7_000, producerEpoch: 2)
        #expect(try rig.append([(4, [record("a", "1")]), (4, [record("b", "2")])], transaction: stamp).map(\.1) == [.none, .none])
        let marker = EndTransactionMarker(producerID: 7_000, producerEpoch: 2, outcome: .commit, coordinatorEpoch: 3)
        let isStaged = Box(false)
        let topic = InternalTopic.consumerOffsets.name
        server.broker.post(to: 0) { shard in
            shard.withLog(of: TopicPartition(topic: topic, partition: 4)) { log in
                do {
                    _ = try log.stage(marker, timestampMilliseconds: 1)
                    _ = try log.writeStaged()
                    isStaged.set(true)
                } catch { Issue.record(error) }
            }
        }
        try eventually { isStaged.value }
        #expect(
            try rig.load().entries[4] == [
                .record(record("a", "1"), producerID: 7_000), .record(record("b", "2"), producerID: 7_000), .marker(marker),
            ])
    }

    @Test func `clients see an internal topic and can't write, make, cut or delete it`() throws {
        let server = try TestBroker(Self.small)
        let client = try server.connect()
        let name = InternalTopic.consumerOffsets.name
        func create() throws -> ErrorCode {
            let request = CreateTopicsRequest(topics: [.init(name: name, partitionCount: 1, replicationFactor: 1)])
            return try client.ask(request, 7, CreateTopicsResponse.self).topics[0].errorCode
        }
        #expect(try create() == .invalidTopic)
        let metadata = try client.ask(MetadataRequest(topics: [.init(name: name)]), 12, MetadataResponse.self).topics[0]
        #expect(metadata.errorCode == .none && metadata.isInternal && metadata.partitions.count == 5)
        #expect(try client.produce(name, batch()).errorCode == .invalidTopic)
        #expect(try create() == .invalidTopic)
        let deletion = DeleteTopicsRequest(topics: [.init(name: name)], timeoutMilliseconds: 1)
        #expect(try client.ask(deletion, 6, DeleteTopicsResponse.self).responses[0].errorCode == .invalidTopic)
        let cut = DeleteRecordsRequest(topics: [.init(name: name, partitions: [.init(partitionIndex: 0, offset: 0)])], timeoutMilliseconds: 1)
        #expect(try client.ask(cut, 2, DeleteRecordsResponse.self).topics[0].partitions[0].errorCode == .invalidTopic)
        #expect(try client.fetch(name, from: 0).errorCode == .none)
        try client.create("plain")
        let plain = try client.ask(MetadataRequest(topics: [.init(name: "plain")]), 12, MetadataResponse.self).topics[0]
        #expect(!plain.isInternal)
    }
}
