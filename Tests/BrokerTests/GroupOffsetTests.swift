// Committed offsets over the wire: what is refused, what outlives a restart, what is forgotten.
import Coordination
import StorageEngine
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct GroupOffsetTests {
    private func freshDirectory() -> String { "/tmp/tidemark-test-groups-\(UInt64.random(in: 0..<UInt64.max))" }

    @Test func `commits that can't be are refused one by one`() throws {
        let server = try TestBroker(quickGroups.merging(["offset.metadata.max.bytes": "10"]) { $1 })
        let client = try server.connect()
        try client.create("t", partitions: 2)
        let request = Wire.OffsetCommitRequest(
            groupID: "g",
            topics: [
                .init(
                    name: "t",
                    partitions: [
                        .init(partitionIndex: 0, offset: 11, metadata: "short"), .init(partitionIndex: 1, offset: 12, metadata: "eleven chars"),
                        .init(partitionIndex: 2, offset: 13),
                    ]), .init(name: "none", partitions: [.init(partitionIndex: 0, offset: 1)]),
            ])
        let response = try client.ask(request, 9, OffsetCommitResponse.self)
        #expect(response.topics.map(\.name) == ["t", "none"])
        #expect(
            response.topics.flatMap(\.partitions).map(\.errorCode) == [
                .none, .offsetMetadataTooLarge, .unknownTopicOrPartition, .unknownTopicOrPartition,
            ])
        #expect(try client.committed("g").offsets == ["t-0": 11])

        let member = try GroupMemberClient(server)
        try member.joinAlone()
        #expect(try client.commit("g", "t", 99) == .unknownMemberID)
        member.generation += 1
        #expect(try member.commit("t", 99) == .illegalGeneration)
        member.generation -= 1
        #expect(try member.commit("t", 14) == .none)
        #expect(try client.committed("g").offsets == ["t-0": 14])
    }

    @Test func `an offset is fetched with its epoch and metadata at every version, and what is not there is −1`() throws {
        let server = try TestBroker(quickGroups)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        #expect(try client.commit("g", "t", 1 << 40, metadata: "mark") == .none)
        for version in Int16(1)...9 {
            let request = OffsetFetchRequest(groups: [.init(groupID: "g", topics: [.init(name: "t", partitionIndexes: [1, 0, 7])])])
            let group = try client.ask(request, version, OffsetFetchResponse.self).groups[0]
            let partitions = group.topics[0].partitions
            #expect(partitions.map(\.partitionIndex) == [1, 0, 7] && partitions.map(\.offset) == [-1, 1 << 40, -1])
            #expect(partitions.map(\.metadata) == ["", "mark", ""] && partitions.map(\.errorCode) == [.none, .none, .none])
            #expect(partitions.map(\.leaderEpoch) == (version >= 5 ? [-1, 0, -1] : [-1, -1, -1]))
        }
        #expect(try client.committed("nobody").offsets == [:])
        #expect(try client.committed("g", version: 2).offsets == ["t-0": 1 << 40])
    }

    @Test(arguments: [1, 2], [false, true])
    func `members and offsets are there after a restart`(loops: Int, isDurable: Bool) throws {
        let directory = freshDirectory()
        var settings = quickGroups
        if isDurable { settings["log.flush.interval.messages"] = "1" }
        let first = try TestBroker(loops: loops, directory: directory, settings)
        first.keepsFiles = true
        let member = try GroupMemberClient(first)
        try member.client.create("t", partitions: 3)
        try member.joinAlone()
        for partition in Int32(0)..<3 { #expect(try member.commit("t", 100 + Offset(partition), partition: partition) == .none) }
        for group in 0..<20 { #expect(try member.client.commit("plain-\(group)", "t", Offset(group)) == .none) }
        try first.stop()

        let second = try TestBroker(loops: loops, directory: directory, settings)
        let client = try second.connect()
        try eventually { try client.committed("g").error == .none }
        #expect(try client.committed("g").offsets == ["t-0": 100, "t-1": 101, "t-2": 102])
        for group in 0..<20 { #expect(try client.committed("plain-\(group)").offsets == ["t-0": Offset(group)]) }
        let described = try client.describe("g")
        #expect(described.state == "Stable" && described.members.map(\.memberID) == [member.memberID])
        // The member goes on as if nothing had been.
        let back = try GroupMemberClient(second)
        back.memberID = member.memberID
        back.generation = member.generation
        #expect(try back.heartbeat() == .none)
        #expect(try back.sync().assignment == [7])
        #expect(try back.commit("t", 200) == .none)
    }

    @Test func `while offsets are read nobody is served, and then everybody`() throws {
        let directory = freshDirectory()
        let first = try TestBroker(directory: directory, quickGroups)
        first.keepsFiles = true
        let client = try first.connect()
        try client.create("t")
        #expect(try client.commit("g", "t", 5) == .none)
        try first.stop()

        let gate = Box(false)
        let second = try TestBroker(directory: directory, quickGroups) { broker in
            broker.control.enqueue { while !gate.value {} }
        }
        let early = try GroupMemberClient(second)
        #expect(try early.client.committed("g").error == .coordinatorLoadInProgress)
        let old = try early.client.ask(
            OffsetFetchRequest(groups: [.init(groupID: "g", topics: [.init(name: "t", partitionIndexes: [0])])]), 1, OffsetFetchResponse.self)
        #expect(old.groups[0].topics[0].partitions.map(\.errorCode) == [.coordinatorLoadInProgress])
        #expect(try early.client.commit("g", "t", 6) == .coordinatorLoadInProgress)
        #expect(try early.client.ask(early.joinRequest, 9, JoinGroupResponse.self).errorCode == .coordinatorLoadInProgress)
        early.memberID = "m"
        #expect(try early.heartbeat() == .coordinatorLoadInProgress)
        #expect(try early.leave() == [.coordinatorLoadInProgress])
        #expect(try early.client.describe("g").errorCode == .coordinatorLoadInProgress)
        #expect(try early.client.ask(ListGroupsRequest(), 4, ListGroupsResponse.self).errorCode == .coordinatorLoadInProgress)
        let deletion = try early.client.ask(DeleteGroupsRequest(groups: ["g"]), 2, DeleteGroupsResponse.self)
        #expect(deletion.results.map(\.errorCode) == [.coordinatorLoadInProgress])
        gate.set(true)
        try eventually { try early.client.committed("g").error == .none }
        #expect(try early.client.committed("g").offsets == ["t-0": 5])
    }

    @Test func `the offsets of a deleted topic go with it, also when the broker dies between`() throws {
        let directory = freshDirectory()
        let first = try TestBroker(directory: directory, quickGroups)
        first.keepsFiles = true
        let client = try first.connect()
        for topic in ["stays", "goes", "later"] {
            try client.create(topic)
            #expect(try client.commit("g", topic, 5) == .none)
        }
        let deletion = DeleteTopicsRequest(topics: [.init(name: "goes")], timeoutMilliseconds: 1)
        #expect(try client.ask(deletion, 6, DeleteTopicsResponse.self).responses.map(\.errorCode) == [.none])
        try eventually { try client.committed("g").offsets == ["stays-0": 5, "later-0": 5] }
        try first.stop()

        // Deleted, and no coordinator there to hear of it.
        let storage = try Storage.open(directories: ["\(directory)/data"], configuration: StorageConfiguration())
        try storage.deleteTopic(named: "later")
        try storage.close()
        let second = try TestBroker(directory: directory, quickGroups)
        let again = try second.connect()
        try eventually { try again.committed("g").offsets == ["stays-0": 5] }
    }

    @Test func `offsets expire when their group is empty for long enough, or when the commit said so`() throws {
        let server = try TestBroker(quickGroups.merging(["offsets.retention.check.interval.ms": "50"]) { $1 })
        let client = try server.connect()
        try client.create("t")
        #expect(try client.commit("brief", "t", 1, retentionMilliseconds: 100) == .none)
        #expect(try client.commit("long", "t", 2) == .none)
        try eventually { try client.committed("brief").offsets.isEmpty }
        #expect(try client.committed("long").offsets == ["t-0": 2])
        #expect(try client.describe("brief").state == "Dead")
    }

    @Test func `single offsets are deleted unless a member reads the topic`() throws {
        let server = try TestBroker(quickGroups)
        let client = try server.connect()
        for topic in ["t", "u"] { try client.create(topic, partitions: 2) }
        func delete(_ group: String, _ partitions: [(String, Int32)]) throws -> (ErrorCode, [ErrorCode]) {
            let request = OffsetDeleteRequest(
                groupID: group, topics: partitions.map { .init(name: $0.0, partitions: [.init(partitionIndex: $0.1)]) })
            let response = try client.ask(request, 0, OffsetDeleteResponse.self)
            return (response.errorCode, response.topics.flatMap(\.partitions).map(\.errorCode))
        }
        #expect(try delete("none", [("t", 0)]).0 == .groupIDNotFound)
        for topic in ["t", "u"] { #expect(try client.commit("g", topic, 1) == .none) }
        let member = try GroupMemberClient(server)
        // A consumer's subscription: version 0, one topic "t", no user data.
        member.topics = [0, 0, 0, 0, 0, 1, 0, 1, 0x74, 0xff, 0xff, 0xff, 0xff]
        try member.joinAlone()
        #expect(try delete("g", [("t", 0), ("u", 0), ("v", 0)]).1 == [.groupSubscribedToTopic, .none, .unknownTopicOrPartition])
        #expect(try client.committed("g").offsets == ["t-0": 1])
        _ = try member.leave()
        #expect(try delete("g", [("t", 0)]).1 == [.none])
        #expect(try client.committed("g").offsets == [:])
    }

    @Test func `a group whose records can't be read is refused, the others are served`() throws {
        let directory = freshDirectory()
        let first = try TestBroker(directory: directory, quickGroups)
        first.keepsFiles = true
        let client = try first.connect()
        try client.create("t")
        for group in ["a", "b", "c", "d"] { #expect(try client.commit(group, "t", 1) == .none) }
        try first.stop()

        // A key of one byte: damage that a checksum can't see.
        let second = try TestBroker(directory: directory, quickGroups)
        second.keepsFiles = true
        let rig = try TopicRig(second, .consumerOffsets)
        let damaged = second.broker.partitionCount(of: .consumerOffsets) - 1
        #expect(try rig.append([(damaged, [.init(key: [0], value: [0])])]).map(\.1) == [.none])
        try second.stop()

        let third = try TestBroker(directory: directory, quickGroups)
        let again = try third.connect()
        try eventually { try again.committed("a").error != .coordinatorLoadInProgress }
        for group in ["a", "b", "c", "d"] {
            let found = try again.committed(group)
            if CoordinatorPartition.of(group, count: 4) == damaged {
                #expect(found.error == .coordinatorNotAvailable && found.offsets.isEmpty)
            } else {
                #expect(found.error == .none && found.offsets == ["t-0": 1])
            }
        }
    }
}
