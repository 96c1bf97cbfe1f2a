// A member of a consumer group, by Kafka's classic protocol: it joins, is given partitions, says that it lives, commits how far it has
// read, and comes to terms anew when the group changes.
//
//   joining ─▶ syncing ─▶ locating (what was committed) ─▶ reading ─▶ committing ─▶ joining, or leaving ─▶ out
//
// One request is on its way at a time. A phase says which; where its answer is lost the same request goes again.
internal import Bytes
package import Reactor
internal import Vocabulary
internal import Wire

/// Belongs to one loop and its thread. Its owner polls it, and reads what it is given.
package final class GroupMembership {
    private enum Phase: Equatable { case out, joining, syncing, locating, reading, committing, leaving }

    package let configuration: GroupConfiguration
    package private(set) var counters = GroupCounters()
    private let topics: SubscribedTopics
    private unowned let handler: any GroupHandler
    private var link: CoordinatorLink!
    private var phase = Phase.joining
    private var wantsOut = false
    private var memberID = ""
    private var generation: Int32 = -1
    private var assignor: String
    /// Of the leader, for every member; empty for the others.
    private var shares: [String: [ConsumerSubscription.Share]] = [:]
    /// Given to it, ascending. Partitions are known by their numbers, here and to the handler.
    private var owned: [Int32] = []
    /// Of `owned`: those whose committed offset is not known yet.
    private var added: [Int32] = []
    /// Cooperatively: what it does not read any more and the others are to get. Its own until it is committed.
    private var givenUp: [Int32] = []
    /// Of what was committed last.
    private var committed: [Int32: Offset] = [:]
    private var asked: [Int32: Offset] = [:]
    /// Whether the commit on its way is the one before it joins anew or leaves.
    private var isLastCommit = false
    private var heartbeatAt: UInt64 = 0
    private var commitAt: UInt64 = 0
    /// When it learned that the group changes; nil while it does not.
    private var rebalancingSince: UInt64?

    /// What a member speaks.
    private static let keys: [APIKey] = [.findCoordinator, .joinGroup, .syncGroup, .heartbeat, .leaveGroup, .offsetFetch, .offsetCommit]

    /// As a member for one topic.
    package convenience init(
        loop: Loop, bootstrap: BrokerAddress, topic: String, partitions: Int32, configuration: GroupConfiguration, options: ConnectionOptions,
        handler: any GroupHandler
    ) throws(ClientError) {
        try self.init(
            loop: loop, bootstrap: bootstrap, topics: [(topic, partitions)], configuration: configuration, options: options, handler: handler)
    }

    /// Finds the coordinator, blocking meanwhile, and joins as soon as it is polled.
    ///
    /// - Parameters:
    ///   - topics: different ones, with their numbers of partitions. Those are numbered through, in this order: a number is what the
    ///     handler gets for a partition.
    ///   - handler: must outlive the membership.
    package init(
        loop: Loop, bootstrap: BrokerAddress, topics: [(name: String, partitions: Int32)], configuration: GroupConfiguration, options: ConnectionOptions,
        handler: any GroupHandler
    ) throws(ClientError) {
        self.configuration = configuration
        self.topics = SubscribedTopics(topics)
        self.handler = handler
        assignor = configuration.assignor.rawValue
        let coordinator = try Cluster([bootstrap], options).coordinator(of: configuration.name)
        for key in Self.keys where coordinator.negotiation.version(of: key) == nil { throw .unsupported(coordinator.broker, key) }
        link = CoordinatorLink(
            loop: loop, key: configuration.name, keyType: FindCoordinatorRequest.groupKeyType, at: coordinator.broker, bootstrap: bootstrap,
            versions: coordinator.negotiation, options: options, user: self)
    }

    /// Partitions that it reads; nil while the group comes to terms.
    package var partitionsRead: Int? { phase == .reading ? owned.count : nil }

    package var isOut: Bool { phase == .out }

    /// Gives everything up and leaves, so that the others need not wait for its session to end.
    package func leave() { wantsOut = true }

    /// Joins again, if it has left.
    package func join() {
        wantsOut = false
        if phase == .out { phase = .joining }
    }

    /// Ends the connection without a word: the group finds out when the session ends.
    package func close() { link.close() }

    package func poll(now: UInt64) {
        link.poll(now)
        if wantsOut, phase == .reading { endReading(now) }
        guard link.isFree(now) else { return }
        switch phase {
        case .out: break
        case .joining: if wantsOut { goOut() } else { sendJoin(now) }
        case .syncing: sendSync(now)
        case .locating: sendOffsetFetch(now)
        case .committing:
            isLastCommit = true
            if !sendCommit(now) { endCommit(now) }
        case .leaving: sendLeave(now)
        case .reading:
            if now >= heartbeatAt { return sendHeartbeat(now) }
            guard now >= commitAt else { return }
            commitAt = now &+ configuration.commitNanoseconds
            isLastCommit = false
            _ = sendCommit(now)
        }
    }

    /// When `poll` has something to do at the latest, beyond what the loop reports.
    package var nextDeadline: UInt64 {
        switch phase {
        case .out: link.nextDeadline
        case .reading: min(link.nextDeadline, max(link.freeAt, min(heartbeatAt, commitAt)))
        default: min(link.nextDeadline, link.freeAt)
        }
    }

    // MARK: requests

    private func sendJoin(_ now: UInt64) {
        rebalancingSince = rebalancingSince ?? now
        let me = GroupAssignor.Member(id: memberID, owned: configuration.assignor.isCooperative ? owned : [], generation: generation)
        link.send(
            JoinGroupRequest(
                groupID: configuration.name, sessionTimeoutMilliseconds: configuration.sessionTimeoutMilliseconds,
                rebalanceTimeoutMilliseconds: configuration.rebalanceTimeoutMilliseconds, memberID: memberID,
                protocolType: ConsumerSubscription.protocolType,
                protocols: [.init(name: configuration.assignor.rawValue, metadata: ConsumerSubscription.encoded(me, topics))]),
            now: now, heldFor: UInt64(configuration.rebalanceTimeoutMilliseconds) * 1_000_000)
    }

    private func sendSync(_ now: UInt64) {
        let assignments = shares.sorted { $0.key < $1.key }.map {
            SyncGroupRequest.Assignment(memberID: $0.key, assignment: ConsumerSubscription.assignment(of: $0.value))
        }
        link.send(
            SyncGroupRequest(
                groupID: configuration.name, generationID: generation, memberID: memberID, protocolType: ConsumerSubscription.protocolType,
                protocolName: assignor, assignments: assignments),
            now: now, heldFor: UInt64(configuration.rebalanceTimeoutMilliseconds) * 1_000_000)
    }

    private func sendOffsetFetch(_ now: UInt64) {
        let places = topics.grouped(added) { partition, _ in partition }.map { OffsetFetchRequest.Topic(name: $0.name, partitionIndexes: $0.values) }
        link.send(OffsetFetchRequest(groups: [.init(groupID: configuration.name, topics: places)]), now: now)
    }

    private func sendHeartbeat(_ now: UInt64) {
        heartbeatAt = now &+ configuration.heartbeatNanoseconds
        link.send(HeartbeatRequest(groupID: configuration.name, generationID: generation, memberID: memberID), now: now)
    }

    /// - Returns: false, with nothing sent, where everything that was read is committed.
    private func sendCommit(_ now: UInt64) -> Bool {
        asked = [:]
        for partition in owned {
            if let position = handler.position(of: partition), position != committed[partition] { asked[partition] = position }
        }
        guard !asked.isEmpty else { return false }
        let places = topics.grouped(asked.keys.sorted()) { OffsetCommitRequest.Partition(partitionIndex: $0, offset: asked[$1]!, metadata: "") }
        link.send(
            OffsetCommitRequest(
                groupID: configuration.name, generationID: generation, memberID: memberID,
                topics: places.map { OffsetCommitRequest.Topic(name: $0.name, partitions: $0.values) }),
            now: now)
        return true
    }

    private func sendLeave(_ now: UInt64) {
        link.send(LeaveGroupRequest(groupID: configuration.name, members: [.init(memberID: memberID)]), now: now)
    }

    // MARK: what they come to

    /// Before it joins anew or leaves: everybody stops reading, cooperative members aside, and commits.
    private func endReading(_ now: UInt64) {
        if !wantsOut { rebalancingSince = rebalancingSince ?? now }
        // Told before the commit, so that what is committed stands still; the positions stay.
        if wantsOut || !configuration.assignor.isCooperative { handler.revoked(owned) }
        phase = .committing
    }

    private func endCommit(_ now: UInt64) {
        if wantsOut {
            goOut()
        } else if configuration.assignor.isCooperative {
            owned.removeAll { givenUp.contains($0) }
            for partition in givenUp { committed[partition] = nil }
            givenUp = []
            phase = .joining
        } else {
            forget()
            phase = .joining
        }
    }

    private func goOut() {
        handler.revoked(owned)
        forget()
        phase = memberID.isEmpty ? .out : .leaving
    }

    private func forget() {
        owned = []
        added = []
        givenUp = []
        committed = [:]
    }

    /// The group goes on without it: what it read and did not commit others will read again.
    private func lose(_ code: ErrorCode, _ now: UInt64) {
        counters.lostMemberships &+= 1
        handler.revoked(owned)
        forget()
        generation = -1
        if code == .unknownMemberID { memberID = "" }
        rebalancingSince = rebalancingSince ?? now
        phase = .joining
    }

    /// - Returns: whether the request was carried out. Where it was not, what follows from that has been done.
    private func isDone(_ code: ErrorCode, _ now: UInt64) -> Bool {
        switch code {
        case .none: return true
        case .notCoordinator, .coordinatorNotAvailable, .coordinatorLoadInProgress: link.find(from: now)
        case .rebalanceInProgress:
            // One that commits before it joins anew knows already.
            if phase == .reading { endReading(now) } else if phase != .committing, phase != .leaving { phase = .joining }
        case .unknownMemberID, .illegalGeneration: lose(code, now)
        default:
            counters.count(code.name)
            handler.failed(.broker(code, "group \(configuration.name)"))
            link.wait(Self.errorNanoseconds, from: now)
        }
        return false
    }

    /// Until what was refused is tried again.
    private static let errorNanoseconds: UInt64 = 100_000_000

    private func joined(_ response: JoinGroupResponse, _ now: UInt64) {
        if response.errorCode == .memberIDRequired {
            memberID = response.memberID
            return
        }
        guard isDone(response.errorCode, now) else { return }
        memberID = response.memberID
        generation = response.generationID
        assignor = response.protocolName ?? configuration.assignor.rawValue
        shares = [:]
        if response.leader == memberID { shareOut(among: response.members) }
        phase = .syncing
    }

    /// Topic by topic, among those that subscribe to it.
    private func shareOut(among members: [JoinGroupResponse.Member]) {
        for member in members { shares[member.memberID] = [] }
        for topic in topics.all {
            let subscribed = members.compactMap { ConsumerSubscription.member($0.memberID, $0.metadata, topic: topic.name) }
            for (member, partitions) in configuration.assignor.shares(of: topic.count, among: subscribed) where !partitions.isEmpty {
                shares[member, default: []].append((topic.name, partitions))
            }
        }
    }

    private func synced(_ response: SyncGroupResponse, _ now: UInt64) {
        guard isDone(response.errorCode, now) else { return }
        let places = ConsumerAssignment.partitions(response.assignment) ?? []
        let given = places.compactMap { topics.number(of: $0.partition, in: $0.topic) }.sorted()
        if let strange = places.first(where: { topics.number(of: $0.partition, in: $0.topic) == nil }) {
            handler.failed(.unknown("group \(configuration.name) gives \(strange.topic)-\(strange.partition), which was not there when this member joined"))
        }
        givenUp = owned.filter { !given.contains($0) }
        if !givenUp.isEmpty { handler.revoked(givenUp) }
        added = given.filter { !owned.contains($0) }
        owned = (given + givenUp).sorted()
        heartbeatAt = now &+ configuration.heartbeatNanoseconds
        commitAt = now &+ configuration.commitNanoseconds
        if added.isEmpty { begin([:], now) } else { phase = .locating }
    }

    private func located(_ response: OffsetFetchResponse, _ now: UInt64) {
        guard let group = response.groups.first, isDone(group.errorCode, now) else { return }
        var found: [Int32: Offset] = [:]
        for topic in group.topics {
            for partition in topic.partitions where partition.offset >= 0 {
                if let number = topics.number(of: partition.partitionIndex, in: topic.name) { found[number] = partition.offset }
            }
        }
        begin(found, now)
    }

    private func begin(_ found: [Int32: Offset], _ now: UInt64) {
        committed.merge(found) { $1 }
        handler.assigned(added.map { ($0, found[$0]) })
        added = []
        phase = .reading
        counters.rebalances &+= 1
        if let since = rebalancingSince { handler.rebalanced(from: since, to: now) }
        rebalancingSince = nil
        if !givenUp.isEmpty { endReading(now) }
    }

    private func accepted(_ response: OffsetCommitResponse, _ now: UInt64) {
        let code = response.topics.flatMap(\.partitions).map(\.errorCode).first { $0 != .none } ?? .none
        // One that was on its way when the reading ended is not what the end waits for.
        let isLast = phase == .committing && isLastCommit
        guard isDone(code, now) else {
            // A group that changes already does not wait for it: others read again what it could not commit.
            if isLast, code == .rebalanceInProgress { endCommit(now) }
            return
        }
        counters.commits &+= 1
        committed.merge(asked) { $1 }
        if isLast { endCommit(now) }
    }
}

extension GroupMembership: CoordinatorLinkUser {
    func answered(_ key: APIKey, _ version: Int16, _ reader: inout ByteReader, at now: UInt64) throws(WireError) {
        switch key {
        case .joinGroup: joined(try JoinGroupResponse(from: &reader, version: version), now)
        case .syncGroup: synced(try SyncGroupResponse(from: &reader, version: version), now)
        case .offsetFetch: located(try OffsetFetchResponse(from: &reader, version: version), now)
        case .offsetCommit: accepted(try OffsetCommitResponse(from: &reader, version: version), now)
        case .heartbeat: _ = isDone(try HeartbeatResponse(from: &reader, version: version).errorCode, now)
        case .leaveGroup:
            _ = try LeaveGroupResponse(from: &reader, version: version)
            forget()
            (memberID, generation) = ("", -1)
            phase = wantsOut ? .out : .joining
        default: break
        }
    }

    func lost(_ key: APIKey?, _ error: ClientError, at now: UInt64) {
        if error.isLoss { counters.lostConnections &+= 1 }
        counters.count(error.name)
        handler.failed(error)
    }
}
