import Foundation
import NIOSSL
import Synchronization
import Testing
import Wire

@testable import Broker
@testable import TLS

/// What is refused first, then what is served.
@Suite struct TLSListenerTests {
    @Test(arguments: HostileClientTests.garbage + [[0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0], [UInt8](repeating: 0x16, count: 70_000)])
    func `garbage on a TLS port closes its connection and no other`(bytes: [UInt8]) throws {
        let server = try TestBroker.withTLS([""], ["socket.connection.setup.timeout.ms": "1500"])
        let bystander = try server.connectTLS()
        #expect(isServed(bystander))
        let hostile = try server.connect(listener: 1)
        try? hostile.send(bytes)
        #expect(hostile.isClosedByPeer())
        #expect(isServed(bystander))
        #expect(server.counterReaches("handshakes_failed", 1))
        #expect(server.counter("connections_open") == 1)
    }

    @Test func `a plain client of a TLS port and a TLS client of a plain port are closed, not hung`() throws {
        let server = try TestBroker.withTLS([""])
        let plain = try server.connect(listener: 1)
        try plain.send(ApiVersionsRequest.ofTests, 3)
        #expect(plain.isClosedByPeer())
        let encrypted = try server.connectTLS(listener: 0)
        #expect(encrypted.isClosedByPeer())
        #expect(isServed(try server.connect()))
        #expect(isServed(try server.connectTLS()))
    }

    @Test func `a handshake that stops half way is closed in time, and so is one that never begins`() throws {
        let server = try TestBroker.withTLS([""], ["socket.connection.setup.timeout.ms": "300"])
        let silent = try server.connect(listener: 1)
        let halfway = try server.connect(listener: 1)
        // The front of a ClientHello that announces more than ever comes.
        try halfway.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
        #expect(silent.isClosedByPeer())
        #expect(halfway.isClosedByPeer())
        #expect(server.counterReaches("handshakes_failed", 2))
    }

    @Test func `a finished handshake without a request is closed in time`() throws {
        let server = try TestBroker.withTLS([""], ["socket.connection.setup.timeout.ms": "500"])
        let client = try server.connectTLS()
        #expect(client.isClosedByPeer())
        #expect(server.counterReaches("connections_expired", 1))
    }

    @Test func `unfinished handshakes beyond the limit displace the oldest, and whoever finishes gets in`() throws {
        let server = try TestBroker.withTLS([""])
        let first = try server.connect(listener: 1)
        // Sockets are dear: the limit is met with one loop's share of it.
        let crowd = try (0..<TLSTerminator.handshakeLimit).map { _ in try server.connect(listener: 1) }
        #expect(first.isClosedByPeer())
        #expect(isServed(try server.connectTLS()))
        #expect(crowd.count == TLSTerminator.handshakeLimit)
    }

    @Test(arguments: [nil, "stranger", "expired"] as [String?])
    func `a client whose certificate is missing, of another authority or expired is not served where one is required`(name: String?) throws {
        let server = try TestBroker.withTLS([",ssl.client.auth=required"])
        let client = try server.connectTLS(certificate: name)
        #expect(!isServed(client))
        #expect(client.isClosedByPeer())
        #expect(server.counterReaches("handshakes_failed", 1))
        #expect(isServed(try server.connectTLS(certificate: "ann")))
    }

    @Test func `where a certificate is requested none is fine and a bad one is not`() throws {
        let server = try TestBroker.withTLS([""], ["ssl.client.auth": "requested"])
        #expect(isServed(try server.connectTLS()))
        #expect(isServed(try server.connectTLS(certificate: "ann")))
        #expect(!isServed(try server.connectTLS(certificate: "stranger")))
    }

    @Test func `versions before the oldest allowed are refused`() throws {
        let server = try TestBroker.withTLS([""], ["ssl.enabled.protocols": "TLSv1.3"])
        #expect(!isServed(try server.connectTLS(newest: .tlsv12)))
        #expect(isServed(try server.connectTLS()))
        let usual = try TestBroker.withTLS([""])
        #expect(!isServed(try usual.connectTLS(newest: .tlsv11)))
        #expect(isServed(try usual.connectTLS(newest: .tlsv12)))
    }

    @Test func `the principal is the subject of the certificate that was proved, else nobody's`() throws {
        let server = try TestBroker.withTLS(["", ",ssl.client.auth=required"])
        func principals() -> [String] {
            let found = Found()
            server.broker.post(to: 0) { shard in found.principals.withLock { $0 = shard.clients.map(\.principal) } }
            while true {
                if let principals = found.principals.withLock({ $0 }) { return principals }
                usleep(1_000)
            }
        }
        let ann = try server.connectTLS(listener: 2, certificate: "ann")
        #expect(isServed(ann))
        #expect(principals() == ["User:CN=ann,O=Example,C=DE"])
        // Not asked for it, so it is not proved.
        let nobody = try server.connectTLS(listener: 1, certificate: "ann")
        #expect(isServed(nobody))
        #expect(principals().last == "User:ANONYMOUS")
    }

    @Test(arguments: [1, 3])
    func `what is produced in plain is fetched encrypted, and the other way round, to the byte`(loops: Int) throws {
        let server = try TestBroker.withTLS([""], loops: loops)
        let plain = try server.connect()
        let encrypted = try server.connectTLS()
        try plain.create("t")
        let batches = (0..<40).map { batch(4, valueBytes: 20_000, seed: UInt8($0)) }
        for (index, bytes) in batches.enumerated() {
            #expect(try (index % 2 == 0 ? plain : encrypted).produce("t", bytes).errorCode == .none)
        }
        let log = batches.enumerated().flatMap { stored($1, at: Int64($0 * 4)) }
        for client in [plain, encrypted] {
            #expect(try client.fetch("t", from: 0, maxBytes: 16 << 20).records == log)
        }
        // Bytes that are encrypted were copied.
        #expect(server.counter("fetch_bytes_zero_copy") < server.counter("fetch_bytes_served"))
    }

    @Test func `a frame larger than every buffer on its way arrives whole`() throws {
        let server = try TestBroker.withTLS([""], ["message.max.bytes": "8388608"])
        let client = try server.connectTLS()
        try client.create("t", ["max.message.bytes": "8388608"])
        let large = batch(1, valueBytes: 6_000_000)
        #expect(try client.produce("t", large).errorCode == .none)
        #expect(try client.fetch("t", from: 0, maxBytes: 16 << 20).records == stored(large, at: 0))
    }

    @Test func `a peer that stops reading stops being read, and reads everything in the end`() throws {
        let server = try TestBroker.withTLS([""])
        let client = try server.connectTLS()
        try client.create("t")
        let large = batch(1, valueBytes: 900_000)
        #expect(try client.produce("t", large).errorCode == .none)
        for _ in 0..<100 { try client.send(fetchRequest("t", [(0, 0, 1 << 20)]), 12) }
        // The answers that nobody takes fill the buffers on their way and no more.
        #expect(isServed(try server.connectTLS()))
        for _ in 0..<100 {
            let answer = try client.response(FetchResponse.self, 12).body
            #expect(answer.topics[0].partitions[0].records == stored(large, at: 0))
        }
    }

    @Test func `what was answered before a shutdown reaches a TLS client, which is then said goodbye to`() throws {
        let server = try TestBroker.withTLS([""])
        let client = try server.connectTLS()
        try client.create("t")
        for _ in 0..<50 { try client.send(produceRequest("t", [(0, batch(2))]), 9) }
        for _ in 0..<50 { #expect(try client.response(ProduceResponse.self, 9).body.topics[0].partitions[0].errorCode == .none) }
        server.broker.drain()
        #expect(client.isClosedByPeer())
        try server.stop()
    }

    @Test func `renewed files count for the connections that come, unusable ones for none`() throws {
        let certificates = try TestCertificates.shared.get()
        let directory = "/tmp/tidemark-test-renewal-\(getpid())"
        mkdir(directory, 0o755)
        defer { removeTree(directory) }
        func install(_ name: String) throws {
            let key = try String(contentsOfFile: certificates.path("\(name).key"), encoding: .utf8)
            let chain = try String(contentsOfFile: certificates.path("\(name).crt"), encoding: .utf8)
            try (key + chain).write(toFile: "\(directory)/store.pem", atomically: true, encoding: .utf8)
        }
        try install("broker")
        let server = try TestBroker.withTLS([""], ["ssl.keystore.location": "\(directory)/store.pem"])
        let before = try server.connectTLS()
        #expect(isServed(before))
        try "nothing".write(toFile: "\(directory)/store.pem", atomically: true, encoding: .utf8)
        #expect(server.broker.reconfigure(server.broker.configuration) == Reconfiguration())
        #expect(isServed(try server.connectTLS()))
        // One that the client has no reason to trust: that it is refused shows that it is in force.
        try install("stranger")
        #expect(server.broker.reconfigure(server.broker.configuration) == Reconfiguration())
        #expect(!isServed(try server.connectTLS()))
        #expect(isServed(before))
        try install("broker")
        _ = server.broker.reconfigure(server.broker.configuration)
        #expect(isServed(try server.connectTLS()))
    }

    @Test func `a broker whose certificate can't be used does not start, and says why`() throws {
        #expect(throws: ConfigurationError("a listener with security=tls needs a certificate: set ssl.keystore.location, or ssl.certificate.location and ssl.key.location")) {
            _ = try TestBroker(listeners: ["127.0.0.1:0,security=tls"])
        }
        #expect(throws: ConfigurationError("/nowhere.pem: No such file or directory")) {
            _ = try TestBroker(listeners: ["127.0.0.1:0,security=tls"], ["ssl.keystore.location": "/nowhere.pem"])
        }
    }
}

/// What a shard answers a test.
private final class Found: Sendable {
    let principals = Mutex<[String]?>(nil)
}
