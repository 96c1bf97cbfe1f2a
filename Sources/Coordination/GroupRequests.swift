// What members ask of a group coordinator, in the terms of the protocol's newest version: the broker translates.
package import Records
package import Vocabulary

/// A way to assign partitions that a member knows, and what it says under it.
package struct GroupProtocol: Hashable, Sendable {
    package var name: String
    package var metadata: [UInt8]

    package init(name: String, metadata: [UInt8]) {
        self.name = name
        self.metadata = metadata
    }
}

/// Who speaks: a member by its id, and by its instance id when it is static (KIP-345).
package struct MemberIdentity: Hashable, Sendable {
    /// Empty when the member has none yet, or names only its instance.
    package var memberID: String
    package var instanceID: String?

    package init(memberID: String, instanceID: String? = nil) {
        self.memberID = memberID
        self.instanceID = instanceID
    }
}

package struct JoinRequest: Sendable {
    package var group: String
    package var identity: MemberIdentity
    package var clientID: String
    package var clientHost: String
    package var sessionTimeoutMilliseconds: Int32
    package var rebalanceTimeoutMilliseconds: Int32
    package var protocolType: String
    /// In the member's order of preference.
    package var protocols: [GroupProtocol]
    /// A random name, such as a UUID: with the client's it becomes the id of a member that has none.
    package var newIDSuffix: String
    /// From version 4 a member without an id learns it first and joins with it then (KIP-394).
    package var requiresKnownMemberID: Bool
    /// From version 9 a leader can be told to skip the assignment (KIP-814).
    package var supportsSkippingAssignment: Bool

    /// - Parameters:
    ///   - rebalanceTimeoutMilliseconds: nil before version 1, where the session timeout counts for both.
    ///   - apiVersion: of JoinGroup.
    package init(
        group: String, identity: MemberIdentity, clientID: String, clientHost: String, sessionTimeoutMilliseconds: Int32,
        rebalanceTimeoutMilliseconds: Int32?, protocolType: String, protocols: [GroupProtocol], newIDSuffix: String, apiVersion: Int16
    ) {
        self.group = group
        self.identity = identity
        self.clientID = clientID
        self.clientHost = clientHost
        self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds ?? sessionTimeoutMilliseconds
        self.protocolType = protocolType
        self.protocols = protocols
        self.newIDSuffix = newIDSuffix
        requiresKnownMemberID = apiVersion >= 4 && identity.instanceID == nil
        supportsSkippingAssignment = apiVersion >= 9
    }
}

package struct SyncRequest: Sendable {
    package var group: String
    package var identity: MemberIdentity
    package var generation: Int32
    /// From version 5; nil before. What the member believes was chosen.
    package var protocolType: String?
    package var protocolName: String?
    /// By member id; the leader's, empty from everybody else.
    package var assignments: [(memberID: String, assignment: [UInt8])]

    package init(
        group: String, identity: MemberIdentity, generation: Int32, protocolType: String? = nil, protocolName: String? = nil,
        assignments: [(memberID: String, assignment: [UInt8])] = []
    ) {
        self.group = group
        self.identity = identity
        self.generation = generation
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }
}

package struct HeartbeatRequest: Sendable {
    package var group: String
    package var identity: MemberIdentity
    package var generation: Int32

    package init(group: String, identity: MemberIdentity, generation: Int32) {
        self.group = group
        self.identity = identity
        self.generation = generation
    }
}

package struct LeaveRequest: Sendable {
    package var group: String
    /// One before version 3, any number from it.
    package var members: [MemberIdentity]

    package init(group: String, members: [MemberIdentity]) {
        self.group = group
        self.members = members
    }
}

/// A producer under its fencing epoch.
package struct ProducerStamp: Hashable, Sendable {
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch

    package init(producerID: ProducerID, producerEpoch: ProducerEpoch) {
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }
}

package struct OffsetCommitRequest: Sendable {
    package struct Position: Sendable {
        package var partition: TopicPartition
        package var offset: Offset
        package var leaderEpoch: LeaderEpoch?
        package var metadata: String

        package init(partition: TopicPartition, offset: Offset, leaderEpoch: LeaderEpoch? = nil, metadata: String = "") {
            self.partition = partition
            self.offset = offset
            self.leaderEpoch = leaderEpoch
            self.metadata = metadata
        }
    }

    package var group: String
    package var identity: MemberIdentity
    /// Nil for a consumer that only keeps its offsets here and is no member (−1 on the wire).
    package var generation: Int32?
    package var positions: [Position]
    /// OffsetCommit 2 to 4 only; nil for the broker's retention.
    package var retentionMilliseconds: Int64?
    /// The transaction this belongs to (TxnOffsetCommit); nil for a plain commit.
    package var producer: ProducerStamp?

    package init(
        group: String, identity: MemberIdentity, generation: Int32?, positions: [Position], retentionMilliseconds: Int64? = nil,
        producer: ProducerStamp? = nil
    ) {
        self.group = group
        self.identity = identity
        self.generation = generation
        self.positions = positions
        self.retentionMilliseconds = retentionMilliseconds
        self.producer = producer
    }
}

/// What happens to a group coordinator.
package enum GroupEvent: Sendable {
    case join(JoinRequest, ReplyToken)
    case sync(SyncRequest, ReplyToken)
    case heartbeat(HeartbeatRequest, ReplyToken)
    case leave(LeaveRequest, ReplyToken)
    case commit(OffsetCommitRequest, ReplyToken)
    case deleteOffsets(group: String, [TopicPartition], ReplyToken)
    case deleteGroup(String, ReplyToken)
    /// A write is in the log, or never will be.
    case written(WriteID, group: String, CoordinationError?)
    /// A transaction's marker is in the log of a partition of `__consumer_offsets`.
    case transactionEnded(ProducerID, EndTransactionMarker.Outcome, offsetsPartition: Int32)
    /// Topics, or the ends of them, are gone.
    case partitionsDeleted([TopicPartition])
    /// The time a group asked to be woken at has come.
    case tick(group: String)
    /// Now and then (Kafka: every ten minutes): forget offsets past their retention and groups without any.
    case expire
}
