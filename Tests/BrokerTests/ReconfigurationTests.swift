import Foundation
import Testing
import Wire

@testable import Broker

@Suite struct ReconfigurationTests {
    /// Values that differ from the defaults, for keys whose kind does not say one.
    private static let values = [
        "auto.create.topics.enable": "false", "logger.level": "error", "max.connections": "99", "metrics.max.partitions": "9",
        "num.partitions": "7", "residency.sample.interval": "3", "drain.timeout.ms": "123", "fetch.max.bytes": "4096",
        "socket.request.max.bytes": "5000",
    ]

    @Test func `every key that is live is in the table, and is taken over alone`() throws {
        #expect(Reconfiguration.liveKeys.isSubset(of: ConfigurationTable.names))
        #expect(Reconfiguration.liveKeys == Set(Self.values.keys))
        for (name, value) in Self.values {
            var (current, new) = (BrokerConfiguration(), BrokerConfiguration())
            try new.set(name, value, at: "test")
            try new.set("log.segment.bytes", "4096", at: "test")
            let result = Reconfiguration.merge(new, into: &current)
            #expect(result.applied == [name])
            #expect(result.awaitingRestart == ["log.segment.bytes"])
            let key = try #require(ConfigurationTable.keys.first { $0.name == name })
            #expect(key.read(current) == value)
            #expect(Reconfiguration.merge(BrokerConfiguration(), into: &current).applied == [name], "back to the default")
            #expect(key.read(current) == key.read(BrokerConfiguration()))
        }
    }

    @Test func `every other key that differs is named as one that waits, secrets too`() throws {
        for key in ConfigurationTable.keys where key.kind == .password {
            var (current, new) = (BrokerConfiguration(), BrokerConfiguration())
            #expect(Reconfiguration.merge(new, into: &current) == Reconfiguration())
            try new.set(key.name, "hunter2", at: "test")
            #expect(Reconfiguration.merge(new, into: &current) == Reconfiguration(awaitingRestart: [key.name]))
            var same = new
            #expect(Reconfiguration.merge(new, into: &same) == Reconfiguration())
            try current.set(key.name, "hunter3", at: "test")
            #expect(Reconfiguration.merge(new, into: &current) == Reconfiguration(awaitingRestart: [key.name]))
            #expect(Reconfiguration.merge(BrokerConfiguration(), into: &current) == Reconfiguration(awaitingRestart: [key.name]))
        }
    }

    @Test func `OPERATIONS.md lists the keys that are live, and no other`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Sources/tidemarkd/OPERATIONS.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(rows == Reconfiguration.liveKeys.sorted())
    }

    @Test func `a running broker obeys what is taken over`() throws {
        let server = try TestBroker(["fetch.max.bytes": "1024"])
        let client = try server.connect()
        _ = try client.ask(MetadataRequest(topics: [.init(name: "one")], allowAutoTopicCreation: true), 12, MetadataResponse.self)
        for _ in 0..<4 { _ = try client.produce("one", batch(1, valueBytes: 2_000)) }
        func fetched() throws -> Int { try client.fetch("one", from: 0).records?.count ?? 0 }
        let batchBytes = batch(1, valueBytes: 2_000).count
        #expect(try fetched() == batchBytes)

        var new = server.broker.configuration
        for (name, value) in ["num.partitions": "3", "auto.create.topics.enable": "true", "max.connections": "1", "fetch.max.bytes": "10000000"] {
            try new.set(name, value, at: "test")
        }
        #expect(server.broker.reconfigure(new) == Reconfiguration(applied: ["fetch.max.bytes", "max.connections", "num.partitions"]))
        #expect(try fetched() == 4 * batchBytes)
        #expect(try server.connect().isClosedByPeer(), "one connection is open already")
        let made = try client.ask(MetadataRequest(topics: [.init(name: "two")], allowAutoTopicCreation: true), 12, MetadataResponse.self)
        #expect(made.topics[0].partitions.count == 3)

        try new.set("auto.create.topics.enable", "false", at: "test")
        #expect(server.broker.reconfigure(new).applied == ["auto.create.topics.enable"])
        let missing = try client.ask(MetadataRequest(topics: [.init(name: "three")], allowAutoTopicCreation: true), 12, MetadataResponse.self)
        #expect(missing.topics[0].errorCode == .unknownTopicOrPartition)
    }

    @Test(arguments: [("9644", "127.0.0.1:9644"), (":9644", "127.0.0.1:9644"), ("0.0.0.0:1", "0.0.0.0:1"), ("[::1]:0", "[::1]:0")])
    func `a metrics port alone is one of the loopback address`(text: String, address: String) throws {
        #expect(try Endpoint(metrics: text).description == address)
    }

    @Test(arguments: ["", "host", "70000", "a:b"]) func `a metrics address that is none is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try Endpoint(metrics: text) }
    }
}
