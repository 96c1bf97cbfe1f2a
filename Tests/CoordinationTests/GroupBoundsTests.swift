@testable import Coordination
import Records
import Testing
import Vocabulary

@Suite struct GroupBoundsTests {
    private func protocols(_ bytes: Int) -> [GroupProtocol] {
        [GroupProtocol(name: "range", metadata: [UInt8](repeating: 1, count: bytes))]
    }

    @Test func `a group whose members say too much together takes nobody more, and one who leaves makes room`() {
        let rig = GroupRig { $0.maximumGroupRecordBytes = 1_000 }
        let first = rig.joined(rig.join(protocols: protocols(600)))
        #expect(first?.error == nil)
        #expect(rig.joined(rig.join(protocols: protocols(600)))?.error == .groupMaxSizeReached)
        // Its own former words don't count twice.
        #expect(rig.joined(rig.join(first?.memberID ?? "", protocols: protocols(900)))?.error == nil)
        #expect(rig.joined(rig.join(first?.memberID ?? "", protocols: protocols(1_001)))?.error == .groupMaxSizeReached)
        #expect(rig.leave(MemberIdentity(memberID: first?.memberID ?? "")) == [nil])
        #expect(rig.joined(rig.join(protocols: protocols(600)))?.error == nil)
        #expect(rig.complaints == [])
    }

    @Test func `groups of a partition that can't be read are forgotten with their transactions, the others stay`() {
        let rig = GroupRig()
        let names = (0..<40).map { "group-\($0)" }
        for name in names {
            _ = rig.commit([(0, 5)], group: name)
            _ = rig.commit([(1, 6)], group: name, producer: 9)
        }
        let lost = rig.coordinator.partition(of: names[0])
        rig.coordinator.forget(offsetsPartition: lost)
        for name in names {
            let isLost = rig.coordinator.partition(of: name) == lost
            #expect(rig.offset(0, group: name) == (isLost ? nil : 5))
            rig.mark(9, .commit, group: name)
            #expect(rig.offset(1, group: name) == (isLost ? nil : 6))
        }
        #expect(rig.coordinator.committedPartitions == [TopicPartition(topic: "t", partition: 0), TopicPartition(topic: "t", partition: 1)])
    }
}
