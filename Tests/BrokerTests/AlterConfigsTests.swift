// Settings of topics and of the broker, changed while it runs.
import StorageEngine
import Testing
import Wire

@testable import Broker

/// Settings as a request sets them.
private func set(_ values: [String: String]) -> [IncrementalAlterConfigsRequest.Config] {
    values.sorted { $0.key < $1.key }.map { .init(name: $0.key, operation: ConfigOperation.set, value: $0.value) }
}

extension RawClient {
    func alter(
        _ type: Int8, _ name: String, _ configs: [IncrementalAlterConfigsRequest.Config], validateOnly: Bool = false
    ) throws -> ErrorCode {
        let request = IncrementalAlterConfigsRequest(
            resources: [.init(resourceType: type, resourceName: name, configs: configs)], validateOnly: validateOnly)
        let response = try #require(try ask(request, 1, IncrementalAlterConfigsResponse.self).responses.first)
        #expect(response.resourceType == type && response.resourceName == name)
        #expect((response.errorCode == .none) == (response.errorMessage == nil))
        return response.errorCode
    }

    func replace(_ type: Int8, _ name: String, _ values: [String: String], validateOnly: Bool = false) throws -> ErrorCode {
        let request = AlterConfigsRequest(
            resources: [.init(resourceType: type, resourceName: name, configs: values.map { .init(name: $0.key, value: $0.value) })],
            validateOnly: validateOnly)
        return try #require(try ask(request, 2, AlterConfigsResponse.self).responses.first).errorCode
    }

    func describe(_ type: Int8, _ name: String) throws -> [String: DescribeConfigsResponse.Config] {
        let request = DescribeConfigsRequest(
            resources: [.init(resourceType: type, resourceName: name, configurationKeys: nil)], includeSynonyms: true, includeDocumentation: true)
        let result = try #require(try ask(request, 4, DescribeConfigsResponse.self).results.first)
        #expect(result.errorCode == .none)
        return Dictionary(uniqueKeysWithValues: result.configs.map { ($0.name, $0) })
    }
}

@Suite struct AlterConfigsTests {
    @Test func `what can't be changed is refused, each for its own reason`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["retention.ms": "1000"])
        let rows: [(Int8, String, [IncrementalAlterConfigsRequest.Config], ErrorCode)] = [
            (ConfigResource.topic, "no", set(["retention.ms": "1"]), .unknownTopicOrPartition),
            (ConfigResource.topic, "", set(["retention.ms": "1"]), .invalidRequest),
            (ConfigResource.topic, "t", set(["retention.bites": "1"]), .invalidConfig),
            (ConfigResource.topic, "t", set(["retention.ms": "soon"]), .invalidConfig),
            (ConfigResource.topic, "t", set(["retention.ms": "-2"]), .invalidConfig),
            (ConfigResource.topic, "t", set(["retention.ms": "5", "flush.messages": "0"]), .invalidConfig),
            (ConfigResource.topic, "t", [.init(name: "retention.ms", operation: ConfigOperation.set, value: nil)], .invalidRequest),
            (ConfigResource.topic, "t", [.init(name: "retention.ms", operation: 9, value: "1")], .invalidRequest),
            (ConfigResource.topic, "t", [.init(name: "retention.ms", operation: ConfigOperation.append, value: "1")], .invalidConfig),
            (ConfigResource.topic, "t", [.init(name: "no.such", operation: ConfigOperation.append, value: "1")], .invalidConfig),
            (ConfigResource.topic, "t", set(["segment.ms": "5"]) + set(["segment.ms": "6"]), .invalidRequest),
            (ConfigResource.topic, "t", [.init(name: "cleanup.policy", operation: ConfigOperation.subtract, value: "delete")], .invalidConfig),
            (ConfigResource.broker, "9", set(["num.partitions": "2"]), .invalidRequest),
            (ConfigResource.broker, "one", set(["num.partitions": "2"]), .invalidRequest),
            (ConfigResource.broker, "1", set(["node.id": "2"]), .invalidRequest),
            (ConfigResource.broker, "", set(["queued.max.bytes": "9999999"]), .invalidRequest),
            (ConfigResource.broker, "1", set(["no.such": "2"]), .invalidConfig),
            (ConfigResource.broker, "1", set(["num.partitions": "many"]), .invalidRequest),
            (ConfigResource.broker, "", set(["log.segment.bytes": "1"]), .invalidRequest),
            (8, "1", set(["root": "DEBUG"]), .invalidRequest),
            (0, "t", set(["retention.ms": "1"]), .invalidRequest),
        ]
        for (type, name, configs, error) in rows {
            #expect(try client.alter(type, name, configs) == error, "\(type) \(name) \(configs)")
            #expect(try client.alter(type, name, configs, validateOnly: true) == error, "\(type) \(name) \(configs)")
        }
        #expect(try client.replace(ConfigResource.topic, "t", ["retention.bites": "1"]) == .invalidConfig)
        #expect(try client.replace(ConfigResource.broker, "1", ["cluster.id": "x"]) == .invalidRequest)
        let null = AlterConfigsRequest(resources: [.init(resourceType: 2, resourceName: "t", configs: [.init(name: "retention.ms", value: nil)])])
        #expect(try client.ask(null, 2, AlterConfigsResponse.self).responses.map(\.errorCode) == [.invalidRequest])
        let topic = try client.describe(ConfigResource.topic, "t")
        #expect(topic["retention.ms"]?.value == "1000")
        #expect(topic["flush.messages"]?.source == ConfigSource.defaultValue)
        #expect(server.broker.settings.own.isEmpty && server.broker.settings.forAll.isEmpty)
    }

    @Test func `a resource that stands in a request twice is refused, the others are changed`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        for name in ["a", "b"] { try client.create(name) }
        let resource = { (name: String) in IncrementalAlterConfigsRequest.Resource(resourceType: 2, resourceName: name, configs: set(["segment.ms": "77"])) }
        let request = IncrementalAlterConfigsRequest(resources: [resource("a"), resource("b"), resource("a")])
        let answer = try client.ask(request, 1, IncrementalAlterConfigsResponse.self).responses
        #expect(answer.map(\.errorCode) == [.invalidRequest, .none, .invalidRequest])
        #expect(try client.describe(ConfigResource.topic, "a")["segment.ms"]?.value != "77")
        #expect(try client.describe(ConfigResource.topic, "b")["segment.ms"]?.value == "77")
        let twice = DescribeConfigsRequest(resources: ["a", "a"].map { .init(resourceType: 2, resourceName: $0, configurationKeys: nil) })
        #expect(try client.ask(twice, 4, DescribeConfigsResponse.self).results.map(\.errorCode) == [.none, .invalidRequest])
    }

    @Test(arguments: [1, 3]) func `a topic's change is in force on every loop when the answer comes, and after a restart`(loops: Int) throws {
        let first = try TestBroker(loops: loops)
        first.keepsFiles = true
        defer { removeTree(first.directory) }
        let clients = try (0..<loops).map { _ in try first.connect() }
        try clients[0].create("t", partitions: 6)
        for partition in Int32(0)..<6 { _ = try clients[0].produce("t", partition, batch(1, valueBytes: 500)) }
        #expect(try clients[0].alter(ConfigResource.topic, "t", set(["max.message.bytes": "300", "segment.ms": "9"])) == .none)
        for client in clients {
            for partition in Int32(0)..<6 {
                #expect(try client.produce("t", partition, batch(1, valueBytes: 500)).errorCode == .messageTooLarge)
                #expect(try client.produce("t", partition, batch(1)).errorCode == .none)
            }
        }
        try first.stop()
        let second = try TestBroker(loops: loops, directory: first.directory)
        second.keepsFiles = true
        let client = try second.connect()
        #expect(try client.produce("t", 5, batch(1, valueBytes: 500)).errorCode == .messageTooLarge)
        let configs = try client.describe(ConfigResource.topic, "t")
        #expect(configs["segment.ms"]?.value == "9" && configs["segment.ms"]?.source == ConfigSource.dynamicTopic)
        #expect(try client.alter(ConfigResource.topic, "t", [.init(name: "max.message.bytes", operation: ConfigOperation.delete, value: nil)]) == .none)
        #expect(try client.produce("t", 5, batch(1, valueBytes: 500)).errorCode == .none)
    }

    @Test func `replacing takes back what is not named, changing leaves it`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["retention.ms": "1000", "segment.ms": "2000"])
        func own() throws -> [String: String] {
            try client.describe(ConfigResource.topic, "t").filter { $0.value.source == ConfigSource.dynamicTopic }.mapValues { $0.value ?? "" }
        }
        #expect(try client.alter(ConfigResource.topic, "t", set(["segment.ms": "3000"])) == .none)
        #expect(try own() == ["retention.ms": "1000", "segment.ms": "3000"])
        #expect(try client.replace(ConfigResource.topic, "t", ["flush.ms": "5"], validateOnly: true) == .none)
        #expect(try own() == ["retention.ms": "1000", "segment.ms": "3000"])
        #expect(try client.replace(ConfigResource.topic, "t", ["flush.ms": "5"]) == .none)
        #expect(try own() == ["flush.ms": "5"])
        #expect(try client.replace(ConfigResource.topic, "t", [:]) == .none)
        #expect(try own() == [:])
    }

    @Test func `elements are added to a list and taken out of it, each once`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        func change(_ operation: Int8, _ value: String) throws -> String? {
            #expect(try client.alter(ConfigResource.topic, "t", [.init(name: "cleanup.policy", operation: operation, value: value)]) == .none)
            return try client.describe(ConfigResource.topic, "t")["cleanup.policy"]?.value
        }
        // Onto what the topic inherits.
        #expect(try change(ConfigOperation.append, "compact") == "compact,delete")
        #expect(try change(ConfigOperation.append, "compact,delete") == "compact,delete")
        #expect(try change(ConfigOperation.subtract, "delete") == "compact")
        #expect(try client.produce("t", batch()).errorCode == .invalidRecord)
    }

    @Test func `a setting tells where it comes from, and what else there would be`() throws {
        let server = try TestBroker(["log.retention.hours": "2", "log.segment.bytes": "5000000"])
        let client = try server.connect()
        try client.create("t", ["retention.ms": "1000"])
        #expect(try client.alter(ConfigResource.broker, "", set(["log.retention.ms": "3000", "log.flush.interval.ms": "50"])) == .none)
        #expect(try client.alter(ConfigResource.broker, "1", set(["log.retention.ms": "2000"])) == .none)
        let retention = try #require(try client.describe(ConfigResource.topic, "t")["retention.ms"])
        #expect(
            retention.synonyms == [
                .init(name: "retention.ms", value: "1000", source: ConfigSource.dynamicTopic),
                .init(name: "log.retention.ms", value: "2000", source: ConfigSource.dynamicBroker),
                .init(name: "log.retention.ms", value: "3000", source: ConfigSource.dynamicDefaultBroker),
                .init(name: "log.retention.hours", value: "2", source: ConfigSource.staticBroker),
                .init(name: "log.retention.ms", value: "604800000", source: ConfigSource.defaultValue),
            ])
        #expect(retention.value == "1000" && retention.configType == ConfigType.int64 && retention.documentation?.isEmpty == false)
        let topic = try client.describe(ConfigResource.topic, "t")
        #expect(topic["flush.ms"]?.value == "50" && topic["flush.ms"]?.source == ConfigSource.dynamicDefaultBroker)
        #expect(topic["segment.bytes"]?.source == ConfigSource.staticBroker)
        #expect(topic.values.allSatisfy { !$0.isReadOnly && !$0.isSensitive })

        let broker = try client.describe(ConfigResource.broker, "1")
        #expect(Set(broker.keys) == Set(ConfigurationTable.names))
        #expect(broker["log.retention.ms"]?.value == "2000" && broker["log.retention.ms"]?.source == ConfigSource.dynamicBroker)
        #expect(broker["log.retention.ms"]?.isReadOnly == false && broker["log.retention.hours"]?.isReadOnly == true)
        #expect(broker["node.id"]?.value == "1" && broker["node.id"]?.isReadOnly == true)
        // Of all brokers: what was changed for all.
        let all = try client.describe(ConfigResource.broker, "")
        #expect(all.mapValues { $0.value } == ["log.retention.ms": "3000", "log.flush.interval.ms": "50"])
        #expect(all.values.allSatisfy { $0.source == ConfigSource.dynamicDefaultBroker })
        // A new topic says the same.
        let made = try client.ask(CreateTopicsRequest(topics: [.init(name: "u")]), 7, CreateTopicsResponse.self).topics[0]
        #expect(made.configs?.first { $0.name == "retention.ms" }?.source == ConfigSource.dynamicBroker)
    }

    @Test func `a secret is shown to nobody, not by its synonyms either`() throws {
        let server = try TestBroker()
        let key = try #require(ConfigurationTable.key(named: "ssl.key.password"))
        let view = ConfigView(settings: server.broker.settings, storage: server.broker.storage, includesSynonyms: true)
        let layer = BrokerSettings.Layer(name: key.name, value: "secret", source: ConfigSource.staticBroker)
        let shown = view.config(key.name, "secret", key, [layer], isReadOnly: true)
        #expect(shown.isSensitive && shown.isReadOnly && shown.value == nil && shown.synonyms.map(\.value) == [nil])
    }
}
