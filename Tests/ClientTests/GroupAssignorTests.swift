// Sharing partitions out among a group's members, and what members say of themselves.
import Testing
import Vocabulary

@testable import Client

private typealias Member = GroupAssignor.Member

@Suite struct GroupAssignorTests {
    private func members(_ ids: [String]) -> [Member] { ids.map { Member(id: $0) } }

    @Test func `range gives neighbours, round-robin deals out, and everybody gets as many as is fair`() {
        #expect(GroupAssignor.range.shares(of: 7, among: members(["c", "a", "b"])) == ["a": [0, 1, 2], "b": [3, 4], "c": [5, 6]])
        #expect(GroupAssignor.roundRobin.shares(of: 7, among: members(["c", "a", "b"])) == ["a": [0, 3, 6], "b": [1, 4], "c": [2, 5]])
        #expect(GroupAssignor.range.shares(of: 1, among: members(["a", "b"])) == ["a": [0], "b": []])
        for assignor in GroupAssignor.allCases { #expect(assignor.shares(of: 3, among: []) == [:]) }
    }

    @Test func `cooperatively nobody gets what another has still to give up`() {
        let first = [Member(id: "a", owned: [0, 1, 2, 3], generation: 1), Member(id: "b")]
        let given = GroupAssignor.cooperativeSticky.shares(of: 4, among: first)
        #expect(given == ["a": [0, 1], "b": []])
        let second = [Member(id: "a", owned: [0, 1], generation: 2), Member(id: "b", owned: [], generation: 2)]
        #expect(GroupAssignor.cooperativeSticky.shares(of: 4, among: second) == ["a": [0, 1], "b": [2, 3]])
    }

    @Test func `cooperatively what a member left behind is shared out at once, and the others keep theirs`() {
        let left = [Member(id: "a", owned: [0, 1], generation: 4), Member(id: "c", owned: [4, 5], generation: 4)]
        #expect(GroupAssignor.cooperativeSticky.shares(of: 6, among: left) == ["a": [0, 1, 2], "c": [3, 4, 5]])
    }

    @Test func `what two claim is the one's who was told so last, and what is no partition nobody's`() {
        let claims = [Member(id: "a", owned: [0, 1, 9], generation: 3), Member(id: "b", owned: [0], generation: 5)]
        #expect(GroupAssignor.cooperativeSticky.shares(of: 2, among: claims) == ["a": [1], "b": [0]])
    }

    @Test func `cooperative groups come to rest with fair shares, whoever comes and goes`() {
        var random = UInt64(42)
        func draw(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        var present: [String: [Int32]] = [:]
        var generation: Int32 = 0
        for round in 0..<200 {
            if present.count > 1, draw(2) == 0 { present[present.keys.sorted()[draw(present.count)]] = nil } else { present["m\(round)"] = [] }
            let partitions = Int32(1 + draw(20))
            // One rebalance in which the rich give up, one in which the poor get it.
            for _ in 0..<2 {
                generation += 1
                let given = GroupAssignor.cooperativeSticky.shares(of: partitions, among: present.map { Member(id: $0.key, owned: $0.value, generation: generation) })
                let all = given.values.flatMap { $0 }
                #expect(Set(all).count == all.count, "a partition has two readers in round \(round)")
                present = given
            }
            let sizes = present.values.map(\.count)
            #expect(Set(present.values.flatMap { $0 }) == Set(0..<partitions), "round \(round)")
            #expect(sizes.max()! - sizes.min()! <= 1, "round \(round): \(sizes)")
        }
    }
}

@Suite struct ConsumerSubscriptionTests {
    @Test func `what a member says is what its leader hears`() {
        for member in [Member(id: "m"), Member(id: "m", owned: [3, 1, 2], generation: 7)] {
            let bytes = ConsumerSubscription.encoded(member, SubscribedTopics([("records", 8)]))
            #expect(ConsumerSubscription.member("m", bytes, topic: "records") == member)
            #expect(ConsumerSubscription.member("m", bytes, topic: "others") == nil)
            for count in 0..<bytes.count { #expect(ConsumerSubscription.member("m", Array(bytes[..<count]), topic: "records") == nil, "\(count)") }
        }
    }

    @Test func `members of older clients own nothing that is known`() {
        // Version 0: topics [“t”], no user data.
        let bytes: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 1, 0x74, 0xff, 0xff, 0xff, 0xff]
        #expect(ConsumerSubscription.member("m", bytes, topic: "t") == Member(id: "m"))
    }

    @Test func `an assignment is read back as it was written`() {
        let bytes = ConsumerSubscription.assignment(of: [("t", [4, 2])])
        #expect(ConsumerAssignment.partitions(bytes)?.map(\.partition) == [4, 2] && ConsumerAssignment.partitions(bytes)?.first?.topic == "t")
        #expect(ConsumerAssignment.partitions(ConsumerSubscription.assignment(of: [])) == [])
        let two: [ConsumerSubscription.Share] = [("t", [1]), ("u", [0, 3])]
        #expect(ConsumerAssignment.partitions(ConsumerSubscription.assignment(of: two))?.map { "\($0.topic)-\($0.partition)" } == ["t-1", "u-0", "u-3"])
    }

    @Test func `a member of several topics owns of each what it has there`() {
        let topics = SubscribedTopics([("t", 2), ("u", 4), ("v", 1)])
        let bytes = ConsumerSubscription.encoded(Member(id: "m", owned: [5, 1, 2], generation: 3), topics)
        #expect(ConsumerSubscription.member("m", bytes, topic: "t") == Member(id: "m", owned: [1], generation: 3))
        #expect(ConsumerSubscription.member("m", bytes, topic: "u") == Member(id: "m", owned: [3, 0], generation: 3))
        #expect(ConsumerSubscription.member("m", bytes, topic: "v") == Member(id: "m", generation: 3))
    }

    @Test func `partitions are numbered through the topics, and what is none has no number`() {
        let topics = SubscribedTopics([("t", 2), ("u", 4), ("v", 1)])
        #expect(topics.number(of: 1, in: "t") == 1 && topics.number(of: 0, in: "u") == 2 && topics.number(of: 0, in: "v") == 6)
        for (partition, topic) in [(Int32(2), "t"), (-1, "u"), (4, "u"), (0, "w")] { #expect(topics.number(of: partition, in: topic) == nil, "\(topic)-\(partition)") }
        let grouped = topics.grouped([6, 1, 0]) { partition, number in "\(partition) is \(number)" }
        #expect(grouped.map(\.name) == ["t", "v"] && grouped.map(\.values) == [["1 is 1", "0 is 0"], ["0 is 6"]])
    }
}
