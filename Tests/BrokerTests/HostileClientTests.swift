// Bytes that no client of ours would send.
import CLinux
import Testing
import Wire

@testable import Broker

@Suite struct HostileClientTests {
    static let garbage: [[UInt8]] = [
        [0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0x7f, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0, 0, 0, 1, 7],
        Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [0, 0, 0, 8, 0, 99, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff], [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff],
    ]

    @Test(arguments: garbage)
    func `garbage closes its connection and no other`(bytes: [UInt8]) throws {
        let server = try TestBroker()
        let bystander = try server.connect()
        let hostile = try server.connect()
        try hostile.send(bytes)
        #expect(hostile.isClosedByPeer())
        #expect(try bystander.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self).errorCode == .none)
        #expect(server.counter("errors") == 1)
    }

    @Test func `every cut of a produce request leaves the log as it was`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let whole = client.frame(produceRequest("t", [(0, batch(2))]), 9)
        for cut in 9..<whole.count {
            // The frame's length is made to fit, so that the cut is inside the message.
            let body = Array(whole[4..<cut])
            let hostile = try server.connect()
            try hostile.send(withUnsafeBytes(of: Int32(body.count).bigEndian) { Array($0) } + body)
            _ = clinux_shutdown_write(hostile.fd)
            _ = hostile.isClosedByPeer()
        }
        #expect(try client.endOffset("t") == 0)
    }

    @Test func `an ApiVersions version from the future is answered in version 0 with error 35`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        // Header v2 of a version nobody knows, with a tag nobody knows.
        let body: [UInt8] = [0, 18, 0, 77, 0, 0, 0, 42, 0, 1, 0x78, 1, 9, 2, 0xaa, 0xbb, 0xde, 0xad]
        try client.send([0, 0, 0, UInt8(body.count)] + body)
        let answer = try client.receiveFrame()
        #expect(Array(answer[..<10]) == [0, 0, 0, 42, 0, 35, 0, 0, 0, UInt8(APIKey.allCases.count)])
        #expect(answer.count == 10 + 6 * APIKey.allCases.count)
        #expect(try client.ask(ApiVersionsRequest.ofTests, 4, ApiVersionsResponse.self).apiKeys.count == APIKey.allCases.count)
    }

    @Test(arguments: [Int16(0), 1, 2])
    func `produce of old record formats is refused with error 35, not a closed connection`(version: Int16) throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        #expect(try client.produce("t", batch(), version: version).errorCode == .unsupportedVersion)
        #expect(try client.produce("t", batch()).errorCode == .none)
    }

    @Test func `a damaged batch is refused whatever byte is damaged, and a whole one is taken after it`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let good = batch(3)
        // Behind the offset and the leader epoch, which the broker sets, every bit matters.
        for place in good.indices where place >= 8 && !(12..<16).contains(place) {
            var damaged = good
            damaged[place] ^= 0x10
            let outcome = try client.produce("t", damaged)
            #expect(outcome.errorCode == .corruptMessage || outcome.errorCode == .invalidRecord, "byte \(place): \(outcome.errorCode)")
            #expect(outcome.baseOffset == -1)
        }
        #expect(try client.produce("t", good).baseOffset == 0)
        #expect(try client.fetch("t", from: 0).records == stored(good, at: 0))
    }

    @Test func `refused batches of one request do not hold up the others`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", partitions: 2)
        var bad = batch()
        bad[bad.count - 1] ^= 1
        let request = produceRequest("t", [(0, bad), (1, batch()), (7, batch()), (0, nil), (0, batch() + batch())])
        let partitions = try client.ask(request, 9, ProduceResponse.self).topics[0].partitions
        #expect(partitions.map(\.errorCode) == [.corruptMessage, .none, .unknownTopicOrPartition, .invalidRecord, .invalidRecord])
        #expect(partitions.map(\.baseOffset) == [-1, 0, -1, -1, -1])
        #expect(try client.produce("nowhere", batch()).errorCode == .unknownTopicOrPartition)
        #expect(try client.produce("t", batch(), acks: 2).errorCode == .invalidRequiredAcks)
    }

    @Test func `a peer that hangs up half-way gets the answers to what it asked`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        try client.send(produceRequest("t", [(0, batch())]), 9)
        try client.send(fetchRequest("t", [(0, 1, 1_000)], waitMilliseconds: 60_000), 12)
        try client.send([0, 0, 1, 0, 1, 2])
        _ = clinux_shutdown_write(client.fd)
        #expect(try client.response(ProduceResponse.self, 9).body.topics[0].partitions[0].baseOffset == 0)
        #expect(try client.response(FetchResponse.self, 12).body.topics[0].partitions[0].records?.isEmpty != false)
        #expect(client.isClosedByPeer())
    }

    @Test func `a peer that asks much and reads nothing is read from no more, and costs bounded memory`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["max.message.bytes": "2000000"])
        for _ in 0..<8 { _ = try client.produce("t", batch(1, valueBytes: 900_000)) }
        let greedy = try server.connect()
        _ = clinux_set_buffers(greedy.fd, 0, 65_536)
        let request = greedy.frame(fetchRequest("t", [(0, 0, 8_000_000)]), 12)
        for _ in 0..<200 { try greedy.send(request) }
        // What is under way is bounded by the limit on unread answers, not by what was asked.
        for _ in 0..<50 { _ = try client.endOffset("t") }
        #expect(server.counter("requests_fetch") < 20)
        for _ in 0..<200 { #expect(try greedy.receiveFrame().count > 7_000_000) }
        #expect(server.counter("requests_fetch") == 200)
    }

    @Test func `more incomplete requests than the budget holds end their connections, and memory is had again after`() throws {
        let server = try TestBroker(["queued.max.bytes": "4000000"])
        let start: [UInt8] = withUnsafeBytes(of: Int32(3_000_000).bigEndian) { Array($0) } + [UInt8](repeating: 0, count: 100_000)
        let first = try server.connect()
        try first.send(start)
        let second = try server.connect()
        try second.send(withUnsafeBytes(of: Int32(50_000_000).bigEndian) { Array($0) } + [UInt8](repeating: 0, count: 100_000))
        #expect(second.isClosedByPeer())
        first.close()
        let client = try server.connect()
        #expect(try client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self).errorCode == .none)
    }
}
