// All groups of a broker and their offsets, behind one verb: an event goes in, effects come out.
//
// Membership is GroupMachine's, offsets are OffsetTable's; here stands what concerns both: commits, deletions, expiry, and
// which write promised what to whom. GroupCoordinator+Offsets commits and fetches, +Removal forgets, +Restore reads the log.
internal import Vocabulary

/// The coordinator of the groups whose partitions of `__consumer_offsets` this broker leads. A value: a copy is a fork.
package struct GroupCoordinator: Sendable {
    struct Group: Sendable {
        var machine: GroupMachine
        var offsets = OffsetTable()
        /// Writes asked for before this place concerned a former group of the same name.
        let firstOrder: UInt64
    }

    /// What to do when the log has answered.
    enum PendingWrite: Sendable {
        case commit(PendingCommit)
        case deletion(ReplyToken, succeeded: GroupReply)
    }

    struct PendingCommit: Sendable {
        let token: ReplyToken
        /// In the order of the request; those that were refused already have their error.
        var errors: [CoordinationError?]
        let positions: [(TopicPartition, CommittedOffset)]
        let producerID: ProducerID?
    }

    package let settings: GroupSettings
    var groups: [String: Group] = [:]
    var writes: [WriteID: PendingWrite] = [:]
    /// Groups with offsets of a transaction that has not ended.
    var transactionalGroups: [ProducerID: Set<String>] = [:]
    var nextWriteID: UInt64 = 1

    package init(settings: GroupSettings = GroupSettings()) { self.settings = settings }

    /// Lets `event` happen.
    ///
    /// - Returns: what to do, in this order. Replies name tokens of this event or of earlier ones that waited.
    package mutating func apply(_ event: GroupEvent, at now: Moment) -> [GroupEffect] {
        var turn = GroupTurn(now: now, settings: settings, effects: [], nextWriteID: nextWriteID)
        switch event {
        case .join(let request, let token): join(request, token, &turn)
        case .sync(let request, let token): sync(request, token, &turn)
        case .heartbeat(let request, let token): heartbeat(request, token, &turn)
        case .leave(let request, let token): leave(request, token, &turn)
        case .commit(let request, let token): commit(request, token, &turn)
        case .deleteOffsets(let group, let partitions, let token): deleteOffsets(of: group, partitions, token, &turn)
        case .deleteGroup(let group, let token): deleteGroup(group, token, &turn)
        case .written(let write, let group, let error): written(write, group, error, &turn)
        case .transactionEnded(let producer, let outcome, let partition):
            endTransaction(of: producer, outcome, offsetsPartition: partition)
        case .partitionsDeleted(let partitions): forget(partitions, &turn)
        case .tick(let group): groups[group]?.machine.tick(&turn)
        case .expire: expire(&turn)
        }
        nextWriteID = turn.nextWriteID
        return turn.effects
    }

    /// A group, `dead` when there is none.
    package func describe(_ group: String) -> GroupDescription {
        groups[group]?.machine.description() ?? GroupDescription(group: group, state: .dead)
    }

    /// Groups in one of `states`, or in any when it is empty; by name.
    package func list(states: Set<GroupState> = []) -> [GroupListing] {
        groups.values.filter { states.isEmpty || states.contains($0.machine.state) }.map {
            GroupListing(group: $0.machine.id, protocolType: $0.machine.protocolType ?? "", state: $0.machine.state)
        }.sorted { $0.group < $1.group }
    }

    /// The partition of `__consumer_offsets` that keeps a group.
    package func partition(of group: String) -> Int32 {
        CoordinatorPartition.of(group, count: settings.offsetsPartitions)
    }
}

extension GroupCoordinator {
    private mutating func join(_ request: JoinRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        if let refusal = refusal(of: request) {
            return turn.refuseJoin(token, refusal, memberID: request.identity.memberID)
        }
        guard create(request.group) else { return turn.refuseJoin(token, .policyViolation, memberID: "") }
        groups[request.group]?.machine.join(request, token, &turn)
        discardIfNothing(request.group)
    }

    private func refusal(of request: JoinRequest) -> CoordinationError? {
        guard !request.group.isEmpty else { return .invalidGroupID }
        let allowed = settings.minimumSessionTimeoutMilliseconds...settings.maximumSessionTimeoutMilliseconds
        guard allowed.contains(request.sessionTimeoutMilliseconds) else { return .invalidSessionTimeout }
        return groups[request.group] == nil && !request.identity.memberID.isEmpty ? .unknownMemberID : nil
    }

    private mutating func sync(_ request: SyncRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        if let missing = missing(request.group) { return turn.reply(token, .sync(SyncReply(error: missing))) }
        groups[request.group]?.machine.sync(request, token, &turn)
    }

    private mutating func heartbeat(_ request: HeartbeatRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        if let missing = missing(request.group) { return turn.reply(token, .heartbeat(missing)) }
        groups[request.group]?.machine.heartbeat(request, token, &turn)
    }

    private mutating func leave(_ request: LeaveRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        switch missing(request.group) {
        case .invalidGroupID?: turn.reply(token, .leave(.invalidGroupID, []))
        case let missing?: turn.reply(token, .leave(nil, request.members.map { _ in missing }))
        case nil: groups[request.group]?.machine.leave(request, token, &turn)
        }
    }

    /// The error of somebody who takes himself for a member of a group that is not there.
    private func missing(_ group: String) -> CoordinationError? {
        if group.isEmpty { return .invalidGroupID }
        return groups[group] == nil ? .unknownMemberID : nil
    }

    /// Makes sure of a group; false when there are too many.
    mutating func create(_ group: String) -> Bool {
        if groups[group] != nil { return true }
        guard groups.count < settings.maximumGroups else { return false }
        groups[group] = Group(machine: GroupMachine(id: group), firstOrder: nextWriteID)
        return true
    }

    /// Forgets a group that a refused request made, or that a log left behind: nothing of it was ever stored.
    mutating func discardIfNothing(_ name: String) {
        guard let group = groups[name], group.machine.state == .empty, group.machine.generation == 0, group.machine.pending.isEmpty,
            group.offsets.isEmpty
        else { return }
        groups[name] = nil
    }

    private mutating func written(_ write: WriteID, _ group: String, _ error: CoordinationError?, _ turn: inout GroupTurn) {
        switch writes.removeValue(forKey: write) {
        case .commit(let commit): finish(commit, group, order: write.rawValue, error, &turn)
        case .deletion(let token, let succeeded):
            turn.reply(token, error.map { Self.failed(succeeded, $0) } ?? succeeded)
        case nil: groups[group]?.machine.written(write, error, &turn)
        }
    }

    private static func failed(_ reply: GroupReply, _ error: CoordinationError) -> GroupReply {
        guard case .deleteOffsets(_, let errors) = reply else { return .deleteGroup(error) }
        return .deleteOffsets(nil, errors.map { $0 ?? error })
    }
}
