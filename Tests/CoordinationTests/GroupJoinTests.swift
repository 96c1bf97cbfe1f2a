@testable import Coordination
import Testing
import Vocabulary

@Suite struct GroupJoinTests {
    @Test func `a group id, a session timeout, a protocol that cannot be are refused and leave nothing behind`() {
        let rig = GroupRig()
        #expect(rig.joined(rig.join(group: ""))?.error == .invalidGroupID)
        #expect(rig.joined(rig.join(session: 5_999))?.error == .invalidSessionTimeout)
        #expect(rig.joined(rig.join(session: 1_800_001))?.error == .invalidSessionTimeout)
        #expect(rig.joined(rig.join(type: ""))?.error == .inconsistentGroupProtocol)
        #expect(rig.joined(rig.join(protocols: []))?.error == .inconsistentGroupProtocol)
        #expect(rig.joined(rig.join("ghost"))?.error == .unknownMemberID)
        #expect(rig.coordinator.list() == [])
        #expect(rig.coordinator.describe("g").state == .dead)
    }

    @Test func `nobody speaks for a group that is not there`() {
        let rig = GroupRig()
        #expect(rig.heartbeat("m", generation: 1) == .unknownMemberID)
        #expect(rig.synced(rig.sync("m", generation: 1))?.error == .unknownMemberID)
        #expect(rig.leave(MemberIdentity(memberID: "m"), MemberIdentity(memberID: "n")) == [.unknownMemberID, .unknownMemberID])
        #expect(rig.heartbeat("m", generation: 1, group: "") == .invalidGroupID)
        #expect(rig.leave(MemberIdentity(memberID: "m"), group: "") == [.invalidGroupID])
    }

    @Test func `a stranger to the group's protocols stays out`() {
        let rig = GroupRig()
        _ = rig.stable(2)
        #expect(rig.joined(rig.join(type: "connect"))?.error == .inconsistentGroupProtocol)
        #expect(rig.joined(rig.join(protocols: [GroupProtocol(name: "sticky", metadata: [])]))?.error == .inconsistentGroupProtocol)
        #expect(rig.state == .stable)
    }

    @Test func `from version 4 a member learns its id before it joins, and the id expires`() {
        let rig = GroupRig()
        let first = rig.join(version: 4)
        let reply = rig.joined(first)
        #expect(reply?.error == .memberIDRequired)
        let id = reply?.memberID ?? ""
        #expect(id == "c-1")
        #expect(rig.heartbeat(id, generation: 0) == .unknownMemberID)
        let second = rig.join(id, version: 4)
        #expect(rig.joined(second)?.error == nil)
        #expect(rig.joined(second)?.memberID == id)

        let late = rig.joined(rig.join(group: "h", version: 4))?.memberID ?? ""
        rig.advance(milliseconds: 10_001)
        #expect(rig.joined(rig.join(late, group: "h", version: 4))?.error == .unknownMemberID)
    }

    @Test func `a generation waits for a member that has been told its id, until that expires`() {
        let rig = GroupRig()
        let (ids, _) = rig.stable(1)
        _ = rig.join(version: 4)
        let leader = rig.join(ids[0])
        #expect(rig.joined(leader) == nil)
        rig.advance(milliseconds: 10_001)
        #expect(rig.joined(leader)?.generation == 2)
    }

    @Test func `a static member needs no second request for its id`() {
        let rig = GroupRig()
        let token = rig.join(instance: "i", version: 9)
        #expect(rig.joined(token)?.error == nil)
        #expect(rig.joined(token)?.memberID == "i-1")
    }

    @Test func `a full group refuses, whether the members have joined or only learned their ids`() {
        let rig = GroupRig { $0.maximumMembers = 2 }
        let (ids, _) = rig.stable(1)
        let pending = rig.join(version: 4)
        #expect(rig.joined(rig.join())?.error == .groupMaxSizeReached)
        #expect(rig.joined(rig.join(version: 4))?.error == .groupMaxSizeReached)
        // Those who are counted get in.
        let leader = rig.join(ids[0])
        let member = rig.join(rig.joined(pending)?.memberID ?? "", version: 4)
        #expect(rig.joined(leader)?.members.count == 2)
        #expect(rig.joined(member)?.error == nil)
    }

    @Test func `there are so many groups and no more`() {
        let rig = GroupRig { $0.maximumGroups = 1 }
        _ = rig.join()
        #expect(rig.joined(rig.join(group: "h"))?.error == .policyViolation)
        #expect(rig.committed(rig.commit([(0, 1)], group: "h")) == [.policyViolation])
    }

    @Test func `metadata beyond its bound is refused`() {
        let rig = GroupRig { $0.maximumMemberMetadataBytes = 100 }
        let large = [GroupProtocol(name: "range", metadata: [UInt8](repeating: 0, count: 96))]
        #expect(rig.joined(rig.join(protocols: large))?.error == .invalidRequest)
    }

    @Test func `each member votes for the first of its protocols that everybody knows`() {
        let rig = GroupRig()
        func protocols(_ names: String...) -> [GroupProtocol] { names.map { GroupProtocol(name: $0, metadata: Array($0.utf8)) } }
        let first = rig.joined(rig.join(protocols: protocols("a", "b", "c")))?.memberID ?? ""
        let second = rig.join(protocols: protocols("c", "b"))
        let third = rig.join(protocols: protocols("b", "c"))
        let leader = rig.join(first, protocols: protocols("a", "b", "c"))
        #expect(rig.joined(leader)?.protocolName == "b")
        #expect(rig.joined(leader)?.members.map(\.metadata) == [Array("b".utf8), Array("b".utf8), Array("b".utf8)])
        #expect(rig.joined(second)?.members == [])
        #expect(rig.joined(third)?.protocolType == "consumer")
    }

    @Test func `exactly one member leads, and it alone sees everybody`() {
        let rig = GroupRig()
        let first = rig.joined(rig.join())
        #expect(first?.leaderID == first?.memberID)
        #expect(first?.generation == 1)
        let second = rig.join()
        let leader = rig.join(first?.memberID ?? "")
        #expect(rig.joined(leader)?.members.map { Optional($0.id) } == [first?.memberID, rig.joined(second)?.memberID])
        #expect(rig.joined(second)?.leaderID == first?.memberID)
        #expect(rig.joined(second)?.members == [])
        #expect(rig.joined(second)?.generation == 2)
    }

    @Test func `an empty group waits for more members, and longer while they come, but not beyond the rebalance timeout`() {
        let rig = GroupRig { $0.initialRebalanceDelayMilliseconds = 3_000 }
        let first = rig.join(rebalance: 7_000)
        rig.advance(milliseconds: 2_999)
        #expect(rig.joined(first) == nil)
        let second = rig.join(rebalance: 7_000)
        rig.advance(milliseconds: 2_999)
        _ = rig.join(rebalance: 7_000)
        #expect(rig.joined(second) == nil)
        rig.advance(milliseconds: 1_003)
        #expect(rig.joined(first)?.members.count == 3)
        #expect(rig.joined(second)?.generation == 1)
    }

    @Test func `a follower that joins again unchanged disturbs nobody, a changed one and the leader do`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(2)
        let again = rig.join(ids[1])
        #expect(rig.joined(again)?.generation == generation)
        #expect(rig.joined(again)?.leaderID == ids[0])
        #expect(rig.state == .stable)

        let changed = [GroupProtocol(name: "range", metadata: GroupRig.subscription(["t", "u"]))]
        let follower = rig.join(ids[1], protocols: changed)
        #expect(rig.joined(follower) == nil)
        #expect(rig.heartbeat(ids[0], generation: generation) == .rebalanceInProgress)
        let leader = rig.join(ids[0])
        #expect(rig.joined(leader)?.generation == generation + 1)
        _ = rig.sync(ids[0], generation: generation + 1)
        _ = rig.join(ids[0])
        #expect(rig.state == .preparingRebalance)
    }

    @Test func `a member that missed the answer gets it again while the assignment is made`() {
        let rig = GroupRig()
        let id = rig.joined(rig.join())?.memberID ?? ""
        let again = rig.join(id)
        #expect(rig.joined(again)?.generation == 1)
        #expect(rig.joined(again)?.members.count == 1)
        #expect(rig.state == .completingRebalance)
    }

    @Test func `a join that is repeated while it waits answers the earlier request too`() {
        let rig = GroupRig()
        let (ids, _) = rig.stable(2)
        let first = rig.join(ids[0])
        let second = rig.join(ids[0])
        #expect(rig.joined(first)?.error == .rebalanceInProgress)
        #expect(rig.joined(second) == nil)
        _ = rig.join(ids[1])
        #expect(rig.joined(second)?.generation == 3)
        #expect(rig.complaints == [])
    }
}
