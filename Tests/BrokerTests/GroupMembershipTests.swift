// Groups over the wire: who is refused and why, who waits for whom, who takes over.
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct GroupMembershipTests {
    @Test func `strangers, false generations and senseless requests are refused by name`() throws {
        let server = try TestBroker(quickGroups)
        let stranger = try GroupMemberClient(server)
        stranger.memberID = "nobody"
        #expect(try stranger.heartbeat() == .unknownMemberID)
        #expect(try stranger.join().errorCode == .unknownMemberID)
        #expect(try stranger.sync().errorCode == .unknownMemberID)
        #expect(try stranger.leave() == [.none, .unknownMemberID])

        let member = try GroupMemberClient(server)
        try member.joinAlone()
        #expect(try stranger.heartbeat() == .unknownMemberID)
        member.generation += 1
        #expect(try member.heartbeat() == .illegalGeneration)
        #expect(try member.sync().errorCode == .illegalGeneration)
        member.generation -= 1
        #expect(try member.heartbeat() == .none)

        let nameless = try GroupMemberClient(server, "")
        #expect(try nameless.client.ask(nameless.joinRequest, 9, JoinGroupResponse.self).errorCode == .invalidGroupID)
        let other = try GroupMemberClient(server)
        other.protocolType = "connect"
        #expect(try other.client.ask(other.joinRequest, 9, JoinGroupResponse.self).errorCode == .inconsistentGroupProtocol)
        let patient = try GroupMemberClient(server)
        patient.sessionMilliseconds = 1_800_001
        #expect(try patient.client.ask(patient.joinRequest, 9, JoinGroupResponse.self).errorCode == .invalidSessionTimeout)
    }

    @Test func `before version 4 a member joins without an id, before version 3 leaving has one error`() throws {
        let server = try TestBroker(quickGroups)
        let member = try GroupMemberClient(server)
        for version in Int16(0)...3 {
            let joined = try member.client.ask(
                JoinGroupRequest(
                    groupID: "old-\(version)", sessionTimeoutMilliseconds: 10_000, memberID: "", protocolType: "consumer",
                    protocols: [.init(name: "range", metadata: [])]), version, JoinGroupResponse.self)
            #expect(joined.errorCode == .none && joined.generationID == 1 && joined.leader == joined.memberID)
            #expect(joined.protocolName == "range" && joined.members.map(\.memberID) == [joined.memberID])
        }
        let response = try member.client.ask(LeaveGroupRequest(groupID: "old-0", members: [.init(memberID: "x")]), 2, LeaveGroupResponse.self)
        #expect(response.errorCode == .unknownMemberID)
    }

    @Test(arguments: [1, 3])
    func `a group of three forms, loses its leader and goes on`(loops: Int) throws {
        let server = try TestBroker(loops: loops, quickGroups)
        let members = try (0..<3).map { _ in try GroupMemberClient(server) }
        try members[0].joinAlone()
        for late in members[1...] { try late.sendJoin() }
        // The others are told by their heartbeats that there is somebody new.
        #expect(try members[0].heartbeat() == .rebalanceInProgress)
        try members[0].sendJoin()
        let joins = try members.map { try $0.joined() }
        #expect(joins.allSatisfy { $0.errorCode == .none && $0.generationID == 2 && $0.leader == members[0].memberID })
        #expect(joins.map(\.members.count) == [3, 0, 0])
        #expect(Set(joins[0].members.map(\.memberID)) == Set(members.map(\.memberID)))

        try members[1].sendSync()
        try members[2].sendSync()
        try members[0].sendSync(members.enumerated().map { ($1.memberID, [UInt8($0)]) })
        #expect(try members.map { try $0.synced().assignment } == [[0], [1], [2]])

        #expect(try members[0].leave() == [.none, .none])
        #expect(try members[1].heartbeat() == .rebalanceInProgress)
        for member in members[1...] { try member.sendJoin() }
        let rest = try members[1...].map { try $0.joined() }
        #expect(rest.allSatisfy { $0.generationID == 3 && $0.leader == rest[0].leader && $0.leader != members[0].memberID })
        #expect(try members[0].heartbeat() == .unknownMemberID)
    }

    @Test func `a member that falls silent is replaced by an idle one`() throws {
        let server = try TestBroker(quickGroups)
        let silent = try GroupMemberClient(server)
        let idle = try GroupMemberClient(server)
        silent.sessionMilliseconds = 400
        silent.rebalanceMilliseconds = 400
        idle.rebalanceMilliseconds = 400
        try silent.sendJoin()
        try silent.joined()
        try idle.sendJoin()
        try silent.sendJoin()
        try silent.joined()
        try idle.joined()
        // One partition for two members: the second is idle.
        try idle.sendSync()
        #expect(try silent.sync([(silent.memberID, [1]), (idle.memberID, [])]).assignment == [1])
        #expect(try idle.synced().assignment == [])
        try eventually { try idle.heartbeat() == .rebalanceInProgress }
        let joined = try idle.join()
        #expect(joined.errorCode == .none && joined.leader == idle.memberID && joined.members.count == 1)
        #expect(try idle.sync([(idle.memberID, [1])]).assignment == [1])
        #expect(try silent.heartbeat() == .unknownMemberID)
    }

    @Test func `a static member comes back under its instance without a rebalance, and its former self is fenced`() throws {
        let server = try TestBroker(quickGroups)
        let first = try GroupMemberClient(server, instanceID: "static-1")
        try first.joinAlone()
        let again = try GroupMemberClient(server, instanceID: "static-1")
        let joined = try again.join()
        #expect(joined.errorCode == .none && joined.generationID == first.generation && joined.skipsAssignment)
        #expect(joined.memberID != first.memberID)
        #expect(try again.sync().assignment == [7])
        #expect(try again.heartbeat() == .none)
        #expect(try first.heartbeat() == .fencedInstanceID)
        #expect(try first.commit("t", 1) == .unknownTopicOrPartition)
        try first.client.create("t")
        #expect(try first.commit("t", 1) == .fencedInstanceID)
        #expect(try first.sync().errorCode == .fencedInstanceID)
        // An operator removes it by its instance.
        let removal = LeaveGroupRequest(groupID: "g", members: [.init(memberID: "", instanceID: "static-1"), .init(memberID: "", instanceID: "no")])
        let left = try again.client.ask(removal, 5, LeaveGroupResponse.self)
        #expect(left.members.map(\.errorCode) == [.none, .unknownMemberID])
    }

    @Test func `a group that is full takes nobody more`() throws {
        let server = try TestBroker(quickGroups.merging(["group.max.size": "1"]) { $1 })
        try GroupMemberClient(server).joinAlone()
        let late = try GroupMemberClient(server)
        #expect(try late.client.ask(late.joinRequest, 9, JoinGroupResponse.self).errorCode == .groupMaxSizeReached)
    }

    @Test func `an empty group waits for more members before its first generation`() throws {
        let server = try TestBroker(quickGroups.merging(["group.initial.rebalance.delay.ms": "300"]) { $1 })
        let members = try (0..<2).map { _ in try GroupMemberClient(server) }
        for member in members { try member.sendJoin() }
        #expect(try members.map { try $0.joined().generationID } == [1, 1])
    }

    @Test func `a connection that ends doesn't wait for the others, nor does a broker that stops`() throws {
        let server = try TestBroker(quickGroups)
        let waiting = try GroupMemberClient(server)
        try waiting.joinAlone()
        let another = try GroupMemberClient(server)
        try another.sendJoin()
        another.client.close()
        try eventually { server.counter("connections_open") == 1 }
        let third = try GroupMemberClient(server)
        try third.sendJoin()
        let clock = ContinuousClock()
        let took = try clock.measure { try server.stop() }
        #expect(took < .seconds(2))
        #expect(third.client.isClosedByPeer())
    }

    @Test func `groups are described with their members, listed by state and deleted when empty`() throws {
        let server = try TestBroker(loops: 2, quickGroups)
        let client = try server.connect()
        #expect(try client.describe("none").state == "Dead")
        let member = try GroupMemberClient(server)
        try member.joinAlone()
        let group = try client.describe("g")
        #expect(group.errorCode == .none && group.state == "Stable" && group.protocolType == "consumer" && group.protocolData == "range")
        #expect(group.members.map(\.memberID) == [member.memberID] && group.members.map(\.assignment) == [[7]])
        #expect(group.members.map(\.clientID) == ["test"] && group.members.map(\.clientHost) == ["/127.0.0.1"])
        #expect(group.authorizedOperations == 1 << 3 | 1 << 6 | 1 << 8)

        try client.create("t")
        #expect(try client.commit("plain", "t", 5) == .none)
        func list(_ states: [String]) throws -> [String] {
            try client.ask(ListGroupsRequest(states: states), 4, ListGroupsResponse.self).groups.map { "\($0.groupID) \($0.protocolType) \($0.state)" }
        }
        #expect(try list([]) == ["g consumer Stable", "plain  Empty"])
        #expect(try list(["stable"]) == ["g consumer Stable"])
        #expect(try list(["Empty"]) == ["plain  Empty"])
        #expect(try list(["Nonsense"]) == [])

        func delete(_ names: [String]) throws -> [ErrorCode] {
            try client.ask(DeleteGroupsRequest(groups: names), 2, DeleteGroupsResponse.self).results.map(\.errorCode)
        }
        #expect(try delete(["g", "plain", "none", ""]) == [.nonEmptyGroup, .none, .groupIDNotFound, .invalidGroupID])
        #expect(try list([]) == ["g consumer Stable"])
        #expect(try member.leave() == [.none, .none])
        #expect(try delete(["g"]) == [.none])
        #expect(try client.describe("g").state == "Dead")
        #expect(try delete([]) == [])
    }

    @Test func `the coordinator is this broker, and its topic is there by then`() throws {
        let server = try TestBroker(quickGroups)
        let client = try server.connect()
        for version in Int16(0)...4 {
            let request = FindCoordinatorRequest(keys: version < 4 ? ["g"] : ["g", "h"], keyType: 0)
            let found = try client.ask(request, version, FindCoordinatorResponse.self).coordinators
            #expect(found.map(\.key) == (version < 4 ? [""] : ["g", "h"]))
            #expect(found.allSatisfy { $0.errorCode == .none && $0.host == "127.0.0.1" && $0.port == Int32(server.broker.endpoints[0].port) })
        }
        let topics = try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).topics
        #expect(topics.map(\.name) == ["__consumer_offsets"] && topics[0].isInternal)
        let wrong = try client.ask(FindCoordinatorRequest(keys: ["g"], keyType: 2), 4, FindCoordinatorResponse.self)
        #expect(wrong.coordinators.map(\.errorCode) == [.invalidRequest])
    }
}
