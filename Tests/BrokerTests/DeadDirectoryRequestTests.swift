// What clients are told of partitions whose data directory is dead, and of all others.
import Glibc
import StorageEngine
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct DeadDirectoryRequestTests {
    private static let settings = ["log.index.interval.bytes": "0", "log.segment.bytes": "2000"]

    /// A broker with the data directories "d" and "e", and the topic "t" with partitions in both that have ten batches each.
    private func server(loops: Int, _ disk: BreakableFileSystem) throws -> (TestBroker, inD: Int32, inE: Int32) {
        let server = try TestBroker(loops: loops, dataDirectories: ["d", "e"], fileSystem: disk, Self.settings)
        let client = try server.connect()
        try client.create("t", partitions: 4)
        for partition in Int32(0)..<4 {
            for number in 0..<10 { #expect(try client.produce("t", partition, batch(1, valueBytes: 300, timestamp: 1_000 + Int64(number))).errorCode == .none) }
        }
        func first(in name: String) throws -> Int32 {
            try #require((Int32(0)..<4).first { access("\(server.directory)/\(name)/t-\($0)", F_OK) == 0 })
        }
        return (server, try first(in: "d"), try first(in: "e"))
    }

    private func partitions(_ client: RawClient, _ topic: String = "t") throws -> [MetadataResponse.Partition] {
        let request = MetadataRequest(topics: [.init(name: topic)], allowAutoTopicCreation: false)
        return try client.ask(request, 12, MetadataResponse.self).topics[0].partitions
    }

    /// Everything about the partition is refused as storage that failed.
    private func expectDead(_ client: RawClient, _ partition: Int32, _ context: String) throws {
        let storageError = ErrorCode.kafkaStorageError
        #expect(storageError.rawValue == 56)
        for acks in [Int16(-1), 1] { #expect(try client.produce("t", partition, batch(), acks: acks).errorCode == storageError, "\(context)") }
        for offset in [Offset(0), 5, 10] {
            let fetched = try client.fetch("t", partition, from: offset, waitMilliseconds: 100)
            #expect(fetched.errorCode == storageError && fetched.records?.isEmpty != false, "\(context), from \(offset)")
        }
        for time in [ListOffsetsRequest.latestTimestamp, ListOffsetsRequest.earliestTimestamp, ListOffsetsRequest.maxTimestamp, 1_005] {
            #expect(try client.list("t", partition, time).errorCode == storageError, "\(context), at \(time)")
        }
        let deletion = DeleteRecordsRequest(topics: [.init(name: "t", partitions: [.init(partitionIndex: partition, offset: 1)])], timeoutMilliseconds: 1_000)
        #expect(try client.ask(deletion, 2, DeleteRecordsResponse.self).topics[0].partitions[0].errorCode == storageError, "\(context)")
        let told = try #require(try partitions(client).first { $0.partitionIndex == partition })
        #expect(told.errorCode == .leaderNotAvailable && told.leaderID == -1, "\(context)")
        #expect(told.offlineReplicas == [1] && told.replicaNodes == [1], "\(context)")
    }

    private func expectAlive(_ client: RawClient, _ partition: Int32, end: Offset) throws {
        #expect(try client.produce("t", partition, batch()).baseOffset == end)
        #expect(try client.fetch("t", partition, from: 5).errorCode == .none)
        #expect(try client.endOffset("t", partition) == end + 1)
        #expect(try client.list("t", partition, 1_005).offset == 5)
        let told = try #require(try partitions(client).first { $0.partitionIndex == partition })
        #expect(told.errorCode == .none && told.leaderID == 1 && told.offlineReplicas.isEmpty)
    }

    @Test(arguments: [1, 2], [EIO, ENODEV])
    func `a directory that fails under the broker takes its partitions out of service, and the others go on`(loops: Int, errno: Int32) throws {
        let disk = BreakableFileSystem()
        let (server, inD, inE) = try self.server(loops: loops, disk)
        let client = try server.connect()
        disk.fail("\(server.directory)/d", errno: errno)
        // The first to write finds out.
        #expect(try client.produce("t", inD, batch()).errorCode == .kafkaStorageError)
        try eventually { try partitions(client).contains { $0.offlineReplicas == [1] } }
        for partition in Int32(0)..<4 where access("\(server.directory)/d/t-\(partition)", F_OK) == 0 {
            try expectDead(client, partition, "partition \(partition)")
        }
        try expectAlive(client, inE, end: 10)
        // In one request too.
        let both = try client.ask(produceRequest("t", [(inD, batch()), (inE, batch())]), 9, ProduceResponse.self).topics[0].partitions
        #expect(both.map(\.errorCode) == [.kafkaStorageError, .none])
        // New topics come, the old one goes and its name is free.
        try client.create("u", partitions: 3)
        for partition in Int32(0)..<3 { #expect(try client.produce("u", partition, batch()).errorCode == .none) }
        let deleted = try client.ask(DeleteTopicsRequest(topics: [.init(name: "t")], timeoutMilliseconds: 1_000), 6, DeleteTopicsResponse.self)
        #expect(deleted.responses.map(\.errorCode) == [.none])
        #expect(try client.produce("t", inD, batch()).errorCode == .unknownTopicOrPartition)
        try client.create("t", partitions: 4)
        for partition in Int32(0)..<4 { #expect(try client.produce("t", partition, batch()).baseOffset == 0) }
        client.close()
        try server.stop()
        disk.repair()
        let again = try TestBroker(loops: loops, directory: server.directory, dataDirectories: ["d", "e"], fileSystem: disk)
        let other = try again.connect()
        for partition in Int32(0)..<4 { #expect(try other.endOffset("t", partition) == 1) }
        try eventually { access("\(server.directory)/d/t-\(inD)", F_OK) != 0 }
        try again.stop()
    }

    @Test(arguments: [1, 2]) func `reads that fail are told for what they are while the directory is not known to be dead`(loops: Int) throws {
        let disk = BreakableFileSystem()
        let (server, inD, inE) = try self.server(loops: loops, disk)
        let client = try server.connect()
        // What forces the logs in the background would find the directory dead.
        disk.fail("\(server.directory)/d", errno: EIO, .reads)
        #expect(try client.fetch("t", inD, from: 7).errorCode == .kafkaStorageError)
        #expect(try client.list("t", inD, 1_003).errorCode == .kafkaStorageError)
        try expectAlive(client, inE, end: 10)
        disk.repair()
        try expectAlive(client, inD, end: 10)
        try server.stop()
    }

    @Test(arguments: [1, 2]) func `a start without one directory serves the others and answers for its partitions`(loops: Int) throws {
        let disk = BreakableFileSystem()
        let (server, inD, inE) = try self.server(loops: loops, disk)
        try server.stop()
        for round in 0..<2 {
            disk.fail("\(server.directory)/d", errno: EIO)
            let started = try TestBroker(loops: loops, directory: server.directory, dataDirectories: ["d", "e"], fileSystem: disk, Self.settings)
            let client = try started.connect()
            try expectDead(client, inD, "round \(round)")
            try expectAlive(client, inE, end: 10 + Offset(round))
            #expect(started.broker.storage.warnings.contains { $0.contains("/d is out of service with its 2 partitions") })
            #expect(access("\(server.directory)/e/t-\(inD)", F_OK) != 0)
            client.close()
            started.keepsFiles = true
            try started.stop()
        }
        disk.repair()
        let whole = try TestBroker(loops: loops, directory: server.directory, dataDirectories: ["d", "e"], fileSystem: disk, Self.settings)
        let client = try whole.connect()
        try expectAlive(client, inD, end: 10)
        try expectAlive(client, inE, end: 12)
        whole.keepsFiles = true
        try whole.stop()
    }
}
