// What `__consumer_offsets` keeps: committed offsets and groups, byte for byte as Kafka writes them.
//
//   offset key    version i16 = 1 · group · topic · partition i32                         (version 0 reads the same)
//   offset value  version i16 = 3 · offset i64 · leaderEpoch i32 · metadata · commitTime i64
//                 version 1: offset · metadata · commitTime · expireTime i64     0 and 2: offset · metadata · commitTime
//   group key     version i16 = 2 · group
//   group value   version i16 = 3 · protocolType · generation i32 · protocol? · leader? · stateTime i64 · members
//      member     id · instance? (3+) · clientId · clientHost · rebalanceTimeout i32 (1+) · sessionTimeout i32 ·
//                 subscription blob · assignment blob                                     stateTime: from version 2
//
// Times are milliseconds since 1970. Source: OffsetCommitKey, OffsetCommitValue, GroupMetadataKey, GroupMetadataValue.
package import Vocabulary

/// A position that a consumer committed.
package struct CommittedOffset: Hashable, Sendable {
    package var offset: Offset
    /// Of the last record consumed (KIP-320); nil when the client did not say.
    package var leaderEpoch: LeaderEpoch?
    package var metadata: String
    package var commitMilliseconds: Int64
    /// A retention that the commit itself asked for, as OffsetCommit 2 to 4 may; it replaces the broker's.
    package var expireMilliseconds: Int64?

    package init(
        offset: Offset, leaderEpoch: LeaderEpoch?, metadata: String, commitMilliseconds: Int64, expireMilliseconds: Int64? = nil
    ) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.commitMilliseconds = commitMilliseconds
        self.expireMilliseconds = expireMilliseconds
    }
}

/// A group as its record keeps it: what a coordinator needs to go on after a restart.
package struct GroupSnapshot: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var id: String
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        package var rebalanceTimeoutMilliseconds: Int32
        package var sessionTimeoutMilliseconds: Int32
        package var subscription: [UInt8]
        package var assignment: [UInt8]
    }

    package var protocolType: String
    package var generation: Int32
    package var protocolName: String?
    package var leaderID: String?
    /// When the group entered its state, since 1970; nil in records before version 2.
    package var stateMilliseconds: Int64?
    package var members: [Member]
}

/// One record of `__consumer_offsets`; a nil payload is a tombstone.
package enum GroupRecord: Hashable, Sendable {
    case offset(group: String, TopicPartition, CommittedOffset?)
    case group(String, GroupSnapshot?)

    package var group: String {
        switch self {
        case .offset(let group, _, _), .group(let group, _): group
        }
    }

    package var encoded: StateRecord {
        switch self {
        case .offset(let group, let partition, let committed):
            StateRecord(key: Self.key(group, partition), value: committed.map(Self.value))
        case .group(let group, let snapshot): StateRecord(key: Self.key(group), value: snapshot.map(Self.value))
        }
    }

    /// Reads a record; nil for a key version of a later protocol, which a loader passes over.
    package init?(_ record: StateRecord) throws(StateRecordError) {
        let decoded: GroupRecord? = try RecordFieldReader.read(record.key) { reader throws(StateRecordError) in
            switch try reader.integer(Int16.self) {
            case 0, 1:
                let group = try reader.string()
                let partition = TopicPartition(topic: try reader.string(), partition: try reader.integer())
                return .offset(group: group, partition, try record.value.map(Self.committedOffset))
            case 2: return .group(try reader.string(), try record.value.map(Self.snapshot))
            default: return nil
            }
        }
        guard let decoded else { return nil }
        self = decoded
    }
}

extension GroupRecord {
    private static func key(_ group: String, _ partition: TopicPartition) -> [UInt8] {
        var writer = RecordFieldWriter(version: 1)
        writer.string(group)
        writer.string(partition.topic)
        writer.integer(partition.partition)
        return writer.written
    }

    private static func key(_ group: String) -> [UInt8] {
        var writer = RecordFieldWriter(version: 2)
        writer.string(group)
        return writer.written
    }

    private static func value(_ committed: CommittedOffset) -> [UInt8] {
        // Only version 1 can say when an offset expires, and it has no leader epoch: Kafka makes the same choice.
        let version: Int16 = committed.expireMilliseconds == nil ? 3 : 1
        var writer = RecordFieldWriter(version: version)
        writer.integer(committed.offset)
        if version == 3 { writer.integer(committed.leaderEpoch ?? -1) }
        writer.string(committed.metadata)
        writer.integer(committed.commitMilliseconds)
        if let expire = committed.expireMilliseconds { writer.integer(expire) }
        return writer.written
    }

    private static func committedOffset(_ value: [UInt8]) throws(StateRecordError) -> CommittedOffset {
        try RecordFieldReader.read(value) { reader throws(StateRecordError) in
            let version: Int16 = try reader.integer()
            guard (0...3).contains(version) else { throw .version(version) }
            let offset: Offset = try reader.integer()
            let epoch: LeaderEpoch = try version == 3 ? reader.integer() : -1
            let metadata = try reader.string()
            let commit: Int64 = try reader.integer()
            let expire: Int64 = try version == 1 ? reader.integer() : -1
            return CommittedOffset(
                offset: offset, leaderEpoch: epoch < 0 ? nil : epoch, metadata: metadata, commitMilliseconds: commit,
                expireMilliseconds: expire < 0 ? nil : expire)
        }
    }

    private static func value(_ snapshot: GroupSnapshot) -> [UInt8] {
        var writer = RecordFieldWriter(version: 3)
        writer.string(snapshot.protocolType)
        writer.integer(snapshot.generation)
        writer.string(snapshot.protocolName)
        writer.string(snapshot.leaderID)
        writer.integer(snapshot.stateMilliseconds ?? -1)
        writer.count(snapshot.members.count)
        for member in snapshot.members {
            writer.string(member.id)
            writer.string(member.instanceID)
            writer.string(member.clientID)
            writer.string(member.clientHost)
            writer.integer(member.rebalanceTimeoutMilliseconds)
            writer.integer(member.sessionTimeoutMilliseconds)
            writer.blob(member.subscription)
            writer.blob(member.assignment)
        }
        return writer.written
    }

    private static func snapshot(_ value: [UInt8]) throws(StateRecordError) -> GroupSnapshot {
        try RecordFieldReader.read(value) { reader throws(StateRecordError) in
            let version: Int16 = try reader.integer()
            guard (0...3).contains(version) else { throw .version(version) }
            var snapshot = GroupSnapshot(
                protocolType: try reader.string(), generation: try reader.integer(), protocolName: try reader.nullableString(),
                leaderID: try reader.nullableString(), stateMilliseconds: nil, members: [])
            if version >= 2 {
                let state: Int64 = try reader.integer()
                snapshot.stateMilliseconds = state < 0 ? nil : state
            }
            for _ in 0..<(try reader.count(ofAtLeast: 18)) { snapshot.members.append(try member(&reader, version)) }
            return snapshot
        }
    }

    private static func member(_ reader: inout RecordFieldReader, _ version: Int16) throws(StateRecordError) -> GroupSnapshot.Member {
        let id = try reader.string()
        let instance = try version >= 3 ? reader.nullableString() : nil
        let client = try reader.string()
        let host = try reader.string()
        let rebalance: Int32? = try version >= 1 ? reader.integer(Int32.self) : nil
        let session: Int32 = try reader.integer()
        return GroupSnapshot.Member(
            id: id, instanceID: instance, clientID: client, clientHost: host, rebalanceTimeoutMilliseconds: rebalance ?? session,
            sessionTimeoutMilliseconds: session, subscription: try reader.blob(), assignment: try reader.blob())
    }
}
