// Topics that grow while they are in use.
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct CreatePartitionsTests {
    private func grow(
        _ client: RawClient, _ topics: [CreatePartitionsRequest.Topic], validateOnly: Bool = false
    ) throws -> [ErrorCode] {
        try client.ask(CreatePartitionsRequest(topics: topics, validateOnly: validateOnly), 3, CreatePartitionsResponse.self).results.map(\.errorCode)
    }

    private func count(_ client: RawClient, _ topic: String) throws -> Int {
        let request = MetadataRequest(topics: [.init(name: topic)], allowAutoTopicCreation: false)
        return try client.ask(request, 12, MetadataResponse.self).topics[0].partitions.count
    }

    @Test func `what would not be an increase is refused, topic by topic`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        for name in ["a", "b", "c", "d", "e", "f"] { try client.create(name, partitions: 2) }
        let topics: [CreatePartitionsRequest.Topic] = [
            .init(name: "no", count: 3), .init(name: "a", count: 2), .init(name: "b", count: 1), .init(name: "b", count: 9),
            .init(name: "c", count: 10_001), .init(name: "d", count: 4, assignments: [.init(brokerIDs: [1])]),
            .init(name: "e", count: 3, assignments: [.init(brokerIDs: [2])]),
            .init(name: "f", count: 4, assignments: [.init(brokerIDs: [1]), .init(brokerIDs: [1])]),
        ]
        let expected: [ErrorCode] = [
            .unknownTopicOrPartition, .invalidPartitions, .invalidRequest, .invalidRequest, .invalidPartitions,
            .invalidReplicationAssignment, .invalidReplicationAssignment, .none,
        ]
        #expect(try grow(client, topics, validateOnly: true) == expected)
        #expect(try count(client, "f") == 2)
        #expect(try grow(client, topics) == expected)
        #expect(try ["a", "b", "c", "d", "e", "f"].map { try count(client, $0) } == [2, 2, 2, 2, 2, 4])
    }

    @Test(arguments: [1, 2, 3]) func `new partitions take and give records at once, on every loop and from every connection`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        server.keepsFiles = true
        defer { removeTree(server.directory) }
        let clients = try (0..<loops + 1).map { _ in try server.connect() }
        try clients[0].create("t")
        // Each loop knows the topic as it is.
        for client in clients { #expect(try client.produce("t", 0, batch()).errorCode == .none) }
        for client in clients { #expect(try client.produce("t", 5, batch()).errorCode == .unknownTopicOrPartition) }
        #expect(try grow(clients[0], [.init(name: "t", count: 6)]) == [.none])
        for client in clients {
            #expect(try count(client, "t") == 6)
            for partition in Int32(1)..<6 { #expect(try client.produce("t", partition, batch()).errorCode == .none) }
        }
        for client in clients {
            for partition in Int32(0)..<6 {
                #expect(try client.endOffset("t", partition) == Offset(clients.count))
                #expect(try client.fetch("t", partition, from: 0).highWatermark == Offset(clients.count))
            }
        }
        try server.stop()
        let again = try TestBroker(loops: 1, directory: server.directory)
        again.keepsFiles = true
        #expect(try again.connect().endOffset("t", 5) == Offset(clients.count))
    }

    @Test func `a fetch that waits for one partition goes on waiting while the topic grows`() throws {
        let server = try TestBroker()
        let (consumer, admin) = (try server.connect(), try server.connect())
        try admin.create("t")
        let waiting = try consumer.send(fetchRequest("t", [(0, 0, 1 << 20)], waitMilliseconds: 5_000), 12)
        #expect(try grow(admin, [.init(name: "t", count: 3)]) == [.none])
        #expect(try admin.produce("t", 0, batch(2)).errorCode == .none)
        let answer = try consumer.response(FetchResponse.self, 12)
        #expect(answer.id == waiting)
        #expect(answer.body.topics.first?.partitions.first?.highWatermark == 2)
    }
}
