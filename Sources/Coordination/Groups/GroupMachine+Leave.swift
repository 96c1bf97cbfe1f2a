// LeaveGroup, and what the removal of a member means for its group.

extension GroupMachine {
    mutating func leave(_ request: LeaveRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        var errors: [CoordinationError?] = []
        for identity in request.members { errors.append(leave(identity, &turn)) }
        turn.reply(token, .leave(nil, errors))
        membersWereRemoved(&turn)
    }

    private mutating func leave(_ identity: MemberIdentity, _ turn: inout GroupTurn) -> CoordinationError? {
        var identity = identity
        if identity.instanceID == nil, let position = pending.firstIndex(where: { $0.id == identity.memberID }) {
            pending.remove(at: position)
            return nil
        }
        // An operator removes a static member by the one name it knows.
        if identity.memberID.isEmpty, let instance = identity.instanceID { identity.memberID = staticMembers[instance] ?? "" }
        if let refusal = refusal(of: identity) { return refusal }
        guard let position = members.position(of: identity.memberID) else {
            preconditionFailure("\(identity.memberID) may leave group \(id) and is no member")
        }
        removed(members.remove(at: position), &turn)
        return nil
    }

    /// Takes members out. The caller says `membersWereRemoved` when done.
    mutating func remove(_ isRemoved: (GroupMember) -> Bool, _ turn: inout GroupTurn) {
        for member in members.remove(where: isRemoved) { removed(member, &turn) }
    }

    /// What a member that is out waited for is answered. Who leads without it is settled when the next generation forms.
    private mutating func removed(_ member: GroupMember, _ turn: inout GroupTurn) {
        if let token = member.joinToken { turn.refuseJoin(token, .unknownMemberID, memberID: member.id) }
        if let token = member.syncToken { turn.reply(token, .sync(SyncReply(error: .unknownMemberID))) }
        if let instance = member.instanceID { staticMembers[instance] = nil }
        removedSinceRebalance = true
    }

    /// A generation that lost a member is over, and one in the making may have waited for nobody else.
    mutating func membersWereRemoved(_ turn: inout GroupTurn) {
        if removedSinceRebalance { prepareRebalanceUnlessPreparing(&turn) }
        removedSinceRebalance = false
        formGenerationIfAllJoined(&turn)
    }
}
