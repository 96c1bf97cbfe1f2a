@testable import Coordination
import Records
import Testing
import Vocabulary

/// Clients that do what clients do, and worse, beside the rules that no order of events may break.
struct GroupModel {
    private struct Client {
        var memberID = ""
        var instance: String?
        var join: ReplyToken?
        var sync: ReplyToken?
        /// As whom, and of which generation, it asked for its assignment.
        var syncedAs = ""
        var syncedGeneration: Int32 = 0
        var generation: Int32 = 0
        var isLeader = false
        var owesSync = false
        var members: [String] = []
    }

    private static let group = "g"

    let rig: GroupRig
    private var generator: SeededGenerator
    private var clients: [Client]
    private let seed: UInt64
    /// Every join that waits, those that their client gave up too.
    private var joins: Set<ReplyToken> = []
    /// Member ids and the generation each was last told of.
    private var told: [String: Int32] = [:]
    /// The tag of the leader's assignment that reached somebody, by generation.
    private var tags: [Int32: UInt8] = [:]
    private var lastGeneration: Int32 = 0
    /// The log lacks a record of the group itself, because a test refused it.
    private var lacksGroupRecord = false
    private(set) var joinsAnswered = 0
    private(set) var assignmentsDelivered = 0
    private(set) var stableStates = 0

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        let rig = GroupRig {
            $0.initialRebalanceDelayMilliseconds = seed % 3 == 0 ? 3_000 : 0
            $0.maximumMembers = 6
        }
        rig.holdsWrites = true
        self.rig = rig
        clients = (0..<5).map { Client(instance: $0 < Int(seed % 4) ? "i\($0)" : nil) }
    }

    private mutating func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    mutating func step() {
        let client = random(clients.count)
        // Mostly clients do what they should: else a group never gets anywhere.
        if random(9) > 0 {
            behave(client)
            if random(2) == 0 { report() }
        } else {
            misbehave(client)
        }
        listen()
        check()
    }

    /// What a client would do next.
    private mutating func behave(_ n: Int) {
        let client = clients[n]
        if client.join != nil || client.sync != nil {
            report()
            return rig.advance(milliseconds: 300)
        }
        if client.memberID.isEmpty || client.memberID == "nobody" { return join(n, isSteady: true) }
        if client.owesSync { return sync(n) }
        switch rig.heartbeat(client.memberID, instance: client.instance, generation: client.generation) {
        case .rebalanceInProgress?, .illegalGeneration?: join(n, isSteady: true)
        case .unknownMemberID?, .fencedInstanceID?: clients[n].memberID = ""
        default: rig.advance(milliseconds: 500)
        }
    }

    private mutating func misbehave(_ client: Int) {
        switch random(20) {
        case 0..<6: join(client)
        case 6..<10: sync(client)
        case 10..<12: _ = rig.heartbeat(clients[client].memberID, instance: clients[client].instance, generation: clients[client].generation)
        case 12: leave(client)
        case 13: clients[client].memberID = random(2) == 0 ? "" : "nobody"
        case 14: commit(client)
        case 15: rig.advance(milliseconds: [50, 1_000, 4_000, 11_000, 31_000][random(5)])
        case 16 where random(4) == 0: endTransaction()
        case 17 where random(12) == 0: restart()
        case 18 where random(6) == 0: rig.send(.expire)
        default: report()
        }
    }

    private mutating func join(_ n: Int, isSteady: Bool = false) {
        // A changed subscription now and then, one of two; and an old client or a new one.
        let topics = !isSteady && random(5) == 0 ? ["t", "u"] : ["t"]
        let protocols = [GroupProtocol(name: "range", metadata: GroupRig.subscription(topics))]
        clients[n].join = rig.join(
            clients[n].memberID, instance: clients[n].instance, rebalance: Int32([2_000, 30_000][random(2)]), protocols: protocols,
            version: Int16([3, 4, 9][random(3)]))
        clients[n].join.map { _ = joins.insert($0) }
        if clients[n].memberID == "nobody" { clients[n].memberID = "" }
    }

    private mutating func sync(_ n: Int) {
        let client = clients[n]
        guard !client.memberID.isEmpty else { return }
        clients[n].owesSync = false
        clients[n].syncedAs = client.memberID
        clients[n].syncedGeneration = client.generation
        var assignments: [String: [UInt8]] = [:]
        if client.isLeader {
            let tag = UInt8(random(250))
            for member in client.members { assignments[member] = [tag] + Array(member.utf8) }
        }
        clients[n].sync = rig.sync(client.memberID, instance: client.instance, generation: client.generation, assignments)
    }

    private mutating func leave(_ n: Int) {
        _ = rig.leave(MemberIdentity(memberID: clients[n].memberID, instanceID: clients[n].instance))
        clients[n].memberID = ""
    }

    private mutating func commit(_ n: Int) {
        let client = clients[n]
        let generation: Int32? = random(4) == 0 ? nil : client.generation
        let producer: ProducerID? = random(3) == 0 ? ProducerID(random(2)) : nil
        let topic = ["t", "u", "v"][random(3)]
        _ = rig.commit(
            [(Int32(random(2)), Offset(random(1_000)))], generation == nil ? "" : client.memberID, generation: generation, topic: topic,
            producer: producer)
    }

    private mutating func endTransaction() {
        // A marker follows the producer's own writes in the log.
        while !rig.unreported.isEmpty { report(mayFail: false) }
        rig.mark(ProducerID(random(2)), random(2) == 0 ? .abort : .commit)
    }

    private mutating func restart() {
        rig.restart()
        lacksGroupRecord = false
        lastGeneration = rig.machine()?.generation ?? 0
        for n in clients.indices {
            clients[n].join = nil
            clients[n].sync = nil
        }
        joins = []
        // What was told of generations that the log never heard of is void.
        told = [:]
        for member in rig.machine()?.members.all ?? [] { told[member.id] = lastGeneration }
        tags = tags.filter { $0.key <= lastGeneration }
    }

    private mutating func report(mayFail: Bool = true) {
        guard let write = rig.unreported.first else { return }
        let fails = mayFail && random(8) == 0
        let holdsGroup = write.records.contains { if case .group = $0 { true } else { false } }
        if holdsGroup { lacksGroupRecord = fails }
        rig.report(fails ? .coordinatorNotAvailable : nil)
        if holdsGroup, rig.coordinator.groups[Self.group] == nil { lacksGroupRecord = false }
    }

    /// Clients read what they were answered.
    private mutating func listen() {
        for token in joins {
            guard let reply = rig.joined(token) else { continue }
            joins.remove(token)
            if let generation = reply.generation { told[reply.memberID] = max(told[reply.memberID] ?? 0, generation) }
        }
        for n in clients.indices {
            if let token = clients[n].join, let reply = rig.joined(token) { hear(reply, n) }
            if let token = clients[n].sync, let reply = rig.synced(token) { hear(reply, n) }
        }
    }

    private mutating func hear(_ reply: JoinReply, _ n: Int) {
        clients[n].join = nil
        joinsAnswered += 1
        switch reply.error {
        case .memberIDRequired: clients[n].memberID = reply.memberID
        case .unknownMemberID, .fencedInstanceID: clients[n].memberID = ""
        case .some: break
        case nil:
            let leads = reply.leaderID == reply.memberID
            // An old client in a leader's place is told another leader and sees nobody; no other follower sees anybody.
            expect(leads != reply.members.isEmpty, "leader \(reply.leaderID), member \(reply.memberID), \(reply.members.count) members")
            expect((reply.generation ?? 0) >= 1, "generation \(String(describing: reply.generation))")
            clients[n].memberID = reply.memberID
            clients[n].generation = reply.generation ?? 0
            clients[n].owesSync = true
            clients[n].isLeader = leads && !reply.skipsAssignment
            clients[n].members = reply.members.map(\.id)
        }
    }

    private mutating func hear(_ reply: SyncReply, _ n: Int) {
        clients[n].sync = nil
        guard reply.error == nil, let tag = reply.assignment.first else { return }
        assignmentsDelivered += 1
        let generation = clients[n].syncedGeneration
        expect(tags[generation] == nil || tags[generation] == tag, "two assignments in generation \(generation)")
        tags[generation] = tag
        // A static member that came back has what was assigned to its former id.
        if clients[n].instance == nil {
            expect(Array(reply.assignment.dropFirst()) == Array(clients[n].syncedAs.utf8), "another member's assignment")
        }
    }

    private mutating func check() {
        guard let machine = rig.machine() else {
            // Deleted by expiry: a group of that name starts again.
            lastGeneration = 0
            told = [:]
            tags = [:]
            return
        }
        expect(machine.generation >= lastGeneration, "generation \(machine.generation) after \(lastGeneration)")
        lastGeneration = machine.generation
        expect(machine.members.count + machine.pending.count <= 6, "\(machine.members.count) members")
        expect((machine.gathering != nil) == (machine.state == .preparingRebalance), "\(machine.state) while gathering")
        switch machine.state {
        case .empty: expect(machine.members.isEmpty, "an empty group with members")
        case .stable, .completingRebalance:
            expect(machine.leaderID.map(machine.members.contains) ?? false, "\(machine.state) without a leader")
            guard machine.state == .stable else { return }
            stableStates += 1
            for member in machine.members.all where member.instanceID == nil {
                expect(told[member.id] == machine.generation, "\(member.id) of generation \(told[member.id] ?? -1) in \(machine.generation)")
            }
        case .preparingRebalance, .dead: break
        }
        expect(rig.complaints.isEmpty, rig.complaints.joined(separator: "; "))
    }

    /// What the log tells is what is known, and what is known makes the same log.
    mutating func checkLog() {
        let restored = rig.restored()
        var again = GroupCoordinator(settings: restored.settings)
        for record in restored.records { again.replay(record) }
        expect(again.records == restored.records, "a snapshot of the log reads back as something else")
        guard rig.unreported.isEmpty else { return }
        expect(restored.fetch(Self.group) == rig.coordinator.fetch(Self.group), "the log has other offsets")
        expect(
            restored.fetch(Self.group, requiresStable: true) == rig.coordinator.fetch(Self.group, requiresStable: true),
            "the log has other transactions")
        guard !lacksGroupRecord, let live = rig.machine(), live.state == .stable || live.state == .empty, live.generation > 0 else { return }
        let stored = restored.groups[Self.group]?.machine
        expect(stored?.generation == live.generation, "the log has generation \(stored?.generation ?? -1), not \(live.generation)")
        expect(stored?.snapshot().members.map(\.assignment) == live.snapshot().members.map(\.assignment), "the log has other assignments")
        expect(stored?.members.all.map(\.id) == live.members.all.map(\.id), "the log has other members")
    }

    /// Time and the log go on, and everybody who asked is answered.
    mutating func settle() {
        for _ in 0..<40 {
            while !rig.unreported.isEmpty { report(mayFail: false) }
            rig.advance(milliseconds: 31_000)
            listen()
            check()
        }
        expect(rig.unanswered.isEmpty, "\(rig.unanswered.count) requests were never answered")
        expect(rig.state == .empty || rig.state == .dead, "\(rig.state) with nobody alive")
    }

    private func expect(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds { Issue.record("seed \(seed): \(complaint())") }
    }
}
