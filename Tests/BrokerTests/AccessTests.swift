// What clients may do, by the rules: each API with and without its permission.
import Foundation
import Security
import StorageEngine
import Testing
import Vocabulary
import Wire

@testable import Broker

/// The errors by which an API denies, any of which shows that it asks; nothing: it does not ask, or leaves out what is denied.
private let denials: [Int16: [ErrorCode]] = [
    0: [.topicAuthorizationFailed, .transactionalIDAuthorizationFailed],
    1: [.topicAuthorizationFailed], 2: [.topicAuthorizationFailed], 3: [.topicAuthorizationFailed],
    8: [.groupAuthorizationFailed], 9: [.groupAuthorizationFailed],
    10: [.groupAuthorizationFailed, .transactionalIDAuthorizationFailed],
    11: [.groupAuthorizationFailed], 12: [.groupAuthorizationFailed], 13: [.groupAuthorizationFailed], 14: [.groupAuthorizationFailed],
    15: [.groupAuthorizationFailed], 16: [],
    17: [], 18: [], 36: [],
    19: [.topicAuthorizationFailed], 20: [.topicAuthorizationFailed], 21: [.topicAuthorizationFailed],
    22: [.transactionalIDAuthorizationFailed], 23: [.topicAuthorizationFailed],
    24: [.transactionalIDAuthorizationFailed], 25: [.transactionalIDAuthorizationFailed], 26: [.transactionalIDAuthorizationFailed],
    27: [.clusterAuthorizationFailed], 28: [.transactionalIDAuthorizationFailed],
    29: [.clusterAuthorizationFailed], 30: [.clusterAuthorizationFailed], 31: [.clusterAuthorizationFailed],
    32: [.topicAuthorizationFailed, .clusterAuthorizationFailed], 33: [.topicAuthorizationFailed, .clusterAuthorizationFailed],
    35: [.clusterAuthorizationFailed], 37: [.topicAuthorizationFailed],
    42: [.groupAuthorizationFailed], 44: [.topicAuthorizationFailed, .clusterAuthorizationFailed],
    47: [.groupAuthorizationFailed], 48: [.clusterAuthorizationFailed], 49: [.clusterAuthorizationFailed],
    50: [.clusterAuthorizationFailed], 51: [.clusterAuthorizationFailed],
    60: [], 61: [.topicAuthorizationFailed], 65: [.transactionalIDAuthorizationFailed], 66: [],
]

/// A broker that denies what no rule allows, and a rule's effect at once.
private struct Ruled {
    let broker: TestBroker

    init(loops: Int = 1, _ settings: [String: String] = [:], directory: String? = nil) throws {
        let all = ["authorizer.class.name": "acl", "super.users": "User:root", "sasl.enabled.mechanisms": "PLAIN"].merging(settings) { $1 }
        broker = try TestBroker(loops: loops, listeners: ["127.0.0.1:0,security=sasl", "127.0.0.1:0"], directory: directory, all)
        for user in ["root", "alice"] { try broker.add(user, "secret") }
    }

    func binding(
        _ operation: Vocabulary.Operation, _ type: ResourceType, _ name: String, user: String = "alice", _ permission: Permission = .allow,
        _ pattern: PatternType = .literal
    ) -> ACLBinding {
        ACLBinding(
            resourceType: type.rawValue, resourceName: name, patternType: pattern.rawValue, principal: "User:\(user)", host: "*",
            operation: operation.rawValue, permissionType: permission.rawValue)
    }

    func add(_ bindings: ACLBinding...) throws {
        let root = try broker.connect(as: "root")
        let answer = try root.ask(CreateAclsRequest(creations: bindings), 3, CreateAclsResponse.self)
        #expect(answer.results.map(\.errorCode) == bindings.map { _ in ErrorCode.none })
    }
}

@Suite struct AccessTests {
    /// Requests by kafka-python: every field set, or the small ones where a full one would be refused before.
    private static func request(of key: APIKey) throws -> [UInt8] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden/frames.txt")
        let variant = key == .fetch ? "small" : "full"
        let start = "\(key.name) \(APIVersions.of(key).maximum) request \(variant) "
        let line = try #require(
            String(contentsOf: path, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix(start) }, "no frame of \(start)")
        let digits = Array(line.dropFirst(start.count).utf8)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)! }
    }

    @Test(arguments: APIKey.allCases) func `an API that is asked for by somebody without any right denies it by its error`(key: APIKey) throws {
        let codes = try #require(denials[key.rawValue], "\(key.name) has no row: what does it ask for, and how does it deny?")
        guard !codes.isEmpty else { return }
        let ruled = try Ruled()
        let client = try ruled.broker.connect(listener: 1)
        try client.send(try Self.request(of: key))
        let answer = try client.receiveFrame()
        let found = codes.contains { code in
            zip(answer, answer.dropFirst()).contains { $0 == UInt8(code.rawValue >> 8) && $1 == UInt8(truncatingIfNeeded: code.rawValue) }
        }
        #expect(found, "\(key.name) answers \(answer)")
    }

    @Test func `every API has its row in the document`() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Broker/Security/ACCESS.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        for key in APIKey.allCases { #expect(text.contains(key.name), "\(key.name)") }
    }

    @Test func `records are written and read with the right to it, and what is denied leaves nothing behind`() throws {
        let ruled = try Ruled(loops: 2)
        let root = try ruled.broker.connect(as: "root")
        try root.create("t", partitions: 2)
        let alice = try ruled.broker.connect(as: "alice")
        for partition in [Int32(0), 1] {
            #expect(try alice.produce("t", partition, batch()).errorCode == .topicAuthorizationFailed)
            #expect(try alice.fetch("t", partition, from: 0).errorCode == .topicAuthorizationFailed)
            #expect(try alice.list("t", partition, -1).errorCode == .topicAuthorizationFailed)
            #expect(try root.endOffset("t", partition) == 0)
        }
        // On the same connections, at once, on whichever loop they are.
        try ruled.add(ruled.binding(.write, .topic, "t"))
        for partition in [Int32(0), 1] {
            #expect(try alice.produce("t", partition, batch()).errorCode == .none)
            #expect(try alice.fetch("t", partition, from: 0).errorCode == .topicAuthorizationFailed)
            #expect(try alice.endOffset("t", partition) == 1)
        }
        try ruled.add(ruled.binding(.read, .topic, "t"))
        #expect(try alice.fetch("t", 0, from: 0).records == stored(batch(), at: 0))
        try ruled.add(ruled.binding(.all, .topic, "*", user: "*", .deny))
        #expect(try alice.fetch("t", 1, from: 0).errorCode == .topicAuthorizationFailed)
        #expect(try alice.produce("t", 1, batch()).errorCode == .topicAuthorizationFailed)
        #expect(try root.fetch("t", 1, from: 0).errorCode == .none)
    }

    @Test func `a topic that may not be described is not there in the metadata, whether it exists or not`() throws {
        let ruled = try Ruled()
        let root = try ruled.broker.connect(as: "root")
        for name in ["seen", "hidden"] { try root.create(name) }
        try ruled.add(ruled.binding(.describe, .topic, "seen"))
        let alice = try ruled.broker.connect(as: "alice")
        let all = try alice.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self)
        #expect(all.topics.map(\.name) == ["seen"])
        let named = try alice.ask(
            MetadataRequest(topics: [.init(name: "seen"), .init(name: "hidden"), .init(name: "missing")]), 9, MetadataResponse.self)
        #expect(named.topics.map(\.errorCode) == [.none, .topicAuthorizationFailed, .topicAuthorizationFailed])
        let hidden = try #require(ruled.broker.broker.storage.topic(named: "hidden")).id
        let byID = try alice.ask(MetadataRequest(topics: [.init(topicID: hidden, name: nil)]), 12, MetadataResponse.self)
        #expect(byID.topics.map(\.errorCode) == [.unknownTopicID])
        // Describing a missing one is not making it.
        try ruled.add(ruled.binding(.describe, .topic, "m", .allow, .prefixed))
        let missing = try alice.ask(MetadataRequest(topics: [.init(name: "missing")]), 9, MetadataResponse.self)
        #expect(missing.topics.map(\.errorCode) == [.topicAuthorizationFailed])
        #expect(ruled.broker.broker.storage.topic(named: "missing") == nil)
        try ruled.add(ruled.binding(.create, .topic, "missing"))
        let made = try alice.ask(MetadataRequest(topics: [.init(name: "missing")]), 9, MetadataResponse.self)
        #expect(made.topics.map(\.errorCode) == [.none])
    }

    @Test func `rules survive a restart, are listed and go`() throws {
        var ruled = try Ruled()
        ruled.broker.keepsFiles = true
        let directory = ruled.broker.directory
        defer { removeTree(directory) }
        try ruled.add(ruled.binding(.read, .topic, "t"), ruled.binding(.write, .topic, "t"), ruled.binding(.all, .group, "g", .deny, .prefixed))
        try ruled.broker.stop()
        ruled = try Ruled(directory: directory)
        let root = try ruled.broker.connect(as: "root")
        let topics = ACLFilter(resourceType: 2, patternType: 1, operation: 1, permissionType: 1)
        let listed = try root.ask(DescribeAclsRequest(filter: topics), 3, DescribeAclsResponse.self)
        #expect(listed.resources.map(\.resourceName) == ["t"])
        #expect(Set(listed.resources[0].acls.map(\.operation)) == [3, 4])
        let deleted = try root.ask(DeleteAclsRequest(filters: [topics]), 3, DeleteAclsResponse.self)
        #expect(Set(deleted.filterResults[0].matchingAcls.map(\.binding.operation)) == [3, 4])
        let everything = ACLFilter(resourceType: 1, patternType: 1, operation: 1, permissionType: 1)
        let left = try root.ask(DescribeAclsRequest(filter: everything), 1, DescribeAclsResponse.self)
        #expect(left.resources.map(\.resourceName) == ["g"] && left.resources[0].patternType == 4)
    }

    @Test func `a rule that can't be is refused, and those beside it are made`() throws {
        let ruled = try Ruled()
        let root = try ruled.broker.connect(as: "root")
        var wrong = ruled.binding(.read, .topic, "t")
        wrong.operation = 77
        var nobody = ruled.binding(.read, .topic, "t")
        nobody.principal = "alice"
        let request = CreateAclsRequest(creations: [wrong, ruled.binding(.read, .topic, "t"), nobody, ruled.binding(.read, .cluster, "other")])
        let answer = try root.ask(request, 3, CreateAclsResponse.self)
        #expect(answer.results.map(\.errorCode) == [.invalidRequest, .none, .invalidRequest, .invalidRequest])
        #expect(ruled.broker.broker.authorizer?.rules.all.count == 1)
        let unknown = ACLFilter(resourceType: 0, operation: 1, permissionType: 1)
        #expect(try root.ask(DescribeAclsRequest(filter: unknown), 3, DescribeAclsResponse.self).errorCode == .invalidRequest)
    }

    @Test func `without an authorizer everything is allowed, and there are no rules to change`() throws {
        let broker = try TestBroker()
        let client = try broker.connect()
        try client.create("t")
        #expect(try client.produce("t", batch()).errorCode == .none)
        let filter = ACLFilter(resourceType: 1, patternType: 1, operation: 1, permissionType: 1)
        #expect(try client.ask(DescribeAclsRequest(filter: filter), 3, DescribeAclsResponse.self).errorCode == .securityDisabled)
        let deleted = try client.ask(DeleteAclsRequest(filters: [filter]), 3, DeleteAclsResponse.self)
        #expect(deleted.filterResults.map(\.errorCode) == [.securityDisabled])
    }

    @Test func `what no rule is about is everybody's where the broker is told so`() throws {
        let ruled = try Ruled(["allow.everyone.if.no.acl.found": "true"])
        let alice = try ruled.broker.connect(as: "alice")
        try alice.create("t")
        #expect(try alice.produce("t", batch()).errorCode == .none)
        try ruled.add(ruled.binding(.write, .topic, "t", user: "bob"))
        #expect(try alice.produce("t", batch()).errorCode == .topicAuthorizationFailed)
    }
}
