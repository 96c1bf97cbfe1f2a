// What the golden frames say, by hand: groups' offsets and what administrators ask of groups.
import Vocabulary
import Wire

extension Expected {
    @Sendable static func offsetCommitRequest(_ version: Int16, _ variant: Variant) -> OffsetCommitRequest {
        guard variant == .full else {
            let partition = OffsetCommitRequest.Partition(partitionIndex: 0, offset: 0)
            let topic = OffsetCommitRequest.Topic(name: "", partitions: three(partition))
            return OffsetCommitRequest(groupID: "", topics: variant == .small ? three(topic) : [])
        }
        return OffsetCommitRequest(
            groupID: "readers", generationID: 44, memberID: "member-1", instanceID: version >= 7 ? "static-1" : nil,
            retentionMilliseconds: version <= 4 ? 86_400_001 : -1,
            topics: [
                .init(
                    name: "orders",
                    partitions: [
                        .init(partitionIndex: 2, offset: 1 << 42, leaderEpoch: version >= 6 ? 6 : -1, metadata: "here"),
                        .init(partitionIndex: 3, offset: 0),
                    ]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func offsetCommitResponse(_ version: Int16, _ variant: Variant) -> OffsetCommitResponse {
        guard variant == .full else {
            let topic = OffsetCommitResponse.Topic(name: "", partitions: three(.init(partitionIndex: 0)))
            return OffsetCommitResponse(topics: variant == .small ? three(topic) : [])
        }
        return OffsetCommitResponse(
            throttleMilliseconds: version >= 3 ? 1016 : 0,
            topics: [
                .init(
                    name: "orders",
                    partitions: [.init(partitionIndex: 2, errorCode: .offsetMetadataTooLarge), .init(partitionIndex: 3)]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func offsetFetchRequest(_ version: Int16, _ variant: Variant) -> OffsetFetchRequest {
        guard variant == .full else {
            if version >= 8 {
                return OffsetFetchRequest(groups: variant == .small ? three(.init(groupID: "", topics: [])) : [])
            }
            let small = three(OffsetFetchRequest.Topic(name: "", partitionIndexes: []))
            return OffsetFetchRequest(groups: [.init(groupID: "", topics: variant == .small ? small : version >= 2 ? nil : [])])
        }
        let topics: [OffsetFetchRequest.Topic] = [
            .init(name: "orders", partitionIndexes: [1, 2, 3]), .init(name: long, partitionIndexes: []),
        ]
        let first = OffsetFetchRequest.Group(
            groupID: "readers", memberID: version >= 9 ? "member-1" : nil, memberEpoch: version >= 9 ? 5 : -1, topics: topics)
        return OffsetFetchRequest(
            groups: version >= 8 ? [first, .init(groupID: long, topics: nil)] : [first], requireStable: version >= 7)
    }

    @Sendable static func offsetFetchResponse(_ version: Int16, _ variant: Variant) -> OffsetFetchResponse {
        guard variant == .full else {
            if version >= 8 { return OffsetFetchResponse(groups: variant == .small ? three(.init(topics: [])) : []) }
            let topic = OffsetFetchResponse.Topic(name: "", partitions: three(.init(partitionIndex: 0)))
            return OffsetFetchResponse(groups: [.init(topics: variant == .small ? three(topic) : [])])
        }
        let topics: [OffsetFetchResponse.Topic] = [
            .init(
                name: "orders",
                partitions: [
                    .init(partitionIndex: 2, offset: 1 << 43, leaderEpoch: version >= 5 ? 7 : -1, metadata: "here"),
                    .init(partitionIndex: 3, metadata: nil, errorCode: .unstableOffsetCommit),
                ]),
            .init(name: long, partitions: []),
        ]
        let first = OffsetFetchResponse.Group(
            groupID: version >= 8 ? "readers" : "", topics: topics, errorCode: version >= 2 ? .coordinatorLoadInProgress : .none)
        return OffsetFetchResponse(
            throttleMilliseconds: version >= 3 ? 1017 : 0, groups: version >= 8 ? [first, .init(groupID: long, topics: [])] : [first])
    }

    @Sendable static func describeGroupsRequest(_ version: Int16, _ variant: Variant) -> DescribeGroupsRequest {
        guard variant == .full else { return DescribeGroupsRequest(groups: variant == .small ? three("") : []) }
        return DescribeGroupsRequest(groups: ["readers", long], includeAuthorizedOperations: version >= 3)
    }

    @Sendable static func describeGroupsResponse(_ version: Int16, _ variant: Variant) -> DescribeGroupsResponse {
        guard variant == .full else {
            let member = DescribeGroupsResponse.Member(memberID: "", clientID: "", clientHost: "")
            return DescribeGroupsResponse(groups: variant == .small ? three(.init(groupID: "", members: three(member))) : [])
        }
        return DescribeGroupsResponse(
            throttleMilliseconds: version >= 1 ? 1018 : 0,
            groups: [
                .init(
                    groupID: "readers", state: "Stable", protocolType: "consumer", protocolData: "range",
                    members: [
                        .init(
                            memberID: "member-1", instanceID: version >= 4 ? "static-1" : nil, clientID: "client",
                            clientHost: "/127.0.0.1", metadata: batch, assignment: [1, 2, 3]),
                        .init(memberID: long, clientID: "", clientHost: ""),
                    ], authorizedOperations: version >= 3 ? 1 << 3 | 1 << 6 | 1 << 8 : .min),
                .init(errorCode: .groupAuthorizationFailed, groupID: long),
            ])
    }

    @Sendable static func listGroupsRequest(_ version: Int16, _ variant: Variant) -> ListGroupsRequest {
        guard version >= 4 else { return ListGroupsRequest() }
        return ListGroupsRequest(states: variant == .full ? ["Stable", long] : variant == .small ? three("") : [])
    }

    @Sendable static func listGroupsResponse(_ version: Int16, _ variant: Variant) -> ListGroupsResponse {
        guard variant == .full else {
            return ListGroupsResponse(groups: variant == .small ? three(.init(groupID: "", protocolType: "")) : [])
        }
        return ListGroupsResponse(
            throttleMilliseconds: version >= 1 ? 1019 : 0, errorCode: .coordinatorLoadInProgress,
            groups: [
                .init(groupID: "readers", protocolType: "consumer", state: version >= 4 ? "Stable" : ""),
                .init(groupID: long, protocolType: "", state: version >= 4 ? "Empty" : ""),
            ])
    }

    @Sendable static func deleteGroupsRequest(_: Int16, _ variant: Variant) -> DeleteGroupsRequest {
        DeleteGroupsRequest(groups: variant == .full ? ["readers", long] : variant == .small ? three("") : [])
    }

    @Sendable static func deleteGroupsResponse(_: Int16, _ variant: Variant) -> DeleteGroupsResponse {
        guard variant == .full else { return DeleteGroupsResponse(results: variant == .small ? three(.init(groupID: "")) : []) }
        return DeleteGroupsResponse(
            throttleMilliseconds: 1020, results: [.init(groupID: "readers", errorCode: .nonEmptyGroup), .init(groupID: long)])
    }

    @Sendable static func offsetDeleteRequest(_: Int16, _ variant: Variant) -> OffsetDeleteRequest {
        guard variant == .full else {
            let topic = OffsetDeleteRequest.Topic(name: "", partitions: three(.init(partitionIndex: 0)))
            return OffsetDeleteRequest(groupID: "", topics: variant == .small ? three(topic) : [])
        }
        return OffsetDeleteRequest(
            groupID: "readers",
            topics: [
                .init(name: "orders", partitions: [.init(partitionIndex: 2), .init(partitionIndex: 3)]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func offsetDeleteResponse(_: Int16, _ variant: Variant) -> OffsetDeleteResponse {
        guard variant == .full else {
            let topic = OffsetDeleteResponse.Topic(name: "", partitions: three(.init(partitionIndex: 0)))
            return OffsetDeleteResponse(topics: variant == .small ? three(topic) : [])
        }
        return OffsetDeleteResponse(
            errorCode: .groupIDNotFound, throttleMilliseconds: 1021,
            topics: [
                .init(
                    name: "orders",
                    partitions: [.init(partitionIndex: 2, errorCode: .groupSubscribedToTopic), .init(partitionIndex: 3)]),
                .init(name: long, partitions: []),
            ])
    }
}
