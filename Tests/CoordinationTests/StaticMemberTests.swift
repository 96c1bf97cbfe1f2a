@testable import Coordination
import Testing
import Vocabulary

@Suite struct StaticMemberTests {
    @Test func `a former holder of an instance id is shut out, whatever it says`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2, instances: ["a", "b"])
        let returned = rig.joined(rig.join(instance: "b"))
        #expect(returned?.error == nil)
        #expect(returned?.memberID != ids[1])
        #expect(rig.heartbeat(ids[1], instance: "b", generation: generation) == .fencedInstanceID)
        #expect(rig.synced(rig.sync(ids[1], instance: "b", generation: generation))?.error == .fencedInstanceID)
        #expect(rig.joined(rig.join(ids[1], instance: "b"))?.error == .fencedInstanceID)
        #expect(rig.leave(MemberIdentity(memberID: ids[1], instanceID: "b")) == [.fencedInstanceID])
        #expect(rig.heartbeat(ids[1], instance: "c", generation: generation) == .unknownMemberID)
    }

    @Test func `a static follower that returns keeps its assignment, and nobody rebalances`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2, instances: ["a", "b"])
        let returned = rig.joined(rig.join(instance: "b"))
        #expect(rig.state == .stable)
        #expect(returned?.generation == generation)
        #expect(returned?.leaderID == ids[0])
        let token = rig.sync(returned?.memberID ?? "", instance: "b", generation: generation)
        #expect(rig.synced(token)?.assignment == Array(ids[1].utf8))
        #expect(rig.heartbeat(ids[0], instance: "a", generation: generation) == nil)
    }

    @Test func `the new id is told only when the log knows it, and survives a restart`() {
        let rig = GroupRig()
        let (_, generation) = rig.stable(2, instances: ["a", "b"])
        rig.holdsWrites = true
        let token = rig.join(instance: "b")
        #expect(rig.joined(token) == nil)
        rig.report()
        let id = rig.joined(token)?.memberID ?? ""
        rig.holdsWrites = false
        rig.restart()
        #expect(rig.heartbeat(id, instance: "b", generation: generation) == nil)
    }

    @Test func `a return that the log refuses is an error, and the next one works`() {
        let rig = GroupRig()
        _ = rig.stable(2, instances: ["a", "b"])
        rig.holdsWrites = true
        let token = rig.join(instance: "b")
        rig.report(.coordinatorNotAvailable)
        #expect(rig.joined(token)?.error == .coordinatorNotAvailable)
        let again = rig.join(instance: "b")
        rig.report()
        #expect(rig.joined(again)?.error == nil)
        #expect(rig.complaints == [])
    }

    @Test func `a leader that returns skips the assignment if it can, and is told another leader if it can't`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2, instances: ["a", "b"])
        let new = rig.joined(rig.join(instance: "a", version: 9))
        #expect(new?.skipsAssignment == true)
        #expect(new?.leaderID == new?.memberID)
        #expect(new?.members.count == 2)
        #expect(new?.generation == generation)
        let old = rig.joined(rig.join(instance: "a", version: 8))
        #expect(old?.skipsAssignment == false)
        #expect(old?.leaderID == new?.memberID)
        #expect(old?.members == [])
        #expect(rig.state == .stable)
        // A leader that joins again under its id wants a new assignment.
        _ = rig.join(old?.memberID ?? "", instance: "a")
        #expect(rig.state == .preparingRebalance)
        #expect(rig.heartbeat(ids[1], instance: "b", generation: generation) == .rebalanceInProgress)
    }

    @Test func `a return while the assignment is made starts over, because the leader has the former id`() {
        let rig = GroupRig()
        let first = rig.joined(rig.join(instance: "a"))?.memberID ?? ""
        let other = rig.join(instance: "b")
        _ = rig.join(first, instance: "a")
        let second = rig.joined(other)?.memberID ?? ""
        let waiting = rig.sync(second, instance: "b", generation: 2)
        let returned = rig.join(instance: "b")
        #expect(rig.synced(waiting)?.error == .fencedInstanceID)
        #expect(rig.state == .preparingRebalance)
        _ = rig.join(first, instance: "a")
        #expect(rig.joined(returned)?.generation == 3)
    }

    @Test func `a second return while the first join waits shuts the first out`() {
        let rig = GroupRig()
        let (ids, _) = rig.stable(2, instances: ["a", "b"])
        _ = rig.join(ids[0], instance: "a")
        let first = rig.join(instance: "b")
        #expect(rig.joined(first)?.generation == 3)
        _ = rig.join(ids[0], instance: "a", protocols: [GroupProtocol(name: "range", metadata: [7])])
        let second = rig.join(instance: "b")
        let third = rig.joined(second)
        #expect(third?.error == nil)
        #expect(rig.complaints == [])
    }

    @Test func `a static member that does not join in time keeps its place until its session ends`() {
        let rig = GroupRig()
        let first = rig.joined(rig.join(session: 10_000, rebalance: 7_000))?.memberID ?? ""
        let other = rig.join(instance: "b", session: 60_000, rebalance: 7_000)
        _ = rig.join(first, rebalance: 7_000)
        let second = rig.joined(other)?.memberID ?? ""
        _ = rig.sync(first, generation: 2, [first: [1], second: [2]])
        _ = rig.sync(second, instance: "b", generation: 2)
        let leader = rig.join(first, rebalance: 7_000)
        rig.advance(milliseconds: 7_001)
        #expect(rig.joined(leader)?.members.map(\.id) == [first, second])
        _ = rig.sync(first, generation: 3, [first: [1], second: [2]])
        // It comes back, and finds what the leader kept for it.
        let returned = rig.joined(rig.join(instance: "b", session: 60_000, rebalance: 7_000))
        #expect(returned?.generation == 3)
        let token = rig.sync(returned?.memberID ?? "", instance: "b", generation: 3)
        #expect(rig.synced(token)?.assignment == [2])
    }

    @Test func `a group of static members that all are away waits for the first`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2, instances: ["a", "b"], rebalance: 2_000)
        _ = rig.leave(MemberIdentity(memberID: ids[0], instanceID: "a"))
        rig.advance(milliseconds: 5_000)
        #expect(rig.state == .preparingRebalance)
        let returned = rig.joined(rig.join(instance: "b", rebalance: 2_000))
        #expect(returned?.generation == generation + 1)
        #expect(returned?.leaderID == returned?.memberID)
    }

    @Test func `a static member may return to a full group`() {
        let rig = GroupRig { $0.maximumMembers = 2 }
        _ = rig.stable(2, instances: ["a", "b"])
        #expect(rig.joined(rig.join(instance: "c"))?.error == .groupMaxSizeReached)
        #expect(rig.joined(rig.join(instance: "b"))?.error == nil)
    }

    @Test func `a generation without its static leader has another one`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2, instances: ["a"], rebalance: 2_000)
        let follower = rig.join(ids[1], rebalance: 2_000, protocols: [GroupProtocol(name: "range", metadata: [7])])
        rig.advance(milliseconds: 2_001)
        #expect(rig.joined(follower)?.generation == generation + 1)
        #expect(rig.joined(follower)?.leaderID == ids[1])
        #expect(rig.joined(follower)?.members.map(\.instanceID) == ["a", nil])
    }
}
