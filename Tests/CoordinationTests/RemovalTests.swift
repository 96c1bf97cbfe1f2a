@testable import Coordination
import Records
import Testing
import Vocabulary

@Suite struct RemovalTests {
    private func partition(_ n: Int32, _ topic: String = "t") -> TopicPartition { TopicPartition(topic: topic, partition: n) }

    private func delete(_ group: String, in rig: GroupRig) -> ReplyToken {
        let token = rig.token()
        rig.send(.deleteGroup(group, token))
        return token
    }

    private func deleteOffsets(_ partitions: [TopicPartition], of group: String = "g", in rig: GroupRig) -> ReplyToken {
        let token = rig.token()
        rig.send(.deleteOffsets(group: group, partitions, token))
        return token
    }

    @Test func `a group that is not there or has members is not deleted`() {
        let rig = GroupRig()
        _ = rig.stable(1)
        let live = delete("g", in: rig)
        let missing = delete("h", in: rig)
        let unnamed = delete("", in: rig)
        #expect(rig.replies[live] == .deleteGroup(.nonEmptyGroup))
        #expect(rig.replies[missing] == .deleteGroup(.groupIDNotFound))
        #expect(rig.replies[unnamed] == .deleteGroup(.invalidGroupID))
    }

    @Test func `a deleted group is gone from the log too, before anybody is told`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(1)
        _ = rig.commit([(0, 5)], ids[0], generation: generation)
        _ = rig.commit([(1, 5)], producer: 9)
        _ = rig.leave(MemberIdentity(memberID: ids[0]))
        rig.holdsWrites = true
        let token = delete("g", in: rig)
        #expect(rig.replies[token] == nil)
        rig.report()
        #expect(rig.replies[token] == .deleteGroup(nil))
        rig.mark(9, .commit)
        #expect(rig.coordinator.list() == [])
        #expect(rig.restored().records == [])
        #expect(rig.restored().list() == [])
    }

    @Test func `a commit in flight does not bring a deleted group back, nor reach its successor`() {
        let rig = GroupRig()
        rig.holdsWrites = true
        let commit = rig.commit([(0, 5)])
        let deletion = delete("g", in: rig)
        let successor = rig.commit([(1, 6)])
        rig.report()
        rig.report()
        rig.report()
        #expect(rig.committed(commit) == [nil])
        #expect(rig.replies[deletion] == .deleteGroup(nil))
        #expect(rig.committed(successor) == [nil])
        #expect(rig.coordinator.fetch("g").map(\.partition.partition) == [1])
        #expect(rig.restored().fetch("g") == rig.coordinator.fetch("g"))
    }

    @Test func `an active group keeps the offsets of what it subscribes to`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(1)
        _ = rig.commit([(0, 5)], ids[0], generation: generation)
        _ = rig.commit([(0, 6)], ids[0], generation: generation, topic: "old")
        let token = deleteOffsets([partition(0), partition(0, "old"), partition(9, "old")], in: rig)
        #expect(rig.replies[token] == .deleteOffsets(nil, [.groupSubscribedToTopic, nil, nil]))
        #expect(rig.coordinator.fetch("g").map(\.partition) == [partition(0)])
        #expect(rig.restored().fetch("g") == rig.coordinator.fetch("g"))
    }

    @Test func `offsets of groups that are no consumers, or not there, are not deleted`() {
        let rig = GroupRig()
        _ = rig.join(group: "connect", type: "connect", protocols: [GroupProtocol(name: "p", metadata: [])])
        let active = deleteOffsets([partition(0)], of: "connect", in: rig)
        let missing = deleteOffsets([partition(0)], of: "h", in: rig)
        #expect(rig.replies[active] == .deleteOffsets(.nonEmptyGroup, []))
        #expect(rig.replies[missing] == .deleteOffsets(.groupIDNotFound, []))
    }

    @Test func `a subscription that cannot be read protects everything`() {
        let rig = GroupRig()
        _ = rig.join(protocols: [GroupProtocol(name: "range", metadata: [1])])
        let token = deleteOffsets([partition(0)], in: rig)
        #expect(rig.replies[token] == .deleteOffsets(nil, [.groupSubscribedToTopic]))
    }

    @Test func `a deletion that overtakes a commit in flight wins, a later commit wins over it`() {
        let rig = GroupRig()
        rig.holdsWrites = true
        _ = rig.commit([(0, 5), (1, 5)])
        let token = deleteOffsets([partition(0), partition(1)], in: rig)
        _ = rig.commit([(1, 6)])
        for _ in 0..<3 { rig.report() }
        #expect(rig.replies[token] == .deleteOffsets(nil, [nil, nil]))
        #expect(rig.coordinator.fetch("g").map { $0.committed?.offset } == [6])
        #expect(rig.restored().fetch("g") == rig.coordinator.fetch("g"))
    }

    @Test func `a deletion that the log refuses says so`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 5)])
        rig.holdsWrites = true
        let token = deleteOffsets([partition(0)], in: rig)
        rig.report(.coordinatorNotAvailable)
        #expect(rig.replies[token] == .deleteOffsets(nil, [.coordinatorNotAvailable]))
    }

    @Test func `the offsets of deleted topics go`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 5), (1, 6)])
        _ = rig.commit([(0, 5)], group: "h")
        rig.send(.partitionsDeleted([partition(0)]))
        #expect(rig.coordinator.fetch("g").map(\.partition) == [partition(1)])
        #expect(rig.coordinator.fetch("h") == [])
        #expect(rig.restored().fetch("g") == rig.coordinator.fetch("g"))
    }

    @Test func `groups are listed by state and described with what their members said`() {
        let rig = GroupRig()
        let (ids, _) = rig.stable(2)
        _ = rig.commit([(0, 1)], group: "simple")
        _ = rig.join(group: "young")
        #expect(rig.coordinator.list().map(\.group) == ["g", "simple", "young"])
        #expect(rig.coordinator.list(states: [.stable]).map(\.group) == ["g"])
        #expect(rig.coordinator.list(states: [.empty, .completingRebalance]).map(\.group) == ["simple", "young"])
        let description = rig.coordinator.describe("g")
        #expect(description.protocolName == "range")
        #expect(description.members.map(\.id) == ids)
        #expect(description.members[1].assignment == Array(ids[1].utf8))
        #expect(description.members[0].metadata == GroupRig.range[0].metadata)
        #expect(rig.coordinator.describe("young").members[0].metadata == [])
    }
}
