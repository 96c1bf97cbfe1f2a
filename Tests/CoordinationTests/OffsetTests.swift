@testable import Coordination
import Records
import Testing
import Vocabulary

@Suite struct OffsetTests {
    private let partition = TopicPartition(topic: "t", partition: 0)
    private let day: Int64 = 24 * 3_600_000

    @Test func `commits of another generation, a stranger or in the middle of a rebalance are refused`() {
        let rig = GroupRig()
        #expect(rig.committed(rig.commit([(0, 1)], "m", generation: 1)) == [.illegalGeneration])
        let (ids, generation) = rig.stable(2)
        #expect(rig.committed(rig.commit([(0, 1), (1, 1)], ids[0], generation: generation - 1)) == [.illegalGeneration, .illegalGeneration])
        #expect(rig.committed(rig.commit([(0, 1)], "x", generation: generation)) == [.unknownMemberID])
        #expect(rig.committed(rig.commit([(0, 1)])) == [.unknownMemberID])
        _ = rig.join(ids[0])
        // While members are awaited those of the last generation may still commit what they have done.
        #expect(rig.committed(rig.commit([(0, 7)], ids[1], generation: generation)) == [nil])
        _ = rig.join(ids[1])
        #expect(rig.state == .completingRebalance)
        #expect(rig.committed(rig.commit([(0, 8)], ids[1], generation: generation)) == [.illegalGeneration])
        #expect(rig.committed(rig.commit([(0, 8)], ids[1], generation: generation + 1)) == [.rebalanceInProgress])
        #expect(rig.offset(0) == 7)
    }

    @Test func `a commit counts when the log has it, not before, and not when the log refuses`() {
        let rig = GroupRig()
        rig.holdsWrites = true
        let token = rig.commit([(0, 5)])
        #expect(rig.committed(token) == nil)
        #expect(rig.offset(0) == nil)
        rig.report()
        #expect(rig.committed(token) == [nil])
        #expect(rig.offset(0) == 5)
        let refused = rig.commit([(0, 6)])
        rig.report(.coordinatorNotAvailable)
        #expect(rig.committed(refused) == [.coordinatorNotAvailable])
        #expect(rig.offset(0) == 5)
    }

    @Test func `metadata beyond its bound fails its partition only`() {
        let rig = GroupRig { $0.maximumOffsetMetadataBytes = 4 }
        #expect(rig.committed(rig.commit([(0, 1)], metadata: "12345")) == [.offsetMetadataTooLarge])
        #expect(rig.coordinator.list() == [])
        let token = rig.token()
        rig.send(
            .commit(
                OffsetCommitRequest(
                    group: "g", identity: MemberIdentity(memberID: ""), generation: nil,
                    positions: [
                        .init(partition: partition, offset: 1, metadata: "12345"),
                        .init(partition: TopicPartition(topic: "t", partition: 1), offset: 2, metadata: "1234"),
                    ]), token))
        #expect(rig.committed(token) == [.offsetMetadataTooLarge, nil])
        #expect(rig.offset(1) == 2)
        #expect(rig.offset(0) == nil)
    }

    @Test func `offsets of a group and commits in flight are bounded`() {
        let rig = GroupRig {
            $0.maximumOffsetsPerGroup = 2
            $0.maximumWritesInFlight = 1
        }
        #expect(rig.committed(rig.commit([(0, 1), (1, 1), (2, 1)])) == [nil, nil, .policyViolation])
        #expect(rig.committed(rig.commit([(0, 2), (3, 1)])) == [nil, .policyViolation])
        rig.holdsWrites = true
        _ = rig.commit([(0, 3)])
        #expect(rig.committed(rig.commit([(1, 3)])) == [.coordinatorLoadInProgress])
    }

    @Test func `a consumer without a group keeps offsets, and they come back from the log`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 5), (1, 6)])
        _ = rig.commit([(0, 7)], topic: "s")
        rig.restart()
        let all = rig.coordinator.fetch("g")
        #expect(all.map(\.partition.description) == ["s-0", "t-0", "t-1"])
        #expect(all.map { $0.committed?.offset } == [7, 5, 6])
        #expect(all[1].committed?.leaderEpoch == 0)
        #expect(rig.coordinator.list() == [GroupListing(group: "g", protocolType: "", state: .empty)])
        #expect(rig.coordinator.fetch("nobody", [partition]) == [FetchedOffset(partition: partition)])
        #expect(rig.coordinator.fetch("nobody") == [])
    }

    @Test func `a transaction's offsets count when it commits and never when it aborts`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 1)])
        _ = rig.commit([(0, 5)], producer: 9)
        #expect(rig.offset(0) == 1)
        rig.mark(9, .abort)
        #expect(rig.offset(0) == 1)
        _ = rig.commit([(0, 6)], producer: 9)
        rig.restart()
        #expect(rig.offset(0) == 1)
        rig.mark(9, .commit)
        #expect(rig.offset(0) == 6)
        rig.restart()
        #expect(rig.offset(0) == 6)
    }

    @Test func `who wants stable offsets is told to wait for the transaction`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 1), (1, 1)])
        rig.holdsWrites = true
        _ = rig.commit([(0, 5)], producer: 9)
        for isWritten in [false, true] {
            if isWritten { rig.report() }
            let fetched = rig.coordinator.fetch("g", requiresStable: true)
            #expect(fetched.map(\.error) == [.unstableOffsetCommit, nil])
            #expect(rig.coordinator.fetch("g").map { $0.committed?.offset } == [1, 1])
        }
        rig.mark(9, .abort)
        #expect(rig.coordinator.fetch("g", requiresStable: true).map(\.error) == [nil, nil])
    }

    @Test func `a marker ends the transaction for the groups of its partition only`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 5)], producer: 9)
        _ = rig.commit([(0, 5)], group: "other", producer: 9)
        #expect(rig.coordinator.partition(of: "g") != rig.coordinator.partition(of: "other"))
        rig.mark(9, .commit)
        #expect(rig.offset(0) == 5)
        #expect(rig.offset(0, group: "other") == nil)
        rig.mark(9, .commit, group: "other")
        #expect(rig.offset(0, group: "other") == 5)
    }

    @Test func `a plain commit after a transaction's is not undone by it`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 5)], producer: 9)
        _ = rig.commit([(0, 8)])
        rig.mark(9, .commit)
        #expect(rig.offset(0) == 8)
        #expect(rig.restored().fetch("g")[0].committed?.offset == 8)
    }

    @Test func `a transaction may commit for a group in any state, but not under a stale generation`() {
        let rig = GroupRig()
        let (ids, generation) = rig.stable(1)
        #expect(rig.committed(rig.commit([(0, 5)], producer: 9)) == [nil])
        #expect(rig.committed(rig.commit([(0, 5)], ids[0], generation: generation, producer: 9)) == [nil])
        #expect(rig.committed(rig.commit([(0, 5)], ids[0], generation: generation - 1, producer: 9)) == [.illegalGeneration])
        #expect(rig.committed(rig.commit([(0, 5)], "x", generation: generation, producer: 9)) == [.unknownMemberID])
        #expect(rig.committed(rig.commit([(0, 5)], group: "new", producer: 9)) == [nil])
    }

    @Test func `offsets are kept while the group lives, and for their retention after`() {
        let rig = GroupRig { $0.offsetsRetentionMilliseconds = 24 * 3_600_000 }
        let (ids, generation) = rig.stable(1)
        _ = rig.commit([(0, 5)], ids[0], generation: generation)
        _ = rig.commit([(0, 5)], ids[0], generation: generation, topic: "unsubscribed")
        for _ in 0..<(2 * 24 * 450) {
            rig.advance(milliseconds: 8_000)
            _ = rig.heartbeat(ids[0], generation: generation)
        }
        rig.send(.expire)
        #expect(rig.offset(0) == 5)
        #expect(rig.offset(0, topic: "unsubscribed") == nil)
        _ = rig.leave(MemberIdentity(memberID: ids[0]))
        rig.advance(milliseconds: day - 1)
        rig.send(.expire)
        #expect(rig.offset(0) == 5)
        rig.advance(milliseconds: 1)
        rig.send(.expire)
        #expect(rig.coordinator.list() == [])
        #expect(rig.restored().list() == [])
        #expect(rig.restored().records == [])
    }

    @Test func `offsets without a group expire one by one, and a commit may say when`() {
        let rig = GroupRig { $0.offsetsRetentionMilliseconds = 24 * 3_600_000 }
        _ = rig.commit([(0, 5)])
        _ = rig.commit([(1, 5)], retention: 3_600_000)
        _ = rig.commit([(2, 5)], retention: .max)
        rig.advance(milliseconds: day / 2)
        _ = rig.commit([(3, 5)])
        rig.send(.expire)
        #expect(rig.coordinator.fetch("g").map(\.partition.partition) == [0, 2, 3])
        rig.advance(milliseconds: day / 2)
        rig.send(.expire)
        #expect(rig.coordinator.fetch("g").map(\.partition.partition) == [2, 3])
        #expect(rig.restored().fetch("g") == rig.coordinator.fetch("g"))
    }

    @Test func `an offset that a transaction may yet change does not expire`() {
        let rig = GroupRig()
        _ = rig.commit([(0, 5)])
        _ = rig.commit([(0, 6)], producer: 9)
        rig.advance(milliseconds: 30 * day)
        rig.send(.expire)
        #expect(rig.offset(0) == 5)
    }
}
