// A group as a record, and back.

extension GroupMachine {
    /// The group as it is to be stored.
    ///
    /// - Parameter assignments: by member id; nil for those the members have.
    func snapshot(assignments: [String: [UInt8]]? = nil) -> GroupSnapshot {
        GroupSnapshot(
            protocolType: protocolType ?? "", generation: generation, protocolName: protocolName, leaderID: leaderID,
            stateMilliseconds: stateMilliseconds,
            members: members.all.map { member in
                GroupSnapshot.Member(
                    id: member.id, instanceID: member.instanceID, clientID: member.clientID, clientHost: member.clientHost,
                    rebalanceTimeoutMilliseconds: member.rebalanceTimeoutMilliseconds,
                    sessionTimeoutMilliseconds: member.sessionTimeoutMilliseconds, subscription: member.metadata(protocolName),
                    assignment: assignments.map { $0[member.id] ?? [] } ?? member.assignment)
            })
    }

    /// A group as a record tells it. Its members' sessions begin with `begin`.
    init(id: String, _ snapshot: GroupSnapshot) {
        self.init(id: id)
        state = snapshot.members.isEmpty ? .empty : .stable
        generation = snapshot.generation
        protocolType = snapshot.protocolType.isEmpty ? nil : snapshot.protocolType
        protocolName = snapshot.protocolName
        stateMilliseconds = snapshot.stateMilliseconds
        for stored in snapshot.members where !members.contains(stored.id) {
            members.append(
                GroupMember(
                    id: stored.id, instanceID: stored.instanceID, clientID: stored.clientID, clientHost: stored.clientHost,
                    rebalanceTimeoutMilliseconds: stored.rebalanceTimeoutMilliseconds,
                    sessionTimeoutMilliseconds: stored.sessionTimeoutMilliseconds,
                    protocols: [GroupProtocol(name: snapshot.protocolName ?? "", metadata: stored.subscription)],
                    assignment: stored.assignment, isNew: false, sessionDeadlineNanoseconds: 0))
            if let instance = stored.instanceID { staticMembers[instance] = stored.id }
        }
        leaderID = snapshot.leaderID.flatMap { members.contains($0) ? $0 : nil } ?? members.all.first?.id
        subscribedTopics = ConsumerSubscription.topics(of: members.all, protocolType: protocolType, protocolName: protocolName)
    }

    /// The members of a group that was read back have a whole session from now to show up.
    mutating func begin(_ turn: inout GroupTurn) {
        for position in members.positions { members[position].touch(turn.now) }
        if let next = nextDeadlineNanoseconds { announce(next, &turn) }
    }
}
