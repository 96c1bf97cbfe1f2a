// What a group coordinator answers and asks its driver to do.
package import Vocabulary

package struct JoinReply: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var id: String
        package var instanceID: String?
        /// Under the chosen protocol.
        package var metadata: [UInt8]
    }

    package var error: CoordinationError?
    /// Nil with an error (−1 on the wire).
    package var generation: Int32?
    package var protocolType: String?
    package var protocolName: String?
    /// Empty with an error.
    package var leaderID = ""
    package var memberID: String
    /// Everybody, for the leader; empty for the rest.
    package var members: [Member] = []
    /// The leader keeps the assignment as it is (KIP-814).
    package var skipsAssignment = false
}

package struct SyncReply: Hashable, Sendable {
    package var error: CoordinationError?
    package var protocolType: String?
    package var protocolName: String?
    package var assignment: [UInt8] = []
}

package enum GroupReply: Hashable, Sendable {
    case join(JoinReply)
    case sync(SyncReply)
    case heartbeat(CoordinationError?)
    /// The whole request's error, and each member's in the order of the request.
    case leave(CoordinationError?, [CoordinationError?])
    /// In the order of the request.
    case commit([CoordinationError?])
    /// The whole request's error, and each partition's in the order of the request.
    case deleteOffsets(CoordinationError?, [CoordinationError?])
    case deleteGroup(CoordinationError?)
}

/// Records for one group, to be appended as one batch to the partition that keeps the group.
package struct GroupWrite: Hashable, Sendable {
    package var id: WriteID
    package var group: String
    package var records: [GroupRecord]
    /// Makes the batch a transactional one of this producer; nil for a plain batch.
    package var producer: ProducerStamp?
}

/// What the driver does, in the order given.
package enum GroupEffect: Hashable, Sendable {
    case reply(ReplyToken, GroupReply)
    /// Append, then report `written` with the id.
    case write(GroupWrite)
    /// Send `tick` at this time, instead of the time asked for before. Early is harmless.
    case wake(group: String, atNanoseconds: UInt64)
}

/// A group as DescribeGroups shows it. A group nobody knows is `dead`.
package struct GroupDescription: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var id: String
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        /// Empty unless the group is stable.
        package var metadata: [UInt8]
        package var assignment: [UInt8]
    }

    package var group: String
    package var state: GroupState
    package var protocolType = ""
    package var protocolName = ""
    package var members: [Member] = []
}

/// A group as ListGroups shows it.
package struct GroupListing: Hashable, Sendable {
    package var group: String
    package var protocolType: String
    package var state: GroupState
}

/// One partition's answer to OffsetFetch; without an offset the wire says −1.
package struct FetchedOffset: Hashable, Sendable {
    package var partition: TopicPartition
    package var committed: CommittedOffset?
    package var error: CoordinationError?
}
