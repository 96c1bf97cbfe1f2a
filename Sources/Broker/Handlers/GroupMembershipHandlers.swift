// JoinGroup, SyncGroup, Heartbeat and LeaveGroup: the life of a group's member, as the group coordinator sees it.
internal import Bytes
internal import Coordination
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func joinGroup(_ request: JoinGroupRequest, _ header: RequestHeaderView) {
        var generator = SystemRandomNumberGenerator()
        let join = JoinRequest(
            group: request.groupID, identity: MemberIdentity(memberID: request.memberID, instanceID: request.instanceID),
            // A name that is not UTF-8 is none: made valid, it might be longer than a record's field holds.
            clientID: header.clientID.flatMap { String(validating: $0, as: UTF8.self) } ?? "", clientHost: "/\(access.host)",
            sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
            rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds < 0 ? nil : request.rebalanceTimeoutMilliseconds,
            protocolType: request.protocolType,
            protocols: request.protocols.map { GroupProtocol(name: $0.name, metadata: $0.metadata) },
            newIDSuffix: "\(TopicID.random(using: &generator))", apiVersion: header.version)
        askGroups(header, for: .read, of: join.group, isPatient: true) {
            JoinGroupResponse(errorCode: $0, memberID: join.identity.memberID)
        } work: { groups, reply in
            groups.ask { .join(join, $0) } answer: {
                guard case .join(let joined) = $0 else { preconditionFailure("\($0) answers no JoinGroup") }
                reply(JoinGroupResponse(joined))
            }
        }
    }

    func syncGroup(_ request: SyncGroupRequest, _ header: RequestHeaderView) {
        let sync = SyncRequest(
            group: request.groupID, identity: MemberIdentity(memberID: request.memberID, instanceID: request.instanceID),
            generation: request.generationID, protocolType: request.protocolType, protocolName: request.protocolName,
            assignments: request.assignments.map { ($0.memberID, $0.assignment) })
        askGroups(header, for: .read, of: sync.group, isPatient: true) {
            SyncGroupResponse(errorCode: $0)
        } work: { groups, reply in
            groups.ask { .sync(sync, $0) } answer: {
                guard case .sync(let synced) = $0 else { preconditionFailure("\($0) answers no SyncGroup") }
                reply(
                    SyncGroupResponse(
                        errorCode: ErrorCode(synced.error), protocolType: synced.protocolType, protocolName: synced.protocolName,
                        assignment: synced.assignment))
            }
        }
    }

    func heartbeat(_ request: Wire.HeartbeatRequest, _ header: RequestHeaderView) {
        askGroups(header, for: .read, of: request.groupID) {
            HeartbeatResponse(errorCode: $0)
        } work: { groups, reply in
            let beat = Coordination.HeartbeatRequest(
                group: request.groupID, identity: MemberIdentity(memberID: request.memberID, instanceID: request.instanceID),
                generation: request.generationID)
            groups.ask { .heartbeat(beat, $0) } answer: {
                guard case .heartbeat(let error) = $0 else { preconditionFailure("\($0) answers no Heartbeat") }
                reply(HeartbeatResponse(errorCode: ErrorCode(error)))
            }
        }
    }

    func leaveGroup(_ request: LeaveGroupRequest, _ header: RequestHeaderView) {
        let version = header.version
        askGroups(header, for: .read, of: request.groupID) {
            LeaveGroupResponse(errorCode: $0)
        } work: { groups, reply in
            let leave = LeaveRequest(
                group: request.groupID,
                members: request.members.map { MemberIdentity(memberID: $0.memberID, instanceID: $0.instanceID) })
            groups.ask { .leave(leave, $0) } answer: {
                guard case .leave(let error, let errors) = $0 else { preconditionFailure("\($0) answers no LeaveGroup") }
                // Before version 3 the only member's error is the response's.
                let whole = error ?? (version < 3 ? errors.first ?? nil : nil)
                reply(
                    LeaveGroupResponse(
                        errorCode: ErrorCode(whole),
                        members: zip(request.members, errors).map {
                            .init(memberID: $0.memberID, instanceID: $0.instanceID, errorCode: ErrorCode($1))
                        }))
            }
        }
    }

    /// Asks the group driver about one group, and answers with what it says.
    ///
    /// - Parameters:
    ///   - operation: what the client has to be allowed to do to the group.
    ///   - isPatient: the answer waits for what other members do.
    ///   - refused: the answer where the client may not, or the group is not served now.
    func askGroups<Response: WireMessage>(
        _ header: RequestHeaderView, for operation: Operation, of group: String, isPatient: Bool = false,
        refused: @escaping @Sendable (ErrorCode) -> Response,
        work: @escaping @Sendable (GroupDriver, @escaping @Sendable (Response) -> Void) -> Void
    ) {
        guard isAuthorized(operation, .group(group)) else {
            return answer(header) { refused(.groupAuthorizationFailed).encode(into: &$0, version: header.version) }
        }
        answer(header, from: Broker.groupsHome, isPatient: isPatient) { shard, reply in
            if let refusal = shard.groupDriver.refusal(of: group) { return reply(refused(ErrorCode(refusal))) }
            work(shard.groupDriver, reply)
        }
    }
}

extension JoinGroupResponse {
    fileprivate init(_ joined: JoinReply) {
        self.init(
            errorCode: ErrorCode(joined.error), generationID: joined.generation ?? -1, protocolType: joined.protocolType,
            protocolName: joined.protocolName, leader: joined.leaderID, skipsAssignment: joined.skipsAssignment,
            memberID: joined.memberID,
            members: joined.members.map { .init(memberID: $0.id, instanceID: $0.instanceID, metadata: $0.metadata) })
    }
}
