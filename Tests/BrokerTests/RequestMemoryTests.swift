// Memory of requests that wait for their answers: what a client without rights can take, and when it comes back.
import Glibc
import Reactor
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct RequestMemoryTests {
    /// 200 topics that the client may not create, which the control thread has to say.
    private static let refused = CreateTopicsRequest(
        topics: (0..<200).map { .init(name: "t\($0)", partitionCount: 1, replicationFactor: 1) }, validateOnly: true)

    /// A broker without rules, so that nobody may do anything, whose control thread stands still until the gate opens.
    private func blocked(_ queuedMaxBytes: Int) throws -> (server: TestBroker, gate: Box<Bool>) {
        let gate = Box(false)
        let server = try TestBroker(["queued.max.bytes": "\(queuedMaxBytes)", "authorizer.class.name": "acl"])
        server.broker.control.enqueue { while !gate.value { usleep(1_000) } }
        return (server, gate)
    }

    @Test func `of a client whose requests wait no more are read than its share of the memory holds, and all are answered`() throws {
        let limit = 8 << 20
        let (server, gate) = try blocked(limit)
        defer { gate.set(true) }
        let greedy = try server.connect()
        let sent = try (0..<150).map { _ in try greedy.send(Self.refused, 7) }
        let each = greedy.frame(Self.refused, 7).count * ClientConnection.decodedBytesPerFrameByte
        // What the pause left unread beside them is in an arena of the loop, or small.
        try eventually { server.broker.budget.usedBytes > limit / 8 }
        #expect(isServed(try server.connect()))
        usleep(50_000)
        #expect(server.broker.budget.usedBytes <= limit / 8 + 2 * each)
        #expect(server.counter("requests_other") < 20)
        gate.set(true)
        for id in sent {
            let answer = try greedy.response(CreateTopicsResponse.self, 7)
            #expect(answer.id == id && answer.body.topics.count == 200)
            #expect(answer.body.topics.allSatisfy { $0.errorCode == .topicAuthorizationFailed })
        }
        try eventually { server.broker.budget.usedBytes == 0 }
    }

    @Test func `many such clients get no more than queued_max_bytes, and who hangs up frees nothing that is still to be done`() throws {
        let limit = 1 << 20
        let (server, gate) = try blocked(limit)
        defer { gate.set(true) }
        let many = try (0..<16).map { _ in try server.connect() }
        for client in many { try client.send(Self.refused, 7) }
        #expect(server.counterReaches("connections_total", 16))
        try eventually { server.counter("connections_open") < 16 }
        #expect((limit / 2...limit).contains(server.broker.budget.usedBytes))
        for client in many {
            // A reset: of who only says that nothing follows, the answers would be waited for.
            var hard = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
            client.close()
        }
        #expect(server.counterReaches("connections_open", 0))
        #expect(server.broker.budget.usedBytes > limit / 2)
        gate.set(true)
        try eventually { server.broker.budget.usedBytes == 0 }
        #expect(isServed(try server.connect()))
    }

    @Test func `an answer that another loop or a coordinator gives has its memory until then`() throws {
        let server = try TestBroker(loops: 2, quickGroups.merging(["group.initial.rebalance.delay.ms": "400"]) { $1 })
        let member = try GroupMemberClient(server, instanceID: "one")
        try member.sendJoin()
        try eventually { server.broker.budget.usedBytes >= ClientConnection.waitingRequestBytes }
        #expect(try member.joined().errorCode == .none)
        try eventually { server.broker.budget.usedBytes == 0 }
    }

    @Test func `a request that has not the memory to be decoded ends its connection`() throws {
        let server = try TestBroker(["queued.max.bytes": "1048576"])
        let client = try server.connect()
        try client.send(MetadataRequest(topics: (0..<4_000).map { .init(name: "topic-\($0)") }), 12)
        #expect(client.isClosedByPeer())
        try eventually { server.broker.budget.usedBytes == 0 }
    }

    /// The densest arrays there are: bytes of an element in the frame, and once it is decoded.
    @Test func `a decoded request is no larger than what it is counted as`() {
        let densest = [
            (1, MemoryLayout<DeleteTopicsRequest.Topic>.stride), (1, MemoryLayout<String>.stride), (2, MemoryLayout<MetadataRequest.Topic>.stride),
            (3, MemoryLayout<JoinGroupRequest.MemberProtocol>.stride), (3, MemoryLayout<LeaveGroupRequest.Member>.stride),
            (3, MemoryLayout<SyncGroupRequest.Assignment>.stride), (7, MemoryLayout<CreatePartitionsRequest.Topic>.stride),
            (11, MemoryLayout<CreateTopicsRequest.Topic>.stride),
        ]
        for (wire, stride) in densest { #expect(stride <= wire * ClientConnection.decodedBytesPerFrameByte, "\(wire) bytes become \(stride)") }
    }
}
