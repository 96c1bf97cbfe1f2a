// From one generation to the next: who is waited for, and what forms when the waiting is over.

extension GroupMachine {
    mutating func prepareRebalanceUnlessPreparing(_ turn: inout GroupTurn) {
        guard state != .preparingRebalance, state != .dead else { return }
        let wasEmpty = state == .empty
        if state == .completingRebalance { failSyncs(.rebalanceInProgress, &turn) }
        assignmentInFlight = nil
        syncDeadlineNanoseconds = nil
        for position in members.positions { members[position].owesSync = false }
        enter(.preparingRebalance, turn.now)

        let delay = Int64(turn.settings.initialRebalanceDelayMilliseconds)
        guard wasEmpty, delay > 0 else { return gather(rebalanceTimeoutMilliseconds, &turn) }
        gather(delay, &turn)
        let remaining = max(rebalanceTimeoutMilliseconds - delay, 0)
        gathering?.initialRemainingMilliseconds = remaining
    }

    private mutating func gather(_ milliseconds: Int64, _ turn: inout GroupTurn) {
        let deadline = turn.now.after(milliseconds: milliseconds)
        gathering = Gathering(deadlineNanoseconds: deadline)
        announce(deadline, &turn)
    }

    /// Everybody who is known has joined: no reason to wait on. During an initial delay nobody knows who is still to come.
    mutating func formGenerationIfAllJoined(_ turn: inout GroupTurn) {
        guard let gathering, gathering.initialRemainingMilliseconds == nil, pending.isEmpty,
            members.all.allSatisfy({ $0.joinToken != nil })
        else { return }
        formGeneration(&turn)
    }

    /// The wait is over. An initial one is drawn out while new members keep coming.
    mutating func gatheringIsOver(_ turn: inout GroupTurn) {
        guard let over = gathering else { preconditionFailure("group \(id) gathers nobody") }
        if let remaining = over.initialRemainingMilliseconds, remaining > 0, over.sawNewMember {
            let delay = min(Int64(turn.settings.initialRebalanceDelayMilliseconds), remaining)
            gather(delay, &turn)
            gathering?.initialRemainingMilliseconds = remaining - delay
            return
        }
        remove({ $0.joinToken == nil && $0.instanceID == nil }, &turn)
        removedSinceRebalance = false
        // Static members may be on their way back: the group waits for the first of them, or for their sessions to end.
        if !members.isEmpty, !members.all.contains(where: { $0.joinToken != nil }) {
            return gather(rebalanceTimeoutMilliseconds, &turn)
        }
        formGeneration(&turn)
    }

    private mutating func formGeneration(_ turn: inout GroupTurn) {
        gathering = nil
        generation = generation == .max ? 1 : generation + 1
        guard !members.isEmpty else { return formEmptyGeneration(&turn) }
        electJoinedLeader()
        protocolName = selectedProtocol
        subscribedTopics = ConsumerSubscription.topics(of: members.all, protocolType: protocolType, protocolName: protocolName)
        enter(.completingRebalance, turn.now)
        for position in members.positions {
            guard let token = members[position].joinToken else { continue }
            members[position].joinToken = nil
            members[position].isNew = false
            members[position].owesSync = true
            members[position].touch(turn.now)
            announce(members[position].sessionDeadlineNanoseconds, &turn)
            turn.reply(token, .join(joinReply(to: members[position])))
        }
        let deadline = turn.now.after(milliseconds: rebalanceTimeoutMilliseconds)
        syncDeadlineNanoseconds = deadline
        announce(deadline, &turn)
    }

    private mutating func formEmptyGeneration(_ turn: inout GroupTurn) {
        protocolName = nil
        leaderID = nil
        subscribedTopics = []
        enter(.empty, turn.now)
        _ = turn.write(id, [.group(id, snapshot())])
    }

    /// The leader has to have joined, or nobody would make the assignment.
    private mutating func electJoinedLeader() {
        if let leaderID, let position = members.position(of: leaderID), members[position].joinToken != nil { return }
        leaderID = members.all.first { $0.joinToken != nil }?.id
    }

    mutating func enter(_ next: GroupState, _ now: Moment) {
        state = next
        stateMilliseconds = now.wallMilliseconds
    }
}
