// JoinGroup: who may come in, under which id, and whether the group has to form anew for it.

extension GroupMachine {
    mutating func join(_ request: JoinRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        let memberID = request.identity.memberID
        guard request.protocols.bytes <= turn.settings.maximumMemberMetadataBytes else {
            return turn.refuseJoin(token, .invalidRequest, memberID: memberID)
        }
        guard supports(request.protocolType, request.protocols) else {
            return turn.refuseJoin(token, .inconsistentGroupProtocol, memberID: memberID)
        }
        let former = members.position(of: memberID).map { members[$0].protocols.bytes } ?? 0
        guard members.protocolBytes - former + request.protocols.bytes <= turn.settings.maximumGroupRecordBytes else {
            return turn.refuseJoin(token, .groupMaxSizeReached, memberID: memberID)
        }
        if memberID.isEmpty { joinUnknown(request, token, &turn) } else { joinKnown(request, token, &turn) }
        formGenerationIfAllJoined(&turn)
    }

    private mutating func joinUnknown(_ request: JoinRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        let newID = Self.newID(request)
        guard !members.contains(newID), !pending.contains(where: { $0.id == newID }) else {
            // The caller's random name is not random: it has to try another.
            return turn.refuseJoin(token, .coordinatorNotAvailable, memberID: "")
        }
        if let instance = request.identity.instanceID, let formerID = staticMembers[instance] {
            return replaceStatic(formerID, by: newID, request, token, &turn)
        }
        guard members.count + pending.count < turn.settings.maximumMembers else {
            return turn.refuseJoin(token, .groupMaxSizeReached, memberID: "")
        }
        guard request.requiresKnownMemberID else { return add(newID, request, token, &turn) }
        let deadline = turn.now.after(milliseconds: Int64(request.sessionTimeoutMilliseconds))
        pending.append(PendingMember(id: newID, deadlineNanoseconds: deadline))
        announce(deadline, &turn)
        turn.refuseJoin(token, .memberIDRequired, memberID: newID)
    }

    private mutating func joinKnown(_ request: JoinRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        let memberID = request.identity.memberID
        if request.identity.instanceID == nil, let position = pending.firstIndex(where: { $0.id == memberID }) {
            pending.remove(at: position)
            return add(memberID, request, token, &turn)
        }
        if let refusal = refusal(of: request.identity) { return turn.refuseJoin(token, refusal, memberID: memberID) }
        guard let position = members.position(of: memberID) else {
            preconditionFailure("\(memberID) may speak for group \(id) and is no member")
        }
        let isUnchanged = members[position].protocols == request.protocols
        switch state {
        case .completingRebalance where isUnchanged:
            // It missed our answer.
            members[position].touch(turn.now)
            turn.reply(token, .join(joinReply(to: members[position])))
        case .stable where isUnchanged && memberID != leaderID:
            members[position].touch(turn.now)
            turn.reply(token, .join(joinReply(to: members[position])))
        default:
            // A leader joins again when it knows of a reason we can't see, such as new partitions.
            waitForGeneration(request, token, at: position, &turn)
            prepareRebalanceUnlessPreparing(&turn)
        }
    }

    /// The member waits for the next generation, with what it says now.
    private mutating func waitForGeneration(_ request: JoinRequest, _ token: ReplyToken, at position: Int, _ turn: inout GroupTurn) {
        var member = members[position]
        member.clientID = request.clientID
        member.clientHost = request.clientHost
        member.protocols = request.protocols
        member.rebalanceTimeoutMilliseconds = request.rebalanceTimeoutMilliseconds
        member.sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
        if !member.isNew { member.touch(turn.now) }
        // The connection of the earlier request is gone, or the client doesn't care: it asked again.
        if let earlier = member.joinToken { turn.refuseJoin(earlier, .rebalanceInProgress, memberID: member.id) }
        member.joinToken = token
        members.replace(at: position, with: member)
    }

    private mutating func add(_ newID: String, _ request: JoinRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        if members.isEmpty { protocolType = request.protocolType }
        let deadline = turn.now.after(milliseconds: Int64(turn.settings.newMemberJoinTimeoutMilliseconds))
        members.append(
            GroupMember(
                id: newID, instanceID: request.identity.instanceID, clientID: request.clientID, clientHost: request.clientHost,
                rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds,
                sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds, protocols: request.protocols, joinToken: token,
                isNew: true, sessionDeadlineNanoseconds: deadline))
        if let instance = request.identity.instanceID { staticMembers[instance] = newID }
        if leaderID == nil { leaderID = newID }
        announce(deadline, &turn)
        gathering?.sawNewMember = true
        prepareRebalanceUnlessPreparing(&turn)
    }

    /// A static member without its id (it was restarted) takes its former place, and the former holder is shut out.
    private mutating func replaceStatic(
        _ formerID: String, by newID: String, _ request: JoinRequest, _ token: ReplyToken, _ turn: inout GroupTurn
    ) {
        guard let position = members.position(of: formerID), let instance = request.identity.instanceID else {
            preconditionFailure("static member \(formerID) of group \(id) is no member")
        }
        let formerLeaderID = leaderID
        var member = members[position]
        if let earlier = member.joinToken { turn.refuseJoin(earlier, .fencedInstanceID, memberID: formerID) }
        if let earlier = member.syncToken { turn.reply(earlier, .sync(SyncReply(error: .fencedInstanceID))) }
        member.joinToken = nil
        member.syncToken = nil
        member.id = newID
        members.replace(at: position, with: member)
        staticMembers[instance] = newID
        if leaderID == formerID { leaderID = newID }
        waitForGeneration(request, token, at: position, &turn)

        // While an assignment is being made the leader has the former id, and one made for that id would be lost.
        guard state == .stable, selectedProtocol == protocolName else { return prepareRebalanceUnlessPreparing(&turn) }
        let write = turn.write(id, [.group(id, snapshot())])
        replacementsInFlight[write] = ReplacementInFlight(
            token: token, memberID: newID, formerLeaderID: formerLeaderID,
            supportsSkippingAssignment: request.supportsSkippingAssignment)
    }

    /// The log knows a static member's new id (or never will): tell it, unless a new generation is to do that.
    mutating func replacementWritten(_ replacement: ReplacementInFlight, _ error: CoordinationError?, _ turn: inout GroupTurn) {
        guard state == .stable, let position = members.position(of: replacement.memberID),
            members[position].joinToken == replacement.token
        else { return }
        members[position].joinToken = nil
        members[position].touch(turn.now)
        announce(members[position].sessionDeadlineNanoseconds, &turn)
        if let error { return turn.refuseJoin(replacement.token, error, memberID: "") }
        var reply = joinReply(to: members[position])
        if replacement.supportsSkippingAssignment {
            reply.skipsAssignment = reply.leaderID == reply.memberID
        } else {
            // A leader that can't be told to skip the assignment must not take itself for one: its assignment would reach
            // nobody in a stable group. Under its former id it doesn't.
            reply.leaderID = replacement.formerLeaderID ?? ""
            reply.members = []
        }
        turn.reply(replacement.token, .join(reply))
    }

    /// `client-suffix`, or `instance-suffix` for a static member. Cut short, so that it fits every field it is written to.
    private static func newID(_ request: JoinRequest) -> String {
        let name = String(String.UnicodeScalarView((request.identity.instanceID ?? request.clientID).unicodeScalars.prefix(250)))
        return "\(name)-\(request.newIDSuffix)"
    }
}
