// One classic consumer group: its members, its generations, and the state between them.
//
//   Empty ──join──▶ PreparingRebalance ──all joined, or time over──▶ CompletingRebalance ──leader's assignment stored──▶ Stable
//     ▲                  ▲        │                                        │                                             │
//     └──nobody left─────┼────────┘                                        │                                             │
//                        └────── a member joins, leaves, fails or changes ─┴─────────────────────────────────────────────┘
//
// This file holds the state and the questions; the verbs are in GroupMachine+Join, +Sync, +Leave, +Rebalance, +Time, +Restore.
// Rules: Kafka's GroupCoordinator and GroupMetadata; KIP-62 (two timeouts), 134 (initial delay), 345 (static members),
// 394 (member id first), 814 (skipped assignment). Members without a partition are the assignor's business, not ours.

struct GroupMachine: Sendable {
    /// A member that was told its id and has not joined with it yet.
    struct PendingMember: Sendable {
        let id: String
        let deadlineNanoseconds: UInt64
    }

    /// The leader's assignment on its way into the log.
    struct AssignmentInFlight: Sendable {
        let write: WriteID
        let assignments: [String: [UInt8]]
    }

    /// A static member that came back under a new id, told so once the log knows.
    struct ReplacementInFlight: Sendable {
        let token: ReplyToken
        let memberID: String
        let formerLeaderID: String?
        let supportsSkippingAssignment: Bool
    }

    /// How the members of the next generation are awaited.
    struct Gathering: Sendable {
        var deadlineNanoseconds: UInt64
        /// Milliseconds by which an empty group's first wait may still be drawn out; nil when not waiting out an initial delay,
        /// so that the generation forms as soon as everybody has joined.
        var initialRemainingMilliseconds: Int64?
        var sawNewMember = false
    }

    let id: String
    var state = GroupState.empty
    var generation: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leaderID: String?
    /// When the group entered its state, since 1970.
    var stateMilliseconds: Int64?
    var members = MemberTable()
    var pending: [PendingMember] = []
    /// Member ids of static members, by instance id.
    var staticMembers: [String: String] = [:]
    /// Topics that the chosen protocol's subscriptions name; nil when they are not a consumer's, or cannot be read.
    var subscribedTopics: Set<String>?
    /// Set exactly while preparing a rebalance.
    var gathering: Gathering?
    /// Until when members of the present generation may ask for their assignment; nil when all have.
    var syncDeadlineNanoseconds: UInt64?
    var assignmentInFlight: AssignmentInFlight?
    var replacementsInFlight: [WriteID: ReplacementInFlight] = [:]
    /// A member was removed and the group has not yet been asked to form anew.
    var removedSinceRebalance = false
    /// The wake-up the driver knows of.
    var announcedNanoseconds: UInt64?

    init(id: String) { self.id = id }

    /// Why this member may not speak; nil when it may.
    func refusal(of identity: MemberIdentity) -> CoordinationError? {
        if let instance = identity.instanceID {
            guard let current = staticMembers[instance] else { return .unknownMemberID }
            return current == identity.memberID ? nil : .fencedInstanceID
        }
        return members.contains(identity.memberID) ? nil : .unknownMemberID
    }

    /// Why a commit is refused; nil when it may go ahead. A transaction may commit without naming a member, in any state.
    func refusal(ofCommit request: OffsetCommitRequest) -> CoordinationError? {
        if request.generation == nil, state == .empty { return nil }
        let isAnonymous = request.generation == nil && request.identity.memberID.isEmpty && request.identity.instanceID == nil
        if isAnonymous, request.producer != nil { return nil }
        if let refusal = refusal(of: request.identity) { return refusal }
        if request.generation != generation { return .illegalGeneration }
        // The offsets belong to the generation that is over; the consumer has to join the new one first.
        return state == .completingRebalance && request.producer == nil ? .rebalanceInProgress : nil
    }

    mutating func touch(_ memberID: String, _ now: Moment) {
        guard let position = members.position(of: memberID) else { return }
        members[position].touch(now)
    }

    /// The longest of the members' rebalance timeouts.
    var rebalanceTimeoutMilliseconds: Int64 {
        Int64(members.all.map(\.rebalanceTimeoutMilliseconds).max() ?? 0)
    }

    /// Each member votes for its favourite among those that all know; the first to have most votes wins.
    var selectedProtocol: String? {
        var order: [String] = []
        var votes: [String: Int] = [:]
        for member in members.all {
            guard let favourite = member.protocols.first(where: { members.isCommon($0.name) })?.name else { continue }
            if votes[favourite] == nil { order.append(favourite) }
            votes[favourite, default: 0] += 1
        }
        return order.max { votes[$0, default: 0] < votes[$1, default: 0] }
    }

    /// Whether a member with these protocols could be in one generation with those that are here.
    func supports(_ type: String, _ protocols: [GroupProtocol]) -> Bool {
        if members.isEmpty { return !type.isEmpty && !protocols.isEmpty }
        return type == protocolType && protocols.contains { members.isCommon($0.name) }
    }

    func joinReply(to member: GroupMember) -> JoinReply {
        JoinReply(
            generation: generation, protocolType: protocolType, protocolName: protocolName, leaderID: leaderID ?? "",
            memberID: member.id, members: member.id == leaderID ? joinedMembers : [])
    }

    var joinedMembers: [JoinReply.Member] {
        members.all.map { JoinReply.Member(id: $0.id, instanceID: $0.instanceID, metadata: $0.metadata(protocolName)) }
    }

    func description() -> GroupDescription {
        let isStable = state == .stable
        return GroupDescription(
            group: id, state: state, protocolType: protocolType ?? "", protocolName: isStable ? protocolName ?? "" : "",
            members: members.all.map {
                GroupDescription.Member(
                    id: $0.id, instanceID: $0.instanceID, clientID: $0.clientID, clientHost: $0.clientHost,
                    metadata: isStable ? $0.metadata(protocolName) : [], assignment: isStable ? $0.assignment : [])
            })
    }
}
