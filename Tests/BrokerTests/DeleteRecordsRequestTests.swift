import Glibc
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct DeleteRecordsRequestTests {
    private func delete(
        _ client: RawClient, _ topic: String, _ wanted: [(Int32, Offset)], version: Int16 = 2
    ) throws -> [DeleteRecordsResponse.Partition] {
        let request = DeleteRecordsRequest(
            topics: [.init(name: topic, partitions: wanted.map { .init(partitionIndex: $0.0, offset: $0.1) })], timeoutMilliseconds: 1000)
        let response = try client.ask(request, version, DeleteRecordsResponse.self)
        #expect(response.topics.map(\.name) == [topic])
        return try #require(response.topics.first?.partitions)
    }

    @Test(arguments: [1, 2])
    func `what can't be deleted is refused one by one`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        try client.create("compacted", ["cleanup.policy": "compact"])
        for partition in Int32(0)..<2 { _ = try client.produce("t", partition, batch(5)) }
        let outcomes = try delete(client, "t", [(0, 6), (1, -2), (2, 0), (0, 0)])
        #expect(
            outcomes == [
                .init(partitionIndex: 0, errorCode: .offsetOutOfRange), .init(partitionIndex: 1, errorCode: .offsetOutOfRange),
                .init(partitionIndex: 2, errorCode: .unknownTopicOrPartition), .init(partitionIndex: 0, lowWatermark: 0),
            ])
        #expect(try delete(client, "nowhere", [(0, 0)]).map(\.errorCode) == [.unknownTopicOrPartition])
        #expect(try delete(client, "compacted", [(0, 0)]).map(\.errorCode) == [.policyViolation])
        #expect(try client.ask(DeleteRecordsRequest(topics: [], timeoutMilliseconds: 0), 1, DeleteRecordsResponse.self).topics == [])
        for partition in Int32(0)..<2 { #expect(try client.fetch("t", partition, from: 0).errorCode == .none) }
    }

    @Test(arguments: [1, 2], [0, 1, 2] as [Int16])
    func `records below the offset are gone, after a restart too`(loops: Int, version: Int16) throws {
        let directory: String
        do {
            let server = try TestBroker(loops: loops)
            directory = server.directory + "-kept"
            let client = try server.connect()
            try client.create("t", partitions: 2)
            for partition in Int32(0)..<2 { for _ in 0..<3 { _ = try client.produce("t", partition, batch(5)) } }
            let outcomes = try delete(client, "t", [(0, 7), (1, DeleteRecordsRequest.highWatermark)], version: version)
            #expect(outcomes == [.init(partitionIndex: 0, lowWatermark: 7), .init(partitionIndex: 1, lowWatermark: 15)])
            #expect(try client.fetch("t", 0, from: 6).errorCode == .offsetOutOfRange)
            #expect(try client.fetch("t", 0, from: 7).logStartOffset == 7)
            // Below the start there is nothing to delete.
            #expect(try delete(client, "t", [(0, 3)]) == [.init(partitionIndex: 0, lowWatermark: 7)])
            client.close()
            try server.stop()
            #expect(rename(server.directory, directory) == 0)
        }
        let server = try TestBroker(loops: loops, directory: directory)
        let client = try server.connect()
        #expect(try client.list("t", 0, ListOffsetsRequest.earliestTimestamp).offset == 7)
        #expect(try client.list("t", 1, ListOffsetsRequest.earliestTimestamp).offset == 15)
        #expect(try client.produce("t", 1, batch()).baseOffset == 15)
    }

    @Test func `answers keep the order of the requests`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        _ = try client.produce("t", batch(5))
        let request = DeleteRecordsRequest(
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, offset: 2)])], timeoutMilliseconds: 1000)
        let first = try client.send(request, 2)
        let second = try client.send(MetadataRequest(topics: []), 9)
        #expect(try client.response(DeleteRecordsResponse.self, 2).id == first)
        #expect(try client.response(MetadataResponse.self, 9).id == second)
    }
}
