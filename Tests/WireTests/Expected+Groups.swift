// What the golden frames say, by hand: membership of consumer groups. A field that a version does not carry has its default.
import Vocabulary
import Wire

extension Expected {
    @Sendable static func findCoordinatorRequest(_ version: Int16, _ variant: Variant) -> FindCoordinatorRequest {
        guard variant == .full else {
            return FindCoordinatorRequest(keys: version <= 3 ? [""] : variant == .small ? three("") : [])
        }
        return FindCoordinatorRequest(keys: version <= 3 ? ["group-α"] : ["group-α", long], keyType: version >= 1 ? 1 : 0)
    }

    @Sendable static func findCoordinatorResponse(_ version: Int16, _ variant: Variant) -> FindCoordinatorResponse {
        let small = FindCoordinatorResponse.Coordinator(nodeID: 0, host: "", port: 0)
        guard variant == .full else {
            return FindCoordinatorResponse(coordinators: version <= 3 ? [small] : variant == .small ? three(small) : [])
        }
        guard version >= 4 else {
            return FindCoordinatorResponse(
                throttleMilliseconds: version >= 1 ? 1011 : 0,
                coordinators: [
                    .init(
                        nodeID: 7, host: "broker.example", port: 9093, errorCode: .coordinatorNotAvailable,
                        errorMessage: version >= 1 ? "not yet" : nil)
                ])
        }
        return FindCoordinatorResponse(
            throttleMilliseconds: 1011,
            coordinators: [
                .init(key: "group-α", nodeID: 7, host: "broker.example", port: 9093),
                .init(key: long, errorCode: .coordinatorNotAvailable, errorMessage: "not yet"),
            ])
    }

    @Sendable static func joinGroupRequest(_ version: Int16, _ variant: Variant) -> JoinGroupRequest {
        guard variant == .full else {
            return JoinGroupRequest(
                groupID: "", sessionTimeoutMilliseconds: 0, memberID: "", protocolType: "",
                protocols: variant == .small ? three(.init(name: "", metadata: [])) : [])
        }
        return JoinGroupRequest(
            groupID: "readers", sessionTimeoutMilliseconds: 10001, rebalanceTimeoutMilliseconds: version >= 1 ? 300_001 : -1,
            memberID: "member-1", instanceID: version >= 5 ? "static-1" : nil, protocolType: "consumer",
            protocols: [.init(name: "range", metadata: batch), .init(name: long, metadata: [])],
            reason: version >= 8 ? "it begins" : nil)
    }

    @Sendable static func joinGroupResponse(_ version: Int16, _ variant: Variant) -> JoinGroupResponse {
        guard variant == .full else {
            return JoinGroupResponse(memberID: "", members: variant == .small ? three(.init(memberID: "", metadata: [])) : [])
        }
        return JoinGroupResponse(
            throttleMilliseconds: version >= 2 ? 1012 : 0, errorCode: .rebalanceInProgress, generationID: 41,
            protocolType: version >= 7 ? "consumer" : nil, protocolName: "range", leader: "member-1",
            skipsAssignment: version >= 9, memberID: "member-2",
            members: [
                .init(memberID: "member-1", instanceID: version >= 5 ? "static-1" : nil, metadata: batch),
                .init(memberID: long, metadata: []),
            ])
    }

    @Sendable static func syncGroupRequest(_ version: Int16, _ variant: Variant) -> SyncGroupRequest {
        guard variant == .full else {
            return SyncGroupRequest(
                groupID: "", generationID: 0, memberID: "",
                assignments: variant == .small ? three(.init(memberID: "", assignment: [])) : [])
        }
        return SyncGroupRequest(
            groupID: "readers", generationID: 42, memberID: "member-1", instanceID: version >= 3 ? "static-1" : nil,
            protocolType: version >= 5 ? "consumer" : nil, protocolName: version >= 5 ? "range" : nil,
            assignments: [.init(memberID: "member-1", assignment: batch), .init(memberID: long, assignment: [])])
    }

    @Sendable static func syncGroupResponse(_ version: Int16, _ variant: Variant) -> SyncGroupResponse {
        guard variant == .full else { return SyncGroupResponse() }
        return SyncGroupResponse(
            throttleMilliseconds: version >= 1 ? 1013 : 0, errorCode: .illegalGeneration,
            protocolType: version >= 5 ? "consumer" : nil, protocolName: version >= 5 ? "range" : nil, assignment: batch)
    }

    @Sendable static func heartbeatRequest(_ version: Int16, _ variant: Variant) -> HeartbeatRequest {
        guard variant == .full else { return HeartbeatRequest(groupID: "", generationID: 0, memberID: "") }
        return HeartbeatRequest(
            groupID: "readers", generationID: 43, memberID: "member-1", instanceID: version >= 3 ? "static-1" : nil)
    }

    @Sendable static func heartbeatResponse(_ version: Int16, _ variant: Variant) -> HeartbeatResponse {
        guard variant == .full else { return HeartbeatResponse() }
        return HeartbeatResponse(throttleMilliseconds: version >= 1 ? 1014 : 0, errorCode: .unknownMemberID)
    }

    @Sendable static func leaveGroupRequest(_ version: Int16, _ variant: Variant) -> LeaveGroupRequest {
        let full = variant == .full
        if version <= 2 {
            return LeaveGroupRequest(groupID: full ? "readers" : "", members: [.init(memberID: full ? "member-1" : "")])
        }
        guard full else {
            return LeaveGroupRequest(groupID: "", members: variant == .small ? three(.init(memberID: "")) : [])
        }
        return LeaveGroupRequest(
            groupID: "readers",
            members: [
                .init(memberID: "member-1", reason: version >= 5 ? "it ends" : nil),
                .init(memberID: "", instanceID: "static-1"),
            ])
    }

    @Sendable static func leaveGroupResponse(_ version: Int16, _ variant: Variant) -> LeaveGroupResponse {
        guard variant == .full else {
            return LeaveGroupResponse(members: variant == .small && version >= 3 ? three(.init(memberID: "")) : [])
        }
        return LeaveGroupResponse(
            throttleMilliseconds: version >= 1 ? 1015 : 0, errorCode: .invalidGroupID,
            members: version <= 2
                ? []
                : [
                    .init(memberID: "member-1", errorCode: .unknownMemberID),
                    .init(memberID: "", instanceID: "static-1", errorCode: .fencedInstanceID),
                ])
    }
}
