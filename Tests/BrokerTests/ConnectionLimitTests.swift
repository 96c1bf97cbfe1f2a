import Glibc
import TLS
import Testing
import Wire

@testable import Broker

@Suite struct ConnectionLimitTests {
    @Test func `no address gets more connections than its limit, and a closed one makes room`() throws {
        let server = try TestBroker(["max.connections.per.ip": "3"])
        var clients = try (0..<3).map { _ in try server.connect() }
        #expect(clients.allSatisfy(isServed))
        #expect(try server.connect().isClosedByPeer())
        #expect(server.counterReaches("connections_refused", 1))
        #expect(clients.allSatisfy(isServed))
        clients.removeLast().close()
        #expect(server.counterReaches("connections_open", 2))
        #expect(isServed(try server.connect()))
    }

    @Test func `TLS connections count from their accept on, and until their own socket is closed`() throws {
        let server = try TestBroker.withTLS([""], ["max.connections.per.ip": "2", "socket.connection.setup.timeout.ms": "1500"])
        let unfinished = try server.connect(listener: 1)
        let client = try server.connectTLS()
        #expect(isServed(client))
        #expect(try server.connect().isClosedByPeer())
        #expect(unfinished.isClosedByPeer())
        #expect(server.counterReaches("handshakes_failed", 1))
        // The failure is counted before the connection is given back.
        try eventually { isServed(try server.connect()) }
        #expect(isServed(client))
    }

    @Test func `an address may have a limit of its own, none included`() throws {
        let server = try TestBroker(["max.connections.per.ip": "1", "max.connections.per.ip.overrides": "127.0.0.1:2,10.0.0.9:0"])
        let clients = [try server.connect(), try server.connect()]
        #expect(clients.allSatisfy(isServed))
        #expect(try server.connect().isClosedByPeer())
        let counts = ConnectionCounts(limit: 9, AddressLimits(limit: 5, overrides: ["10.0.0.9": 0]))
        #expect(counts.admit("10.0.0.9") == .address(0))
        #expect(counts.admit("10.0.0.8") == nil)
    }

    @Test func `a client of IPv4 has its own address on a listener of IPv6 too`() throws {
        let server = try TestBroker(listeners: ["[::]:0"], ["max.connections.per.ip.overrides": "127.0.0.1:1"])
        let client = try server.connect()
        #expect(isServed(client))
        #expect(try server.connect().isClosedByPeer())
    }

    @Test func `all addresses together have a limit`() {
        let counts = ConnectionCounts(limit: 2, AddressLimits())
        #expect(counts.admit("a") == nil && counts.admit("b") == nil)
        #expect(counts.admit("c") == .total(2))
        counts.release("a")
        #expect(counts.admit("c") == nil)
    }

    @Test func `a connection that never sends a whole request is closed, however busily it sends bytes`() throws {
        let server = try TestBroker(["socket.connection.setup.timeout.ms": "600"])
        let silent = try server.connect()
        let dripping = try server.connect()
        var isOpen = true
        for byte in [0, 0, 0, 100] + [UInt8](repeating: 0, count: 60) where isOpen {
            do { try dripping.send([byte]) } catch { isOpen = false }
            usleep(25_000)
        }
        #expect(silent.isClosedByPeer() && dripping.isClosedByPeer())
        #expect(server.counterReaches("connections_expired", 2))
    }

    @Test func `a connection that has asked may be silent for the idle time, not longer`() throws {
        let server = try TestBroker(["connections.max.idle.ms": "1800", "socket.connection.setup.timeout.ms": "900"])
        let client = try server.connect()
        #expect(isServed(client))
        #expect(client.isClosedByPeer())
        #expect(server.counterReaches("connections_expired", 1))
    }

    @Test func `a request that waits for its answer is no idleness`() throws {
        let server = try TestBroker(["connections.max.idle.ms": "200"])
        let client = try server.connect()
        try client.create("t")
        let waiting = fetchRequest("t", [(0, 0, 1 << 20)], waitMilliseconds: 1_500)
        #expect(try client.ask(waiting, 12, FetchResponse.self).topics[0].partitions[0].errorCode == .none)
        #expect(client.isClosedByPeer())
    }

    @Test func `fetches that wait take no more memory than there is for them, and give it back`() throws {
        let server = try TestBroker(["queued.max.bytes": "1048576"])
        let client = try server.connect()
        try client.create("t")
        let wide = fetchRequest("t", (0..<3_000).map { _ in (0, 0, 1 << 20) }, waitMilliseconds: 60_000)
        let greedy = try server.connect()
        for _ in 0..<40 { _ = try? greedy.send(wide, 12) }
        #expect(greedy.isClosedByPeer())
        #expect(server.counterReaches("connections_open", 1))
        let modest = fetchRequest("t", (0..<3_000).map { _ in (0, 0, 1 << 20) }, waitMilliseconds: 100)
        for _ in 0..<10 { #expect(try client.ask(modest, 12, FetchResponse.self).topics.count == 1) }
    }

    @Test func `answers that wait behind a slow one are held up to a bound, and all come in their order`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("wide", partitions: 2_000)
        try client.create("t")
        let before = server.counter("requests_other")
        let everything = MetadataRequest(topics: nil)
        let first = try client.send(fetchRequest("t", [(0, 0, 1 << 20)], waitMilliseconds: 5_000), 12)
        let sent = try (0..<900).map { _ in try client.send(everything, 8) }
        // Of 60 KB each, 16 MiB are ready long before the first answer is.
        var held = 0
        while true {
            usleep(400_000)
            let now = Int(server.counter("requests_other") - before)
            if now == held { break }
            held = now
        }
        #expect(held < 600, "\(held) answers are held")
        #expect(try client.response(FetchResponse.self, 12).id == first)
        for id in sent {
            let answer = try client.response(MetadataResponse.self, 8)
            #expect(answer.id == id && answer.body.topics.count == 2)
        }
    }

    @Test(arguments: [
        ("max.connections.per.ip.overrides", "10.0.0.7", "\"10.0.0.7\" is not ADDRESS:COUNT, such as 10.0.0.7:100"),
        ("max.connections.per.ip.overrides", "a:1,", "\"\" is not ADDRESS:COUNT, such as 10.0.0.7:100"),
        ("ssl.client.auth", "maybe", "is none of none, requested, required"),
        ("ssl.enabled.protocols", "TLSv1.1", "TLSv1.2, TLSv1.3 or both are expected; older ones are not safe"),
        ("ssl.keystore.type", "JKS", "only PEM can be read; keytool and openssl pkcs12 turn JKS and PKCS12 into it"),
    ])
    func `a wrong value is answered with a right one`(key: String, value: String, message: String) {
        var configuration = BrokerConfiguration()
        #expect { try configuration.set(key, value, at: "here") } throws: { ($0 as? ConfigurationError)?.description.hasSuffix(message) == true }
    }

    @Test func `the password of a key is never read back`() throws {
        var configuration = BrokerConfiguration()
        try configuration.set("ssl.key.password", "sesame", at: "here")
        #expect(ConfigurationTable.keys.first { $0.name == "ssl.key.password" }?.read(configuration) == nil)
    }

    @Test func `a listener's security is read strictly`() throws {
        #expect(try ListenSpecification(parsing: "h:1,security=tls,ssl.client.auth=required").clientCertificates == .required)
        #expect(try ListenSpecification(parsing: "h:1,security=SSL").security == .tls)
        for wrong in ["h:1,security=none", "h:1,security=tls,transfer=splice", "h:1,ssl.client.auth=required", "h:1,security=tls,ssl.client.auth=x"] {
            #expect(throws: ConfigurationError.self, "\(wrong)") { try ListenSpecification(parsing: wrong) }
        }
    }
}
