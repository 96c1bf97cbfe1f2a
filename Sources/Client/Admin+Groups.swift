// Consumer groups as their coordinator tells them.
internal import Bytes
package import Vocabulary
internal import Wire

/// A group in a list.
package struct GroupListing: Sendable, Equatable {
    package let name: String
    /// `consumer` for consumer groups, empty for one that holds only offsets.
    package let protocolType: String
    /// Kafka's name for it; nil where the broker is too old to tell.
    package let state: String?
}

/// A group and who is in it.
package struct GroupDescription: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let id: String
        /// Of a static member.
        package let instanceID: String?
        package let clientID: String
        package let host: String
        /// nil where the members agree in a protocol that is not the consumers'.
        package let partitions: [TopicPartition]?
    }

    package let name: String
    /// Kafka's name for it, such as Stable, Empty or Dead.
    package let state: String
    package let protocolType: String
    /// How partitions are shared out, as the members agreed; empty without members.
    package let assignor: String
    package let members: [Member]
}

extension Admin {
    /// The groups that this broker coordinates.
    package func groups() throws(ClientError) -> [GroupListing] {
        let response: ListGroupsResponse = try connection.call(ListGroupsRequest())
        guard response.errorCode == .none else {
            throw .refused(response.errorCode, "list groups at \(broker)", needs: NeededAccess(.describe, on: .cluster))
        }
        return response.groups.map {
            GroupListing(name: $0.groupID, protocolType: $0.protocolType, state: $0.state.isEmpty ? nil : $0.state)
        }
    }

    /// A group that this broker coordinates. One that does not exist is told as Dead.
    package func group(_ name: String) throws(ClientError) -> GroupDescription {
        let response: DescribeGroupsResponse = try connection.call(DescribeGroupsRequest(groups: [name]))
        guard let group = response.groups.first else { throw .malformed(broker, "DescribeGroups answered without group \(name)") }
        // From version 6 on a broker says so in words of its own.
        guard group.errorCode == .none || group.errorCode == .groupIDNotFound else {
            throw .refused(group.errorCode, "describe group \(name)", needs: NeededAccess(.describe, on: .group(name)))
        }
        let members = group.members.map { member in
            GroupDescription.Member(
                id: member.memberID, instanceID: member.instanceID, clientID: member.clientID, host: member.clientHost,
                partitions: group.protocolType == "consumer" ? ConsumerAssignment.partitions(member.assignment) : nil)
        }
        return GroupDescription(
            name: name, state: group.errorCode == .none ? group.state : "Dead", protocolType: group.protocolType,
            assignor: group.protocolData, members: members)
    }

    /// Everything that the group has committed.
    package func committedOffsets(of group: String) throws(ClientError) -> [TopicPartition: Offset] {
        let response: OffsetFetchResponse = try connection.call(OffsetFetchRequest(groups: [.init(groupID: group, topics: nil)]))
        guard let answer = response.groups.first else { throw .malformed(broker, "OffsetFetch answered without group \(group)") }
        guard answer.errorCode == .none else {
            throw .refused(answer.errorCode, "offsets of group \(group)", needs: NeededAccess(.describe, on: .group(group)))
        }
        var offsets: [TopicPartition: Offset] = [:]
        for topic in answer.topics {
            for partition in topic.partitions where partition.offset >= 0 {
                offsets[TopicPartition(topic: topic.name, partition: partition.partitionIndex)] = partition.offset
            }
        }
        return offsets
    }

    /// Commits in the name of a group that has no members.
    package func commit(_ offsets: [Int32: Offset], of topic: String, for group: String) throws(ClientError) {
        let partitions = offsets.sorted { $0.key < $1.key }.map {
            OffsetCommitRequest.Partition(partitionIndex: $0.key, offset: $0.value, metadata: "")
        }
        let response: OffsetCommitResponse = try connection.call(
            OffsetCommitRequest(groupID: group, topics: [.init(name: topic, partitions: partitions)]))
        for partition in response.topics.flatMap(\.partitions) where partition.errorCode != .none {
            if partition.errorCode == .unknownMemberID || partition.errorCode == .illegalGeneration {
                throw .unknown("group \(group) has members: their offsets can be set when they have left")
            }
            throw .refused(
                partition.errorCode, "set the offset of \(topic)-\(partition.partitionIndex) for group \(group)",
                needs: partition.errorCode == .topicAuthorizationFailed ? NeededAccess(.read, on: .topic(topic)) : NeededAccess(.read, on: .group(group)))
        }
    }

    /// Forgets what a group has committed for partitions of a topic that no member reads.
    package func deleteOffsets(_ partitions: [Int32], of topic: String, for group: String) throws(ClientError) {
        let asked = partitions.map { OffsetDeleteRequest.Partition(partitionIndex: $0) }
        let response: OffsetDeleteResponse = try connection.call(
            OffsetDeleteRequest(groupID: group, topics: [.init(name: topic, partitions: asked)]))
        guard response.errorCode == .none else {
            throw .refused(response.errorCode, "delete offsets of group \(group)", needs: NeededAccess(.delete, on: .group(group)))
        }
        for partition in response.topics.flatMap(\.partitions) where partition.errorCode != .none {
            throw .refused(
                partition.errorCode, "delete the offset of \(topic)-\(partition.partitionIndex) of group \(group)",
                needs: NeededAccess(.read, on: .topic(topic)))
        }
    }

    /// Forgets a group that has no members, with its offsets.
    package func deleteGroup(_ name: String) throws(ClientError) {
        let response: DeleteGroupsResponse = try connection.call(DeleteGroupsRequest(groups: [name]))
        switch response.results.first?.errorCode ?? .unknownServerError {
        case .none: return
        case .groupIDNotFound: throw .unknown("there is no group \(name)")
        case .nonEmptyGroup: throw .unknown("group \(name) has members: it can be deleted when they have left")
        case let code: throw .refused(code, "delete group \(name)", needs: NeededAccess(.delete, on: .group(name)))
        }
    }
}

/// What a consumer group's leader gave to a member: version int16 · topics: name, partitions int32 · user data.
enum ConsumerAssignment {
    /// - Returns: nil for bytes that are no assignment.
    static func partitions(_ bytes: [UInt8]) -> [TopicPartition]? {
        // A member that has been given nothing yet.
        guard !bytes.isEmpty else { return [] }
        return bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            return try? partitions(&reader)
        }
    }

    private static func partitions(_ reader: inout ByteReader) throws -> [TopicPartition] {
        _ = try reader.int16()
        var partitions: [TopicPartition] = []
        for _ in 0..<max(0, try reader.int32()) {
            let name = String(decoding: try reader.slice(Int(max(0, try reader.int16()))), as: UTF8.self)
            for _ in 0..<max(0, try reader.int32()) { partitions.append(TopicPartition(topic: name, partition: try reader.int32())) }
        }
        return partitions
    }
}
