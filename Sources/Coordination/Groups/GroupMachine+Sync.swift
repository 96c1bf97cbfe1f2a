// SyncGroup and heartbeats: the leader's assignment reaches everybody once the log has it; members show that they live.

extension GroupMachine {
    mutating func sync(_ request: SyncRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        if let refusal = refusal(of: request) { return turn.reply(token, .sync(SyncReply(error: refusal))) }
        guard let position = members.position(of: request.identity.memberID) else {
            preconditionFailure("\(request.identity.memberID) may speak for group \(id) and is no member")
        }
        switch state {
        case .empty, .dead: turn.reply(token, .sync(SyncReply(error: .unknownMemberID)))
        case .preparingRebalance: turn.reply(token, .sync(SyncReply(error: .rebalanceInProgress)))
        case .stable:
            heard(from: position, &turn)
            turn.reply(token, .sync(syncReply(to: members[position])))
        case .completingRebalance: syncAwaitingAssignment(request, token, at: position, &turn)
        }
    }

    private func refusal(of request: SyncRequest) -> CoordinationError? {
        if let refusal = refusal(of: request.identity) { return refusal }
        if request.generation != generation { return .illegalGeneration }
        let namesOther = request.protocolType.map { $0 != protocolType } ?? false
            || request.protocolName.map { $0 != protocolName } ?? false
        return namesOther ? .inconsistentGroupProtocol : nil
    }

    private mutating func syncAwaitingAssignment(
        _ request: SyncRequest, _ token: ReplyToken, at position: Int, _ turn: inout GroupTurn
    ) {
        let isLeader = request.identity.memberID == leaderID
        if isLeader, assignmentInFlight == nil {
            let bytes = request.assignments.reduce(0) { $0 + $1.assignment.count }
                + members.all.reduce(0) { $0 + $1.metadata(protocolName).count }
            guard bytes <= turn.settings.maximumGroupRecordBytes else {
                // Kafka's answer to a group record that the log won't take.
                return turn.reply(token, .sync(SyncReply(error: .unknownServerError)))
            }
        }
        // Asked again: the connection of the earlier request is gone.
        if let earlier = members[position].syncToken {
            turn.reply(earlier, .sync(SyncReply(error: .rebalanceInProgress)))
        }
        heard(from: position, &turn)
        members[position].syncToken = token
        guard isLeader, assignmentInFlight == nil else { return }
        // Members the leader forgot get nothing; names it made up are forgotten.
        let given = Dictionary(request.assignments.map { ($0.memberID, $0.assignment) }, uniquingKeysWith: { _, last in last })
        let assignments = given.filter { members.contains($0.key) }
        let write = turn.write(id, [.group(id, snapshot(assignments: assignments))])
        assignmentInFlight = AssignmentInFlight(write: write, assignments: assignments)
    }

    /// One of the group's own records is in the log, or never will be.
    mutating func written(_ write: WriteID, _ error: CoordinationError?, _ turn: inout GroupTurn) {
        if let replacement = replacementsInFlight.removeValue(forKey: write) {
            return replacementWritten(replacement, error, &turn)
        }
        guard let assigned = assignmentInFlight, assigned.write == write else { return }
        assignmentInFlight = nil
        if let error {
            failSyncs(error, &turn)
            return prepareRebalanceUnlessPreparing(&turn)
        }
        enter(.stable, turn.now)
        for position in members.positions {
            members[position].assignment = assigned.assignments[members[position].id] ?? []
            guard let token = members[position].syncToken else { continue }
            members[position].syncToken = nil
            members[position].touch(turn.now)
            announce(members[position].sessionDeadlineNanoseconds, &turn)
            turn.reply(token, .sync(syncReply(to: members[position])))
        }
    }

    mutating func heartbeat(_ request: HeartbeatRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        turn.reply(token, .heartbeat(heartbeat(request, turn.now)))
    }

    private mutating func heartbeat(_ request: HeartbeatRequest, _ now: Moment) -> CoordinationError? {
        if let refusal = refusal(of: request.identity) { return refusal }
        if request.generation != generation { return .illegalGeneration }
        if state == .empty || state == .dead { return .unknownMemberID }
        touch(request.identity.memberID, now)
        return state == .preparingRebalance ? .rebalanceInProgress : nil
    }

    /// Nobody waits for the assignment any longer.
    mutating func failSyncs(_ error: CoordinationError, _ turn: inout GroupTurn) {
        for position in members.positions {
            guard let token = members[position].syncToken else { continue }
            members[position].syncToken = nil
            members[position].touch(turn.now)
            announce(members[position].sessionDeadlineNanoseconds, &turn)
            turn.reply(token, .sync(SyncReply(error: error)))
        }
    }

    private mutating func heard(from position: Int, _ turn: inout GroupTurn) {
        members[position].touch(turn.now)
        members[position].owesSync = false
        if !members.all.contains(where: \.owesSync) { syncDeadlineNanoseconds = nil }
    }

    private func syncReply(to member: GroupMember) -> SyncReply {
        SyncReply(protocolType: protocolType, protocolName: protocolName, assignment: member.assignment)
    }
}
