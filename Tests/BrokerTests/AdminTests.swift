import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct AdminTests {
    private func create(_ client: RawClient, _ topics: [CreateTopicsRequest.Topic], validateOnly: Bool = false) throws -> [ErrorCode] {
        try client.ask(CreateTopicsRequest(topics: topics, validateOnly: validateOnly), 7, CreateTopicsResponse.self).topics.map(\.errorCode)
    }

    @Test func `topics that can't be are refused one by one`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("there")
        let outcome = try create(
            client,
            [
                .init(name: "there", partitionCount: 1), .init(name: "a/b", partitionCount: 1), .init(name: "", partitionCount: 1),
                .init(name: "..", partitionCount: 1), .init(name: String(repeating: "x", count: 250), partitionCount: 1),
                .init(name: "zero", partitionCount: 0), .init(name: "two", partitionCount: 1, replicationFactor: 2),
                .init(name: "key", partitionCount: 1, configs: [.init(name: "segment.bites", value: "1")]),
                .init(name: "value", partitionCount: 1, configs: [.init(name: "segment.bytes", value: "many")]),
                .init(name: "twice", partitionCount: 1), .init(name: "twice", partitionCount: 1),
                .init(name: "assigned", assignments: [.init(partitionIndex: 0, brokerIDs: [9])]),
                .init(name: "good", partitionCount: 3, configs: [.init(name: "segment.bytes", value: "1000000")]),
            ])
        #expect(
            outcome == [
                .topicAlreadyExists, .invalidTopic, .invalidTopic, .invalidTopic, .invalidTopic, .invalidPartitions,
                .invalidReplicationFactor, .invalidConfig, .invalidConfig, .invalidRequest, .invalidRequest,
                .invalidReplicationAssignment, .none,
            ])
        let names = try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).topics.map(\.name)
        #expect(names == ["good", "there"])
    }

    @Test func `validate only makes nothing`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("there")
        #expect(try create(client, [.init(name: "new"), .init(name: "there"), .init(name: "a b")], validateOnly: true) == [.none, .topicAlreadyExists, .invalidTopic])
        #expect(try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).topics.count == 1)
    }

    @Test(arguments: [1, 2])
    func `a topic made anew under its old name is another one, and empty`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        func topic() throws -> MetadataResponse.Topic {
            try client.ask(MetadataRequest(topics: [.init(name: "t")], allowAutoTopicCreation: false), 12, MetadataResponse.self).topics[0]
        }
        try client.create("t", partitions: 2)
        let first = try topic().topicID
        for partition in Int32(0)..<2 { _ = try client.produce("t", partition, batch(5)) }
        let deleted = try client.ask(DeleteTopicsRequest(topics: [.init(name: "t"), .init(name: "no")], timeoutMilliseconds: 1), 6, DeleteTopicsResponse.self)
        #expect(deleted.responses.map(\.errorCode) == [.none, .unknownTopicOrPartition])
        #expect(try topic().errorCode == .unknownTopicOrPartition)
        #expect(try client.produce("t", batch()).errorCode == .unknownTopicOrPartition)
        try client.create("t", partitions: 2)
        #expect(try topic().topicID != first)
        for partition in Int32(0)..<2 {
            #expect(try client.endOffset("t", partition) == 0)
            #expect(try client.produce("t", partition, batch()).baseOffset == 0)
        }
    }

    @Test func `asking for an unknown topic creates it, or doesn't where that is off`() throws {
        let creating = try TestBroker(["num.partitions": "3"])
        let client = try creating.connect()
        let made = try client.ask(MetadataRequest(topics: [.init(name: "new"), .init(name: "a/b")]), 12, MetadataResponse.self).topics
        #expect(made.map(\.errorCode) == [.none, .invalidTopic])
        #expect(made[0].partitions.count == 3)
        let shy = try client.ask(MetadataRequest(topics: [.init(name: "other")], allowAutoTopicCreation: false), 12, MetadataResponse.self).topics
        #expect(shy.map(\.errorCode) == [.unknownTopicOrPartition])

        let strict = try TestBroker(["auto.create.topics.enable": "false"])
        let answer = try strict.connect().ask(MetadataRequest(topics: [.init(name: "new")]), 12, MetadataResponse.self).topics
        #expect(answer.map(\.errorCode) == [.unknownTopicOrPartition])
    }

    @Test func `a topic is deleted by name or by id, not by both, not twice in a request`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        for name in ["a", "b", "c"] { try client.create(name) }
        let ids = try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).topics.map(\.topicID)
        func delete(_ topics: [DeleteTopicsRequest.Topic]) throws -> [ErrorCode] {
            try client.ask(DeleteTopicsRequest(topics: topics, timeoutMilliseconds: 1), 6, DeleteTopicsResponse.self).responses.map(\.errorCode)
        }
        let errors = try delete([
            .init(name: "a", topicID: ids[0]), .init(name: nil), .init(name: "b"), .init(name: "b"), .init(name: nil, topicID: ids[1]),
            .init(name: nil, topicID: .init(high: 1, low: 2)), .init(name: "c"),
        ])
        #expect(errors == [.invalidRequest, .invalidRequest, .invalidRequest, .invalidRequest, .none, .unknownTopicID, .none])
        #expect(try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).topics.map(\.name) == ["a"])
    }

    @Test func `names that differ in dots and underscores only can't be beside each other`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("a.b")
        let outcome = try create(client, [.init(name: "a_b", partitionCount: 1), .init(name: "x.y", partitionCount: 1), .init(name: "x_y", partitionCount: 1)])
        #expect(outcome == [.invalidTopic, .none, .invalidTopic])
        let asked = try client.ask(MetadataRequest(topics: [.init(name: "a_b")]), 12, MetadataResponse.self).topics
        #expect(asked.map(\.errorCode) == [.invalidTopic])
    }

    @Test func `metadata of old versions names no topic for all, and takes no ids`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        for name in ["a", "b"] { try client.create(name) }
        #expect(try client.ask(MetadataRequest(topics: []), 0, MetadataResponse.self).topics.map(\.name) == ["a", "b"])
        for version in Int16(1)...12 {
            #expect(try client.ask(MetadataRequest(topics: []), version, MetadataResponse.self).topics.isEmpty)
            let twice = try client.ask(MetadataRequest(topics: [.init(name: "a"), .init(name: "b"), .init(name: "a")]), version, MetadataResponse.self)
            #expect(twice.topics.map(\.name) == ["a", "b"])
        }
        let id = try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).topics[0].topicID
        for version in Int16(10)...12 {
            let byID = try client.ask(MetadataRequest(topics: [.init(topicID: id, name: nil)]), version, MetadataResponse.self)
            #expect(byID.topics.map(\.errorCode) == [version < 12 ? .invalidRequest : .none])
        }
        let wrong = try client.ask(MetadataRequest(topics: [.init(name: "a/b")], allowAutoTopicCreation: false), 12, MetadataResponse.self)
        #expect(wrong.topics.map(\.errorCode) == [.invalidTopic])
    }

    @Test func `topics are found by id, and each listener tells its own address`() throws {
        let server = try TestBroker(listeners: ["127.0.0.1:0", "127.0.0.1:0,transfer=copy"])
        let first = try server.connect()
        let second = try server.connect(listener: 1)
        try first.create("t")
        let byName = try first.ask(MetadataRequest(topics: [.init(name: "t")]), 12, MetadataResponse.self)
        let byID = try second.ask(MetadataRequest(topics: [.init(topicID: byName.topics[0].topicID, name: nil)]), 12, MetadataResponse.self)
        #expect(byID.topics == byName.topics)
        #expect(byName.brokers.map(\.port) == [Int32(server.broker.endpoints[0].port)])
        #expect(byID.brokers.map(\.port) == [Int32(server.broker.endpoints[1].port)])

        let advertising = try TestBroker(["advertised.listeners": "PLAINTEXT://broker.example:19092"])
        let broker = try advertising.connect().ask(MetadataRequest(topics: nil), 12, MetadataResponse.self).brokers[0]
        #expect(broker.host == "broker.example")
        #expect(broker.port == 19_092)
    }

    @Test func `settings are described with where they come from`() throws {
        let server = try TestBroker(["log.segment.bytes": "5000000", "num.partitions": "2"])
        let client = try server.connect()
        try client.create("t", ["max.message.bytes": "2000"])
        let request = DescribeConfigsRequest(resources: [
            .init(resourceType: ConfigResource.topic, resourceName: "t", configurationKeys: nil),
            .init(resourceType: ConfigResource.broker, resourceName: "1", configurationKeys: ["num.partitions", "node.id", "log.segment.bytes", "fetch.max.bytes"]),
            .init(resourceType: ConfigResource.topic, resourceName: "no", configurationKeys: nil),
            .init(resourceType: ConfigResource.broker, resourceName: "9", configurationKeys: nil),
            .init(resourceType: 77, resourceName: "x", configurationKeys: nil),
        ], includeDocumentation: true)
        let results = try client.ask(request, 4, DescribeConfigsResponse.self).results
        #expect(results.map(\.errorCode) == [.none, .none, .unknownTopicOrPartition, .invalidRequest, .invalidRequest])
        let topic = Dictionary(uniqueKeysWithValues: results[0].configs.map { ($0.name, $0) })
        #expect(topic["max.message.bytes"]?.value == "2000")
        #expect(topic["max.message.bytes"]?.source == ConfigSource.dynamicTopic)
        #expect(topic["segment.bytes"]?.value == "5000000")
        #expect(topic["segment.bytes"]?.source == ConfigSource.staticBroker)
        #expect(topic["segment.ms"]?.source == ConfigSource.defaultValue)
        #expect(Set(results[1].configs.map { "\($0.name)=\($0.value ?? "")" }) == ["num.partitions=2", "node.id=1", "log.segment.bytes=5000000", "fetch.max.bytes=57671680"])
        #expect(results[1].configs.allSatisfy { $0.documentation?.isEmpty == false })
    }
}
