// What the broker tells of itself: brokers, data directories, leaders' terms, operations that are allowed.
import Glibc
import StorageEngine
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct ClusterDescriptionTests {
    @Test func `a client is told of the one broker, by the address that it came by`() throws {
        let server = try TestBroker(listeners: ["127.0.0.1:0", "127.0.0.1:0"], ["cluster.id": "c-1"])
        for listener in 0..<2 {
            let client = try server.connect(listener: listener)
            for version in Int16(0)...1 {
                let answer = try client.ask(DescribeClusterRequest(), version, DescribeClusterResponse.self)
                #expect(answer.clusterID == "c-1" && answer.controllerID == 1 && answer.authorizedOperations == .min)
                #expect(answer.brokers == [.init(nodeID: 1, host: "127.0.0.1", port: Int32(server.broker.endpoints[listener].port))])
            }
        }
    }

    @Test func `there are no controllers to tell of`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        func error(_ type: Int8) throws -> ErrorCode {
            try client.ask(DescribeClusterRequest(endpointType: type), 1, DescribeClusterResponse.self).errorCode
        }
        #expect(try error(DescribeClusterRequest.controllerEndpoints) == .mismatchedEndpointType)
        #expect(try error(7) == .unsupportedEndpointType)
        #expect(try error(DescribeClusterRequest.brokerEndpoints) == .none)
    }

    @Test func `operations that are allowed are told where they are asked for`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        // Bits 3-8, 10 and 11 on a topic; 5 and 7-12 on the cluster.
        let cluster = try client.ask(DescribeClusterRequest(includeAuthorizedOperations: true), 1, DescribeClusterResponse.self)
        #expect(cluster.authorizedOperations == 8_096)
        let request = MetadataRequest(topics: [.init(name: "t")], includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true)
        let metadata = try client.ask(request, 8, MetadataResponse.self)
        #expect(metadata.clusterAuthorizedOperations == 8_096 && metadata.topics[0].topicAuthorizedOperations == 3_576)
        let silent = try client.ask(MetadataRequest(topics: [.init(name: "t")]), 12, MetadataResponse.self)
        #expect(silent.topics[0].topicAuthorizedOperations == .min)
    }

    @Test(arguments: [1, 2]) func `data directories tell how many bytes of which partition are in them`(loops: Int) throws {
        let server = try TestBroker(loops: loops, dataDirectories: ["one", "two"])
        let client = try server.connect()
        try client.create("a", partitions: 3)
        try client.create("b")
        _ = try client.produce("a", 1, batch(5, valueBytes: 100))
        let size = Int64(batch(5, valueBytes: 100).count)
        func describe(_ topics: [DescribeLogDirsRequest.Topic]?, _ version: Int16 = 4) throws -> [DescribeLogDirsResponse.Directory] {
            let answer = try client.ask(DescribeLogDirsRequest(topics: topics), version, DescribeLogDirsResponse.self)
            #expect(answer.errorCode == .none)
            return answer.results
        }
        func sizes(_ results: [DescribeLogDirsResponse.Directory]) -> [String: Int64] {
            var all: [String: Int64] = [:]
            for topic in results.flatMap(\.topics) {
                for partition in topic.partitions {
                    #expect(all.updateValue(partition.sizeBytes, forKey: "\(topic.name)-\(partition.partitionIndex)") == nil)
                    #expect(partition.offsetLag == 0 && !partition.isFuture)
                }
            }
            return all
        }
        for version in Int16(1)...4 {
            let results = try describe(nil, version)
            #expect(results.map(\.path) == ["one", "two"].map { "\(server.directory)/\($0)" })
            #expect(results.allSatisfy { $0.topics.flatMap(\.partitions).count == 2 })
            #expect(sizes(results) == ["a-0": 0, "a-1": size, "a-2": 0, "b-0": 0])
            #expect(results.allSatisfy { version < 4 ? $0.totalBytes == -1 : $0.totalBytes > $0.usableBytes && $0.usableBytes > 0 })
        }
        let some = try describe([.init(name: "a", partitions: [1, 9]), .init(name: "no", partitions: [0]), .init(name: "a", partitions: [2])])
        #expect(sizes(some) == ["a-1": size, "a-2": 0])
        #expect(sizes(try describe([])) == [:])
    }

    @Test func `a data directory that is dead tells of its failure, the other one of its logs`() throws {
        let files = BreakableFileSystem()
        let server = try TestBroker(dataDirectories: ["one", "two"], fileSystem: files)
        let client = try server.connect()
        try client.create("a", partitions: 2)
        let broken = try #require(server.broker.storage.volumes().first).path
        files.fail(broken, errno: EIO)
        let answers = try (Int32(0)..<2).map { try client.produce("a", $0, batch()).errorCode }
        #expect(Set(answers) == [.none, .kafkaStorageError], "\(answers)")
        let results = try client.ask(DescribeLogDirsRequest(topics: nil), 4, DescribeLogDirsResponse.self).results
        #expect(results.map(\.errorCode) == [.kafkaStorageError, .none])
        #expect(results.map { $0.topics.flatMap(\.partitions).count } == [0, 1])
    }

    @Test(arguments: [1, 2]) func `a leader's term ends where the log does, and a wrong idea of it is fenced`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        _ = try client.produce("t", 1, batch(3))
        func ask(
            _ partition: Int32, _ epoch: LeaderEpoch, current: LeaderEpoch = -1, topic: String = "t", version: Int16 = 4
        ) throws -> OffsetForLeaderEpochResponse.Partition {
            let request = OffsetForLeaderEpochRequest(
                replicaID: -1,
                topics: [.init(name: topic, partitions: [.init(partitionIndex: partition, currentLeaderEpoch: current, leaderEpoch: epoch)])])
            return try #require(try client.ask(request, version, OffsetForLeaderEpochResponse.self).topics.first?.partitions.first)
        }
        for version in Int16(2)...4 {
            #expect(try ask(1, 0, version: version) == .init(partitionIndex: 1, leaderEpoch: 0, endOffset: 3))
        }
        #expect(try ask(0, 0) == .init(partitionIndex: 0, leaderEpoch: 0, endOffset: 0))
        #expect(try ask(1, 0, current: 0) == .init(partitionIndex: 1, leaderEpoch: 0, endOffset: 3))
        // A term that was never: nothing is known of it.
        #expect(try ask(1, 7) == .init(partitionIndex: 1))
        #expect(try ask(1, -1) == .init(partitionIndex: 1))
        #expect(try ask(1, 0, current: 5) == .init(errorCode: .unknownLeaderEpoch, partitionIndex: 1))
        #expect(try ask(9, 0) == .init(errorCode: .unknownTopicOrPartition, partitionIndex: 9))
        #expect(try ask(0, 0, topic: "no") == .init(errorCode: .unknownTopicOrPartition, partitionIndex: 0))
    }
}
