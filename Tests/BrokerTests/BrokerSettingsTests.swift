// Every setting of the broker that can be changed while it runs: what is different from then on.
import Glibc
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker
@testable import StorageEngine

/// One dynamic setting, and a test that sees it take effect.
struct BrokerObservation: CustomTestStringConvertible, Sendable {
    let key: String
    let body: @Sendable () throws -> Void
    var testDescription: String { key }
    init(_ key: String, _ body: @escaping @Sendable () throws -> Void) { (self.key, self.body) = (key, body) }
}

extension RawClient {
    fileprivate func outcome(creating name: String, _ count: Int32) throws -> ErrorCode {
        let topic = CreateTopicsRequest.Topic(name: name, partitionCount: count, replicationFactor: 1)
        return try ask(CreateTopicsRequest(topics: [topic]), 7, CreateTopicsResponse.self).topics[0].errorCode
    }

    fileprivate func change(_ key: String, _ value: String, of name: String = "1") throws {
        let config = IncrementalAlterConfigsRequest.Config(name: key, operation: ConfigOperation.set, value: value)
        #expect(try alter(ConfigResource.broker, name, [config]) == .none)
    }
}

@Suite struct BrokerSettingsTests {
    static let observations: [BrokerObservation] = [
        BrokerObservation("auto.create.topics.enable") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.change("auto.create.topics.enable", "false")
            let refused = try client.ask(MetadataRequest(topics: [.init(name: "new")]), 12, MetadataResponse.self).topics
            #expect(refused.map(\.errorCode) == [.unknownTopicOrPartition])
            try client.change("auto.create.topics.enable", "true")
            let made = try client.ask(MetadataRequest(topics: [.init(name: "new")]), 12, MetadataResponse.self).topics
            #expect(made.map(\.errorCode) == [.none])
        },
        BrokerObservation("fetch.max.bytes") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.create("t")
            for _ in 0..<4 { _ = try client.produce("t", batch(1, valueBytes: 1_000)) }
            #expect(try client.fetch("t", from: 0).records?.count ?? 0 > 4_000)
            try client.change("fetch.max.bytes", "2048")
            #expect(try client.fetch("t", from: 0).records?.count ?? 0 <= 2_048)
        },
        BrokerObservation("log.retention.check.interval.ms") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.create("t", ["segment.bytes": "1024", "retention.bytes": "0"])
            for _ in 0..<4 { _ = try client.produce("t", batch(1, valueBytes: 600)) }
            try client.change("log.retention.check.interval.ms", "10")
            try eventually { try client.list("t", ListOffsetsRequest.earliestTimestamp).offset == 4 }
        },
        BrokerObservation("max.connections") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.change("max.connections", "2")
            let second = try server.connect()
            #expect(try second.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self).errorCode == .none)
            #expect(try server.connect().isClosedByPeer())
            try client.change("max.connections", "3")
            let third = try server.connect()
            #expect(try third.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self).errorCode == .none)
        },
        BrokerObservation("max.partitions") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.change("max.partitions", "3")
            #expect(try client.outcome(creating: "a", 4) == .policyViolation)
            #expect(try client.outcome(creating: "b", 3) == .none)
            #expect(try client.outcome(creating: "c", 1) == .policyViolation)
        },
        BrokerObservation("num.partitions") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.change("num.partitions", "5")
            let made = try client.ask(CreateTopicsRequest(topics: [.init(name: "t")]), 7, CreateTopicsResponse.self).topics[0]
            #expect(made.partitionCount == 5)
            let asked = try client.ask(MetadataRequest(topics: [.init(name: "u")]), 12, MetadataResponse.self).topics[0]
            #expect(asked.partitions.count == 5)
        },
        BrokerObservation("residency.sample.interval") {
            let server = try TestBroker()
            let client = try server.connect()
            try client.create("t")
            _ = try client.produce("t", batch(4, valueBytes: 1_000))
            func sampled() throws -> UInt64 {
                _ = try client.fetch("t", from: 0)
                return server.counter("residency_sampled_bytes")
            }
            #expect(try sampled() == 0)
            try client.change("residency.sample.interval", "1")
            let first = try sampled()
            #expect(first > 0)
            try client.change("residency.sample.interval", "0")
            #expect(try sampled() == first)
        },
        BrokerObservation("log.cleaner.backoff.ms") {
            let server = try TestBroker(["log.cleaner.backoff.ms": "86400000"])
            let client = try server.connect()
            try fill(client)
            try client.change("log.cleaner.backoff.ms", "10")
            try eventually { try isCompacted(client) }
        },
        BrokerObservation("log.cleaner.dedupe.buffer.size") {
            let server = try TestBroker(["log.cleaner.enable": "false"])
            let client = try server.connect()
            // 1 MiB holds the hashes of 32,768 keys.
            try client.create("t", ["cleanup.policy": "compact", "segment.bytes": "500000", "min.cleanable.dirty.ratio": "0", "flush.messages": "1"])
            for first in stride(from: 0, to: 48_000, by: 8_000) {
                let keys = (first..<first + 8_000).map { String($0) }
                #expect(try client.produce("t", keyed(keys, valueBytes: 40)).errorCode == .none)
            }
            try client.change("log.cleaner.dedupe.buffer.size", "1048576")
            #expect(try firstPass(server).isMapFull)
            try client.change("log.cleaner.dedupe.buffer.size", "2097152")
            #expect(try !firstPass(server).isMapFull)
        },
        BrokerObservation("log.cleaner.io.buffer.size") {
            let files = BreakableFileSystem()
            let server = try TestBroker(fileSystem: files, ["log.cleaner.enable": "false"])
            let client = try server.connect()
            try client.create("t", ["cleanup.policy": "compact", "segment.bytes": "65536", "min.cleanable.dirty.ratio": "0", "flush.messages": "1"])
            for _ in 0..<20 { #expect(try client.produce("t", keyed(["k"], valueBytes: 7_000)).errorCode == .none) }
            try client.change("log.cleaner.io.buffer.size", "8192")
            _ = try firstPass(server)
            #expect(files.largestSegmentRead == 8_192)
        },
        BrokerObservation("log.cleaner.io.max.bytes.per.second") { try seesCleaner("log.cleaner.io.max.bytes.per.second", "4096") { $0.bytesPerSecond == 4_096 } },
    ]

    /// One pass of the cleaner, as soon as what was produced is in sealed segments and on the disk.
    private static func firstPass(_ server: TestBroker) throws -> CompactionReport {
        var report: CompactionReport?
        try eventually {
            report = server.broker.storage.compactOnce().first
            return report != nil
        }
        return try #require(report)
    }

    /// The cleaner's next pass is told; CompactionPartsTests see what a throttle does.
    private static func seesCleaner(_ key: String, _ value: String, _ isSo: (CleanerConfiguration) -> Bool) throws {
        let server = try TestBroker()
        let client = try server.connect()
        #expect(!isSo(server.broker.storage.inForce.cleaner))
        try client.change(key, value)
        #expect(isSo(server.broker.storage.inForce.cleaner))
    }

    /// A compacted topic with the same key in several segments.
    private static func fill(_ client: RawClient) throws {
        try client.create("t", ["cleanup.policy": "compact", "segment.bytes": "1024", "min.cleanable.dirty.ratio": "0", "flush.messages": "1"])
        for _ in 0..<4 { #expect(try client.produce("t", keyed(["k"], valueBytes: 800)).errorCode == .none) }
    }

    private static func isCompacted(_ client: RawClient) throws -> Bool {
        try client.fetch("t", from: 0).records?.count ?? 0 < 2_600
    }

    @Test func `every key that can be changed is observed`() {
        let dynamic = ConfigurationTable.keys.filter { $0.isDynamic && $0.topicKey == nil }.map(\.name)
        #expect(Set(Self.observations.map(\.key)) == Set(dynamic))
        // What topics have by default is observed on topics, key by key.
        let ofTopics = ConfigurationTable.keys.filter { $0.topicKey != nil }
        #expect(ofTopics.filter { !$0.isDynamic }.map(\.name) == [])
        #expect(Set(ConfigurationTable.keys.compactMap(\.topicKey)) == Set(LogConfiguration.topicKeys))
    }

    /// Every broker key of topics: the topic setting that it is the default of, as Kafka names both, and a value that is nobody
    /// else's. What each topic setting does, LiveSettingsTests see.
    private static let ofTopics: [(key: String, topicKey: String, value: String)] = [
        ("compression.type", "compression.type", "zstd"),
        ("log.cleaner.delete.retention.ms", "delete.retention.ms", "100001"),
        ("log.cleaner.max.compaction.lag.ms", "max.compaction.lag.ms", "100002"),
        ("log.cleaner.min.cleanable.ratio", "min.cleanable.dirty.ratio", "0.25"),
        ("log.cleaner.min.compaction.lag.ms", "min.compaction.lag.ms", "1003"),
        ("log.cleanup.policy", "cleanup.policy", "compact"),
        ("log.flush.interval.messages", "flush.messages", "1"),
        ("log.flush.interval.ms", "flush.ms", "100005"),
        ("log.index.interval.bytes", "index.interval.bytes", "100006"),
        ("log.index.size.max.bytes", "segment.index.bytes", "100008"),
        ("log.message.timestamp.after.max.ms", "message.timestamp.after.max.ms", "100009"),
        ("log.message.timestamp.before.max.ms", "message.timestamp.before.max.ms", "100010"),
        ("log.message.timestamp.type", "message.timestamp.type", "LogAppendTime"),
        ("log.preallocate", "preallocate", "false"),
        ("log.retention.bytes", "retention.bytes", "100011"),
        ("log.retention.ms", "retention.ms", "100012"),
        ("log.roll.ms", "segment.ms", "100013"),
        ("log.segment.bytes", "segment.bytes", "100014"),
        ("log.segment.delete.delay.ms", "file.delete.delay.ms", "100015"),
        ("message.max.bytes", "max.message.bytes", "100016"),
    ]

    @Test func `every key of what topics have by default reaches the topic setting of its name, and no other`() throws {
        #expect(Self.ofTopics.map(\.key) == ConfigurationTable.keys.filter { $0.topicKey != nil }.map(\.name).sorted())
        let plain = try Dictionary(uniqueKeysWithValues: BrokerConfiguration().storage().log.entries().map { ($0.key, $0.value) })
        for row in Self.ofTopics {
            var configuration = BrokerConfiguration()
            try configuration.set(row.key, row.value, at: "test")
            let entries = try configuration.storage().log.entries()
            #expect(entries.filter { plain[$0.key] != $0.value }.map(\.key) == [row.topicKey], "\(row.key)")
        }
        let server = try TestBroker(Dictionary(uniqueKeysWithValues: Self.ofTopics.map { ($0.key, $0.value) }))
        let client = try server.connect()
        try client.create("t")
        let described = try client.describe(ConfigResource.topic, "t")
        for row in Self.ofTopics { #expect(described[row.topicKey]?.value == row.value, "\(row.key)") }
    }

    @Test(arguments: observations)
    func `a change takes effect while the broker runs`(observation: BrokerObservation) throws { try observation.body() }

    @Test(arguments: [1, 2]) func `what topics have by default changes for all that override nothing, on every loop`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("plain", partitions: 4)
        try client.create("own", partitions: 4, ["max.message.bytes": "2000"])
        for partition in Int32(0)..<4 { _ = try client.produce("plain", partition, batch(1, valueBytes: 500)) }
        try client.change("message.max.bytes", "300", of: "")
        for partition in Int32(0)..<4 {
            #expect(try client.produce("plain", partition, batch(1, valueBytes: 500)).errorCode == .messageTooLarge)
            #expect(try client.produce("own", partition, batch(1, valueBytes: 500)).errorCode == .none)
        }
    }

    @Test func `changes survive a restart, this broker's before those of all, both before what it was told`() throws {
        let first = try TestBroker(["num.partitions": "2"])
        first.keepsFiles = true
        defer { removeTree(first.directory) }
        let client = try first.connect()
        try client.change("num.partitions", "3", of: "")
        try client.change("num.partitions", "4")
        try client.change("message.max.bytes", "300", of: "")
        try first.stop()
        let second = try TestBroker(directory: first.directory, ["num.partitions": "2"])
        second.keepsFiles = true
        let again = try second.connect()
        let topic = try again.ask(CreateTopicsRequest(topics: [.init(name: "t")]), 7, CreateTopicsResponse.self).topics[0]
        #expect(topic.partitionCount == 4)
        #expect(try again.produce("t", batch(1, valueBytes: 500)).errorCode == .messageTooLarge)
        let partitions = try #require(try again.describe(ConfigResource.broker, "1")["num.partitions"])
        #expect(partitions.synonyms.map(\.value) == ["4", "3", "2", "1"])
        let delete = IncrementalAlterConfigsRequest.Config(name: "num.partitions", operation: ConfigOperation.delete, value: nil)
        for (name, value) in [("1", "3"), ("", "2")] {
            #expect(try again.alter(ConfigResource.broker, name, [delete]) == .none)
            #expect(try again.describe(ConfigResource.broker, "1")["num.partitions"]?.value == value)
        }
    }

    @Test func `a kept setting that is no longer understood is left out, the others hold`() throws {
        let first = try TestBroker()
        first.keepsFiles = true
        defer { removeTree(first.directory) }
        try first.broker.storage.setSettings(["num.partitions": "6", "gone.away": "1", "node.id": "7"], of: BrokerSettings.kind, named: "1")
        try first.stop()
        let second = try TestBroker(directory: first.directory)
        second.keepsFiles = true
        #expect(second.broker.settings.own == ["num.partitions": "6"])
        #expect(second.broker.inForce.defaultPartitions == 6)
    }
}

/// A batch of keyed records.
private func keyed(_ keys: [String], valueBytes: Int) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 200 + keys.count * (valueBytes + 40), alignment: 16)
    defer { memory.deallocate() }
    var builder = BatchBuilder(into: memory)
    builder.begin(timestampMilliseconds: 1_000)
    let value = [UInt8](repeating: 7, count: valueBytes)
    for key in keys {
        let fits = Array(key.utf8).withUnsafeBytes { key in
            value.withUnsafeBytes { builder.append(key: key, value: $0, timestampMilliseconds: 1_000) }
        }
        precondition(fits)
    }
    return Array(builder.finish())
}
