@testable import Coordination
import Testing
import Vocabulary

/// Golden bytes written by hand from the tables at the top of Formats/.
@Suite struct StateRecordTests {
    private static let offsetKey: [UInt8] = [0, 1, 0, 1, 0x67, 0, 2, 0x74, 0x31, 0, 0, 0, 7]
    private static let offsetValue: [UInt8] =
        [0, 3, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 5, 0, 2, 0x6d, 0x64, 0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0]
    private static let groupValue: [UInt8] =
        [0, 3, 0, 1, 0x63, 0, 0, 0, 9, 0, 1, 0x72, 0, 1, 0x6d, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 1]
        + [0, 1, 0x6d, 0xff, 0xff, 0, 1, 0x63, 0, 2, 0x2f, 0x68, 0, 0, 0x75, 0x30, 0, 0, 0x27, 0x10, 0, 0, 0, 1, 3, 0, 0, 0, 2, 4, 5]
    private static let transactionValue: [UInt8] =
        [0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 2, 0, 0, 0xea, 0x60, 1]
        + [2, 2, 0x74, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0] + [0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 0, 0, 0, 0, 20]
        + [1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7]

    private static let committed = CommittedOffset(
        offset: 42, leaderEpoch: 5, metadata: "md", commitMilliseconds: 1_700_000_000_000)
    private static let group = GroupSnapshot(
        protocolType: "c", generation: 9, protocolName: "r", leaderID: "m", stateMilliseconds: 11,
        members: [
            GroupSnapshot.Member(
                id: "m", instanceID: nil, clientID: "c", clientHost: "/h", rebalanceTimeoutMilliseconds: 30_000,
                sessionTimeoutMilliseconds: 10_000, subscription: [3], assignment: [4, 5])
        ])
    private static let transaction = TransactionSnapshot(
        producerID: 8, producerEpoch: 2, previousProducerID: 7, timeoutMilliseconds: 60_000, state: .ongoing,
        partitions: [TopicPartition(topic: "t", partition: 0), TopicPartition(topic: "t", partition: 4)], updatedMilliseconds: 21,
        startedMilliseconds: 20)

    @Test func `records are written as Kafka writes them`() {
        let partition = TopicPartition(topic: "t1", partition: 7)
        let offset = GroupRecord.offset(group: "g", partition, Self.committed).encoded
        #expect(offset.key == Self.offsetKey)
        #expect(offset.value == Self.offsetValue)
        #expect(GroupRecord.offset(group: "g", partition, nil).encoded == StateRecord(key: Self.offsetKey, value: nil))
        #expect(GroupRecord.group("g", Self.group).encoded == StateRecord(key: [0, 2, 0, 1, 0x67], value: Self.groupValue))
        #expect(GroupRecord.group("g", nil).encoded == StateRecord(key: [0, 2, 0, 1, 0x67], value: nil))
        let transaction = TransactionRecord(transactionalID: "x", snapshot: Self.transaction).encoded
        #expect(transaction == StateRecord(key: [0, 0, 0, 1, 0x78], value: Self.transactionValue))
    }

    @Test func `an offset that says when it expires is written in the only version that can say so`() throws {
        var committed = Self.committed
        committed.expireMilliseconds = 1_700_000_000_001
        let record = GroupRecord.offset(group: "g", TopicPartition(topic: "t1", partition: 7), committed)
        #expect(record.encoded.value?.prefix(2) == [0, 1])
        committed.leaderEpoch = nil
        #expect(try GroupRecord(record.encoded) == .offset(group: "g", TopicPartition(topic: "t1", partition: 7), committed))
    }

    @Test func `records read back`() throws {
        #expect(
            try GroupRecord(StateRecord(key: Self.offsetKey, value: Self.offsetValue))
                == .offset(group: "g", TopicPartition(topic: "t1", partition: 7), Self.committed))
        #expect(try GroupRecord(StateRecord(key: [0, 2, 0, 1, 0x67], value: Self.groupValue)) == .group("g", Self.group))
        #expect(
            try TransactionRecord(StateRecord(key: [0, 0, 0, 1, 0x78], value: Self.transactionValue))
                == TransactionRecord(transactionalID: "x", snapshot: Self.transaction))
    }

    @Test func `older versions read too`() throws {
        let key: [UInt8] = [0, 0, 0, 1, 0x67, 0, 1, 0x74, 0, 0, 0, 0]
        for version: UInt8 in [0, 2] {
            let value: [UInt8] = [0, version, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6]
            let expected = CommittedOffset(offset: 9, leaderEpoch: nil, metadata: "", commitMilliseconds: 6)
            #expect(try GroupRecord(StateRecord(key: key, value: value)) == .offset(group: "g", TopicPartition(topic: "t", partition: 0), expected))
        }
        let group: [UInt8] =
            [0, 0, 0, 1, 0x63, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 1, 0x6d, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]
        guard case .group(_, let snapshot?)? = try GroupRecord(StateRecord(key: [0, 2, 0, 0], value: group)) else {
            Issue.record("no group")
            return
        }
        #expect(snapshot.stateMilliseconds == nil)
        #expect(snapshot.members.map(\.rebalanceTimeoutMilliseconds) == [5])

        let classic: [UInt8] =
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 2, 0, 0, 0xea, 0x60, 0, 0xff, 0xff, 0xff, 0xff] + [0, 0, 0, 0, 0, 0, 0, 21]
            + [UInt8](repeating: 0xff, count: 8)
        let read = try TransactionRecord(StateRecord(key: [0, 0, 0, 1, 0x78], value: classic))?.snapshot
        #expect(read?.state == .empty)
        #expect(read?.partitions == [])
        #expect(read?.startedMilliseconds == nil)
        #expect(read?.previousProducerID == nil)
    }

    @Test func `keys of later protocols are passed over, later values are refused`() throws {
        #expect(try GroupRecord(StateRecord(key: [0, 3, 0, 1, 0x67], value: [0, 0])) == nil)
        #expect(try TransactionRecord(StateRecord(key: [0, 1, 0, 1, 0x67], value: [0, 0])) == nil)
        #expect(throws: StateRecordError.version(4)) { try GroupRecord(StateRecord(key: Self.offsetKey, value: [0, 4] + Self.offsetValue.dropFirst(2))) }
        #expect(throws: StateRecordError.version(4)) { try GroupRecord(StateRecord(key: [0, 2, 0, 0], value: [0, 4] + Self.groupValue.dropFirst(2))) }
        #expect(throws: StateRecordError.version(2)) { try TransactionRecord(StateRecord(key: [0, 0, 0, 0], value: [0, 2])) }
    }

    @Test func `unknown tagged fields are skipped`() throws {
        let value = Self.transactionValue.dropLast(11) + [2, 2, 2, 0, 1, 99, 1, 0xaa]
        let read = try TransactionRecord(StateRecord(key: [0, 0, 0, 1, 0x78], value: Array(value)))?.snapshot
        #expect(read?.producerID == 8)
        #expect(read?.previousProducerID == nil)
    }

    @Test func `a record cut at any byte is refused, and a damaged one never crashes`() {
        var generator = SeededGenerator(seed: 11)
        for (key, value) in [(Self.offsetKey, Self.offsetValue), ([0, 2, 0, 1, 0x67], Self.groupValue)] {
            for end in 0..<value.count {
                #expect(throws: StateRecordError.self) { try GroupRecord(StateRecord(key: key, value: Array(value[..<end]))) }
            }
            for end in 0..<key.count {
                #expect(throws: StateRecordError.self) { try GroupRecord(StateRecord(key: Array(key[..<end]), value: nil)) }
            }
            for _ in 0..<2_000 {
                var damaged = value
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                _ = try? GroupRecord(StateRecord(key: key, value: damaged))
            }
        }
        for end in 0..<Self.transactionValue.count {
            #expect(throws: StateRecordError.self) {
                try TransactionRecord(StateRecord(key: [0, 0, 0, 0], value: Array(Self.transactionValue[..<end])))
            }
        }
        for _ in 0..<4_000 {
            var damaged = Self.transactionValue
            damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            _ = try? TransactionRecord(StateRecord(key: [0, 0, 0, 0], value: damaged))
        }
    }

    @Test func `a count that the bytes cannot hold allocates nothing`() {
        var value = Array(Self.groupValue[..<27])
        value.replaceSubrange(23..<27, with: [0x7f, 0xff, 0xff, 0xff])
        #expect(throws: StateRecordError.invalid(at: 23)) { try GroupRecord(StateRecord(key: [0, 2, 0, 0], value: value)) }
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
