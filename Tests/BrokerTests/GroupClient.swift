// Members of a group over raw sockets: what the group tests say to a broker.
import Testing
import Vocabulary
import Wire

@testable import Broker

/// Settings under which a group forms at once and sessions end soon.
let quickGroups = [
    "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "1", "offsets.topic.num.partitions": "4",
    "drain.timeout.ms": "2000",
]

/// One member with its connection.
final class GroupMemberClient {
    let client: RawClient
    let group: String
    var memberID = ""
    var instanceID: String?
    var generation: Int32 = -1
    var sessionMilliseconds: Int32 = 30_000
    var rebalanceMilliseconds: Int32 = 30_000
    var topics: [UInt8] = [1]
    var protocolType = "consumer"

    init(_ server: TestBroker, _ group: String = "g", instanceID: String? = nil) throws {
        client = try server.connect()
        self.group = group
        self.instanceID = instanceID
    }

    var joinRequest: JoinGroupRequest {
        JoinGroupRequest(
            groupID: group, sessionTimeoutMilliseconds: sessionMilliseconds, rebalanceTimeoutMilliseconds: rebalanceMilliseconds,
            memberID: memberID, instanceID: instanceID, protocolType: protocolType, protocols: [.init(name: "range", metadata: topics)])
    }

    /// Asks to join without waiting, under an id that is had first where the broker wants it so.
    func sendJoin() throws {
        if memberID.isEmpty, instanceID == nil {
            let first = try client.ask(joinRequest, 9, JoinGroupResponse.self)
            #expect(first.errorCode == .memberIDRequired && !first.memberID.isEmpty)
            memberID = first.memberID
        }
        try client.send(joinRequest, 9)
    }

    @discardableResult
    func joined() throws -> JoinGroupResponse {
        let response = try client.response(JoinGroupResponse.self, 9).body
        if response.errorCode == .none {
            memberID = response.memberID
            generation = response.generationID
        }
        return response
    }

    @discardableResult
    func join() throws -> JoinGroupResponse {
        try sendJoin()
        return try joined()
    }

    func sendSync(_ assignments: [(String, [UInt8])] = []) throws {
        try client.send(
            SyncGroupRequest(
                groupID: group, generationID: generation, memberID: memberID, instanceID: instanceID,
                assignments: assignments.map { .init(memberID: $0.0, assignment: $0.1) }), 5)
    }

    func synced() throws -> SyncGroupResponse { try client.response(SyncGroupResponse.self, 5).body }

    func sync(_ assignments: [(String, [UInt8])] = []) throws -> SyncGroupResponse {
        try sendSync(assignments)
        return try synced()
    }

    func heartbeat() throws -> ErrorCode {
        try client.ask(
            HeartbeatRequest(groupID: group, generationID: generation, memberID: memberID, instanceID: instanceID), 4,
            HeartbeatResponse.self
        ).errorCode
    }

    func leave() throws -> [ErrorCode] {
        let response = try client.ask(
            LeaveGroupRequest(groupID: group, members: [.init(memberID: memberID, instanceID: instanceID)]), 5, LeaveGroupResponse.self)
        return [response.errorCode] + response.members.map(\.errorCode)
    }

    /// Joins alone and gets its own assignment.
    func joinAlone() throws {
        #expect(try join().errorCode == .none)
        let synced = try sync([(memberID, [7])])
        #expect(synced.errorCode == .none && synced.assignment == [7])
    }

    func commit(_ topic: String, _ offset: Offset, partition: Int32 = 0, metadata: String? = nil) throws -> ErrorCode {
        try client.commit(group, topic, offset, partition: partition, metadata: metadata, member: memberID, generation: generation, instance: instanceID)
    }
}

extension RawClient {
    func commit(
        _ group: String, _ topic: String, _ offset: Offset, partition: Int32 = 0, metadata: String? = nil, member: String = "",
        generation: Int32 = -1, instance: String? = nil, retentionMilliseconds: Int64? = nil
    ) throws -> ErrorCode {
        let request = OffsetCommitRequest(
            groupID: group, generationID: generation, memberID: member, instanceID: instance,
            retentionMilliseconds: retentionMilliseconds ?? -1,
            topics: [.init(name: topic, partitions: [.init(partitionIndex: partition, offset: offset, leaderEpoch: 0, metadata: metadata)])])
        let response = try ask(request, retentionMilliseconds == nil ? 9 : 4, OffsetCommitResponse.self)
        return try #require(response.topics.first?.partitions.first?.errorCode)
    }

    /// Everything that a group has committed, as `topic-partition: offset`; and the group's error.
    func committed(_ group: String, version: Int16 = 9) throws -> (offsets: [String: Offset], error: ErrorCode) {
        let response = try ask(OffsetFetchRequest(groups: [.init(groupID: group, topics: nil)]), version, OffsetFetchResponse.self)
        let found = try #require(response.groups.first)
        let pairs = found.topics.flatMap { topic in topic.partitions.map { ("\(topic.name)-\($0.partitionIndex)", $0.offset) } }
        return (Dictionary(uniqueKeysWithValues: pairs), found.errorCode)
    }

    func describe(_ group: String) throws -> DescribeGroupsResponse.Group {
        let response = try ask(DescribeGroupsRequest(groups: [group], includeAuthorizedOperations: true), 5, DescribeGroupsResponse.self)
        return try #require(response.groups.first)
    }
}
