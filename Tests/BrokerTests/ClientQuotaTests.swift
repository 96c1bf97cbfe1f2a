// Client quotas over the wire: set, shown, remembered, and felt.
import Bytes
import Glibc
import Host
import Testing
import Vocabulary
import Wire

@testable import Broker

extension RawClient {
    /// Sets or, with nil, removes quotas of one entity; the first entry's error.
    fileprivate func alter(
        _ entity: [QuotaEntityPart], _ values: [String: Double?], validateOnly: Bool = false
    ) throws -> ErrorCode {
        let operations = values.map { AlterClientQuotasRequest.Operation(key: $0.key, value: $0.value ?? 0, removes: $0.value == nil) }
        let request = AlterClientQuotasRequest(entries: [.init(entity: entity, operations: operations)], validateOnly: validateOnly)
        return try #require(try ask(request, 1, AlterClientQuotasResponse.self).entries.first).errorCode
    }

    fileprivate func quotas(
        _ components: [DescribeClientQuotasRequest.Component] = [], isStrict: Bool = false
    ) throws -> [[QuotaEntityPart]: [String: Double]] {
        let request = DescribeClientQuotasRequest(components: components, isStrict: isStrict)
        let response = try ask(request, 1, DescribeClientQuotasResponse.self)
        #expect(response.errorCode == .none)
        var quotas: [[QuotaEntityPart]: [String: Double]] = [:]
        for entry in response.entries ?? [] {
            quotas[entry.entity] = Dictionary(uniqueKeysWithValues: entry.values.map { ($0.key, $0.value) })
        }
        return quotas
    }
}

private func user(_ name: String?) -> QuotaEntityPart { .init(type: QuotaEntityPart.user, name: name) }
private func clientID(_ name: String?) -> QuotaEntityPart { .init(type: QuotaEntityPart.clientID, name: name) }

@Suite struct ClientQuotaTests {
    @Test func `what can't be a quota is refused and changes nothing`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        let rate = "producer_byte_rate"
        #expect(try client.alter([], [rate: 5]) == .invalidRequest)
        #expect(try client.alter([user("")], [rate: 5]) == .invalidRequest)
        #expect(try client.alter([user("a"), user("b")], [rate: 5]) == .invalidRequest)
        #expect(try client.alter([.init(type: "ip", name: "1.2.3.4")], ["connection_creation_rate": 5]) == .invalidRequest)
        for key in ["request_percentage", "controller_mutation_rate", "nonsense"] {
            #expect(try client.alter([user("a")], [key: 5]) == .invalidRequest, "\(key)")
        }
        for value in [0, -1, 0.5, .infinity, .nan, 1e30] {
            #expect(try client.alter([user("a")], [rate: value]) == .invalidRequest, "\(value)")
        }
        #expect(try client.alter([user("a")], [rate: 5], validateOnly: true) == .none)
        #expect(try client.quotas().isEmpty)
        let twice = AlterClientQuotasRequest(entries: [
            .init(entity: [user("a")], operations: [.init(key: rate, value: 5)]),
            .init(entity: [user("a")], operations: [.init(key: rate, value: 6)]),
        ])
        #expect(try client.ask(twice, 0, AlterClientQuotasResponse.self).entries.map(\.errorCode) == [.none, .invalidRequest])
        #expect(try client.quotas() == [[user("a")]: [rate: 5]])
    }

    @Test func `a filter shows what it names`() throws {
        typealias Component = DescribeClientQuotasRequest.Component
        let server = try TestBroker()
        let client = try server.connect()
        let entities = [[user("a")], [user(nil)], [clientID("x")], [clientID(nil)], [user("a"), clientID("x")], [user("a"), clientID(nil)]]
        for (place, entity) in entities.enumerated() {
            #expect(try client.alter(entity, ["consumer_byte_rate": Double(place + 1)]) == .none)
        }
        func shown(_ components: [Component], isStrict: Bool = false) throws -> Set<[QuotaEntityPart]> {
            Set(try client.quotas(components, isStrict: isStrict).keys)
        }
        #expect(try shown([]) == Set(entities))
        #expect(try shown([], isStrict: true).isEmpty)
        let a = Component(entityType: "user", matchType: Component.exact, match: "a")
        #expect(try shown([a]) == [[user("a")], [user("a"), clientID("x")], [user("a"), clientID(nil)]])
        #expect(try shown([a], isStrict: true) == [[user("a")]])
        #expect(try shown([Component(entityType: "user", matchType: Component.isDefault)]) == [[user(nil)]])
        let anyClient = Component(entityType: "client-id", matchType: Component.any)
        #expect(try shown([anyClient], isStrict: true) == [[clientID("x")], [clientID(nil)]])
        #expect(try shown([a, anyClient]) == [[user("a"), clientID("x")], [user("a"), clientID(nil)]])
        for (component, error) in [
            (Component(entityType: "ip", matchType: Component.any), ErrorCode.unsupportedVersion),
            (Component(entityType: "user", matchType: Component.exact), .invalidRequest),
            (Component(entityType: "user", matchType: 9), .invalidRequest),
        ] {
            let response = try client.ask(DescribeClientQuotasRequest(components: [component]), 0, DescribeClientQuotasResponse.self)
            #expect(response.errorCode == error && response.entries == nil && response.errorMessage != nil)
        }
        #expect(try client.ask(DescribeClientQuotasRequest(components: [a, a]), 1, DescribeClientQuotasResponse.self).errorCode == .invalidRequest)
    }

    @Test func `quotas survive a restart, and on a damaged file a broker says so and does not start`() throws {
        let server = try TestBroker(dataDirectories: ["one", "two"])
        server.keepsFiles = true
        defer { removeTree(server.directory) }
        let client = try server.connect()
        #expect(try client.alter([user("a b")], ["producer_byte_rate": 5, "consumer_byte_rate": 6]) == .none)
        #expect(try client.alter([clientID(nil)], ["producer_byte_rate": 7]) == .none)
        #expect(try client.alter([clientID(nil)], ["producer_byte_rate": Double?.none]) == .none)
        try server.stop()
        let expected = [[user("a b")]: ["producer_byte_rate": 5.0, "consumer_byte_rate": 6]]
        func damage(_ directory: String) throws {
            let file = clinuxOpen("\(server.directory)/\(directory)/client-quotas")
            #expect(file >= 0 && pwrite(file, "X", 1, 9) == 1)
            close(file)
        }
        // One copy is enough.
        try damage("one")
        let again = try TestBroker(directory: server.directory, dataDirectories: ["one", "two"])
        again.keepsFiles = true
        #expect(try again.connect().quotas() == expected)
        try again.stop()
        try damage("two")
        #expect(throws: (any Error).self) {
            try TestBroker(directory: server.directory, dataDirectories: ["one", "two"]).keepsFiles = true
        }
    }

    private func clinuxOpen(_ path: String) -> Int32 { open(path, O_RDWR) }

    @Test(arguments: [1, 2]) func `who produces too much is told for how long, and is not read from meanwhile`(loops: Int) throws {
        let server = try TestBroker(loops: loops, ["quota.window.num": "2"])
        let client = try server.connect()
        try client.create("t", partitions: 2)
        let bytes = batch(1, valueBytes: 9_000)
        func produce(_ partition: Int32) throws -> Int32 {
            try client.ask(produceRequest("t", [(partition, bytes)]), 9, ProduceResponse.self).throttleMilliseconds
        }
        #expect(try produce(0) == 0)
        #expect(try client.alter([clientID("test")], ["producer_byte_rate": 5_000]) == .none)
        // Within one window of a second: 9 kB take 0.8 s too much.
        let start = MonotonicClock.now()
        let throttle = try produce(1)
        #expect(throttle > 500 && throttle <= 2_000)
        _ = try client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self)
        let waited = MonotonicClock.now() - start
        #expect(waited >= UInt64(throttle) * 1_000_000, "\(waited) ns for \(throttle) ms")
        #expect(server.counter("requests_throttled") >= 1)
        #expect(try client.alter([clientID("test")], ["producer_byte_rate": Double?.none]) == .none)
        for partition in Int32(0)..<2 { for _ in 0..<5 { #expect(try produce(partition) == 0) } }
        #expect(try client.endOffset("t", 0) + client.endOffset("t", 1) == 12)
    }

    @Test func `a quota holds for all connections of a client together, on whatever loop, and for no other client`() throws {
        let server = try TestBroker(loops: 2)
        let clients = try (0..<4).map { _ in try server.connect() }
        try clients[0].create("t")
        #expect(try clients[0].alter([clientID("test")], ["producer_byte_rate": 1_000]) == .none)
        let bytes = batch(1, valueBytes: 2_900)
        // Ten windows of 1,000 bytes: three of these fit, whoever sends them.
        var throttles: [Int32] = []
        for client in clients {
            throttles.append(try client.ask(produceRequest("t", [(0, bytes)]), 9, ProduceResponse.self).throttleMilliseconds)
        }
        #expect(throttles[..<3].allSatisfy { $0 == 0 } && throttles[3] > 0, "\(throttles)")
        #expect(try clients[0].alter([clientID("other")], ["producer_byte_rate": 1]) == .none)
        #expect(try clients[0].alter([clientID("test")], ["producer_byte_rate": Double?.none]) == .none)
        let free = try server.connect()
        #expect(try free.ask(produceRequest("t", [(0, bytes)]), 9, ProduceResponse.self).throttleMilliseconds == 0)
    }

    @Test func `who fetches too much gets nothing for a while, and everything in the end`() throws {
        let server = try TestBroker(["quota.window.num": "2"])
        let producer = try server.connect()
        try producer.create("t")
        let bytes = batch(1, valueBytes: 4_000)
        for _ in 0..<4 { _ = try producer.produce("t", bytes) }
        #expect(try producer.alter([user("ANONYMOUS")], ["consumer_byte_rate": 5_000]) == .none)
        let client = try server.connect()
        var offset: Offset = 0
        var throttled = 0
        let start = MonotonicClock.now()
        while offset < 4 {
            let response = try client.ask(fetchRequest("t", [(0, offset, 100_000)]), 12, FetchResponse.self)
            #expect(response.errorCode == .none)
            if response.throttleMilliseconds > 0 { throttled += 1 }
            guard let records = response.topics.first?.partitions.first?.records, !records.isEmpty else { continue }
            // A quota's windows bound an answer too, as max_bytes does.
            #expect(records == stored(bytes, at: offset))
            offset += 1
        }
        #expect(throttled > 0)
        // 16 kB at 5 kB/s, of which the windows give two seconds' worth at most in advance.
        #expect(MonotonicClock.now() - start >= 1_000_000_000)
    }

    @Test func `a batch that is larger than a quota ever allows is fetched all the same`() throws {
        let server = try TestBroker(["quota.window.num": "2"])
        let client = try server.connect()
        try client.create("t")
        let bytes = batch(1, valueBytes: 50_000)
        _ = try client.produce("t", bytes)
        #expect(try client.alter([clientID(nil)], ["consumer_byte_rate": 1_000]) == .none)
        let response = try client.ask(fetchRequest("t", [(0, 0, 100)], minBytes: 1 << 20, waitMilliseconds: 60_000), 12, FetchResponse.self)
        #expect(response.topics[0].partitions[0].records == stored(bytes, at: 0))
        #expect(response.throttleMilliseconds > 10_000)
        // It leaves before its time is over.
        client.close()
        #expect(try server.connect().endOffset("t") == 1)
    }

    @Test func `a throttled fetch keeps its session, and the session its news`() throws {
        let server = try TestBroker(["quota.window.num": "2"])
        let client = try server.connect()
        try client.create("t")
        var request = fetchRequest("t", [(0, 0, 100_000)])
        request.sessionEpoch = 0
        request.sessionID = try client.ask(request, 12, FetchResponse.self).sessionID
        #expect(request.sessionID != 0)
        let bytes = batch(1, valueBytes: 4_000)
        _ = try client.produce("t", bytes)
        #expect(try client.alter([clientID("test")], ["consumer_byte_rate": 4_000]) == .none)
        request.topics = []
        var answers: [FetchResponse] = []
        for epoch in Int32(1)...4 {
            request.sessionEpoch = epoch
            answers.append(try client.ask(request, 12, FetchResponse.self))
        }
        #expect(answers.allSatisfy { $0.errorCode == .none && $0.sessionID == request.sessionID })
        let throttled = answers.filter { $0.throttleMilliseconds > 0 && $0.topics.isEmpty }
        let full = answers.filter { $0.topics.first?.partitions.first?.records == stored(bytes, at: 0) }
        #expect(!throttled.isEmpty && full.count >= 1 && throttled.count + full.count == 4)
    }

    @Test func `a muted client that goes away, and a broker that stops, wait for nothing`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        #expect(try client.alter([clientID("test")], ["producer_byte_rate": 1]) == .none)
        #expect(try client.ask(produceRequest("t", [(0, batch())]), 9, ProduceResponse.self).throttleMilliseconds > 10_000)
        let other = try server.connect()
        try other.send(produceRequest("t", [(0, batch())], acks: 0), 9)
        client.close()
        let start = MonotonicClock.now()
        try server.stop()
        #expect(MonotonicClock.now() - start < 10_000_000_000)
    }
}
