@testable import Coordination
import Testing
import Vocabulary

@Suite struct GroupRebalanceTests {
    @Test func `words of another generation or a stranger are refused`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2)
        #expect(rig.heartbeat(ids[0], generation: generation - 1) == .illegalGeneration)
        #expect(rig.heartbeat("x", generation: generation) == .unknownMemberID)
        #expect(rig.synced(rig.sync(ids[0], generation: generation + 1))?.error == .illegalGeneration)
        #expect(rig.synced(rig.sync("x", generation: generation))?.error == .unknownMemberID)
        #expect(rig.synced(rig.sync(ids[1], generation: generation, protocolName: "sticky"))?.error == .inconsistentGroupProtocol)
        #expect(rig.heartbeat(ids[0], generation: generation) == nil)
    }

    @Test func `everybody gets what the leader assigned, once the log has it`() {
        let rig = GroupRig()
        let first = rig.joined(rig.join())?.memberID ?? ""
        let other = rig.join()
        let generation = rig.joined(rig.join(first))?.generation ?? 0
        let second = rig.joined(other)?.memberID ?? ""
        rig.holdsWrites = true
        let follower = rig.sync(second, generation: generation)
        let leader = rig.sync(first, generation: generation, [second: [2], "stranger": [9]])
        #expect(rig.synced(follower) == nil)
        #expect(rig.state == .completingRebalance)
        rig.report()
        #expect(rig.synced(follower)?.assignment == [2])
        #expect(rig.synced(leader)?.assignment == [])
        #expect(rig.synced(leader)?.protocolName == "range")
        #expect(rig.state == .stable)
        let stored = rig.restored().describe("g").members
        #expect(stored.map(\.id) == [first, second])
        #expect(stored.map(\.assignment) == [[], [2]])
    }

    @Test func `an assignment that the log refuses fails the syncs and starts over`() {
        let rig = GroupRig()
        let id = rig.joined(rig.join())?.memberID ?? ""
        rig.holdsWrites = true
        let token = rig.sync(id, generation: 1, [id: [1]])
        rig.report(.coordinatorNotAvailable)
        #expect(rig.synced(token)?.error == .coordinatorNotAvailable)
        #expect(rig.state == .preparingRebalance)
        #expect(rig.joined(rig.join(id))?.generation == 2)
    }

    @Test func `an assignment stored too late for its generation reaches nobody`() {
        let rig = GroupRig()
        let id = rig.joined(rig.join())?.memberID ?? ""
        rig.holdsWrites = true
        let token = rig.sync(id, generation: 1, [id: [1]])
        _ = rig.join()
        #expect(rig.synced(token)?.error == .rebalanceInProgress)
        rig.report()
        #expect(rig.state == .preparingRebalance)
        #expect(rig.complaints == [])
    }

    @Test func `an assignment too large for the log is refused`() {
        let rig = GroupRig { $0.maximumGroupRecordBytes = 100 }
        let id = rig.joined(rig.join())?.memberID ?? ""
        let token = rig.sync(id, generation: 1, [id: [UInt8](repeating: 0, count: 101)])
        #expect(rig.synced(token)?.error == .unknownServerError)
    }

    @Test func `a sync that is repeated while it waits answers the earlier request too`() {
        let rig = GroupRig()
        let first = rig.joined(rig.join())?.memberID ?? ""
        let other = rig.join()
        _ = rig.join(first)
        let second = rig.joined(other)?.memberID ?? ""
        let early = rig.sync(second, generation: 2)
        let again = rig.sync(second, generation: 2)
        #expect(rig.synced(early)?.error == .rebalanceInProgress)
        _ = rig.sync(first, generation: 2, [second: [5]])
        #expect(rig.synced(again)?.assignment == [5])
    }

    @Test func `a silent member is put out after its session, and the others go on without it`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(3)
        for _ in 0..<4 {
            rig.advance(milliseconds: 3_000)
            _ = rig.heartbeat(ids[0], generation: generation)
            _ = rig.heartbeat(ids[1], generation: generation)
        }
        #expect(rig.state == .preparingRebalance)
        #expect(rig.heartbeat(ids[2], generation: generation) == .unknownMemberID)
        let leader = rig.join(ids[0])
        _ = rig.join(ids[1])
        #expect(rig.joined(leader)?.members.map(\.id) == [ids[0], ids[1]])
    }

    @Test func `a member that waits for us is not put out by its session`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2, rebalance: 60_000)
        let waiting = rig.join(ids[0], rebalance: 60_000)
        for _ in 0..<8 {
            rig.advance(milliseconds: 5_000)
            #expect(rig.heartbeat(ids[1], generation: generation) == .rebalanceInProgress)
        }
        _ = rig.join(ids[1], rebalance: 60_000)
        #expect(rig.joined(waiting)?.generation == generation + 1)
    }

    @Test func `who has not joined when the rebalance timeout is over is out, and a new leader is found`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(3)
        _ = rig.join(ids[2], protocols: [GroupProtocol(name: "range", metadata: [1])])
        let other = rig.join(ids[1])
        for _ in 0..<6 {
            rig.advance(milliseconds: 5_001)
            _ = rig.heartbeat(ids[0], generation: generation)
        }
        #expect(rig.joined(other)?.generation == generation + 1)
        #expect(rig.joined(other)?.leaderID == ids[1])
        #expect(rig.joined(other)?.members.count == 2)
        #expect(rig.heartbeat(ids[0], generation: generation) == .unknownMemberID)
    }

    @Test func `who joined but never asks for its assignment is put out after the rebalance timeout`() {
        let rig = GroupRig()
        let first = rig.joined(rig.join(session: 60_000))?.memberID ?? ""
        let other = rig.join(session: 60_000)
        _ = rig.join(first, session: 60_000)
        let second = rig.joined(other)?.memberID ?? ""
        _ = rig.sync(first, generation: 2, [:])
        #expect(rig.state == .stable)
        rig.advance(milliseconds: 30_001)
        #expect(rig.state == .preparingRebalance)
        #expect(rig.heartbeat(first, generation: 2) == .rebalanceInProgress)
        #expect(rig.heartbeat(second, generation: 2) == .unknownMemberID)
    }

    @Test func `a new member is not waited for for ever`() {
        let rig = GroupRig { $0.newMemberJoinTimeoutMilliseconds = 20_000 }
        let (ids, generation) = rig.stable(1, rebalance: 600_000)
        let new = rig.join()
        for _ in 0..<3 {
            rig.advance(milliseconds: 7_000)
            _ = rig.heartbeat(ids[0], generation: generation)
        }
        #expect(rig.joined(new)?.error == .unknownMemberID)
    }

    @Test func `several members leave with one request, each with its own answer`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(3, instances: [nil, "i"])
        let errors = rig.leave(
            MemberIdentity(memberID: "x"), MemberIdentity(memberID: "", instanceID: "i"), MemberIdentity(memberID: "y", instanceID: "j"),
            MemberIdentity(memberID: ids[2]), MemberIdentity(memberID: ids[2]))
        #expect(errors == [.unknownMemberID, nil, .unknownMemberID, nil, .unknownMemberID])
        #expect(rig.heartbeat(ids[0], generation: generation) == .rebalanceInProgress)
        #expect(rig.joined(rig.join(ids[0]))?.members.count == 1)
    }

    @Test func `when the last member leaves the group is empty, and the log says so`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(1)
        #expect(rig.leave(MemberIdentity(memberID: ids[0])) == [nil])
        #expect(rig.state == .empty)
        #expect(rig.machine()?.generation == generation + 1)
        let restored = rig.restored()
        #expect(restored.describe("g").state == .empty)
        #expect(restored.groups["g"]?.machine.generation == generation + 1)
        #expect(restored.groups["g"]?.machine.protocolType == "consumer")
    }

    @Test func `a member that leaves while it waits is answered, and a pending one just goes`() {
        let rig = GroupRig()
        let (ids, _) = rig.stable(2)
        let waiting = rig.join(ids[0])
        _ = rig.leave(MemberIdentity(memberID: ids[0]))
        #expect(rig.joined(waiting)?.error == .unknownMemberID)
        let pending = rig.joined(rig.join(version: 4))?.memberID ?? ""
        let other = rig.join(ids[1])
        #expect(rig.joined(other) == nil)
        #expect(rig.leave(MemberIdentity(memberID: pending)) == [nil])
        #expect(rig.joined(other)?.generation == 3)
    }

    @Test func `a restarted coordinator gives members a session to show up and knows the generation`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2)
        rig.advance(milliseconds: 9_999)
        rig.restart()
        rig.advance(milliseconds: 5_000)
        #expect(rig.complaints == [])
        #expect(rig.state == .stable)
        #expect(rig.heartbeat(ids[0], generation: generation) == nil)
        #expect(rig.synced(rig.sync(ids[1], generation: generation))?.assignment == Array(ids[1].utf8))
        rig.advance(milliseconds: 9_000)
        #expect(rig.heartbeat(ids[0], generation: generation) == nil)
        rig.advance(milliseconds: 1_500)
        #expect(rig.heartbeat(ids[0], generation: generation) == .rebalanceInProgress)
        #expect(rig.heartbeat(ids[1], generation: generation) == .unknownMemberID)
    }

    @Test func `a hundred members form one generation, and the rest another when one is gone`() {
        let rig = GroupRig { $0.initialRebalanceDelayMilliseconds = 3_000 }
        let tokens = (0..<100).map { _ in rig.join() }
        rig.advance(milliseconds: 6_001)
        let replies = tokens.compactMap { rig.joined($0) }
        #expect(replies.count == 100)
        #expect(Set(replies.map(\.generation)) == [1])
        #expect(replies.filter { !$0.members.isEmpty }.map(\.memberID) == [replies[0].leaderID])
        #expect(replies[0].members.count == 100)
        // The assignor has three partitions to give away: the rest are idle, and take over when one fails.
        let busy = Dictionary(replies.prefix(3).enumerated().map { ($1.memberID, [UInt8($0)]) }, uniquingKeysWith: { $1 })
        let syncs = replies.enumerated().map { n, reply in rig.sync(reply.memberID, generation: 1, n == 0 ? busy : [:]) }
        #expect(syncs.compactMap { rig.synced($0)?.assignment } == [[0], [1], [2]] + [[UInt8]](repeating: [], count: 97))

        #expect(rig.leave(MemberIdentity(memberID: replies[0].memberID)) == [nil])
        let again = replies.dropFirst().map { rig.join($0.memberID) }
        #expect(again.compactMap { rig.joined($0)?.generation } == [Int32](repeating: 2, count: 99))
        #expect(rig.joined(again[0])?.members.count == 99)
        #expect(rig.complaints == [])
    }
}
