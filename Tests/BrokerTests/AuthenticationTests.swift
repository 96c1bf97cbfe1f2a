// Clients of a SASL listener prove who they are, or are sent away.
import Testing
import Wire

@testable import Broker
@testable import Security

/// What a SCRAM client says, computed with the server's functions: those are held to vectors in SecurityTests.
struct ScramClient {
    let mechanism: ScramMechanism
    let user: String
    let password: String
    private let nonce = "clientnonce"

    var first: [UInt8] { Array("n,,n=\(user),r=\(nonce)".utf8) }

    /// The last message, and what the server has to answer.
    func final(_ challenge: [UInt8]) throws -> (message: [UInt8], verifier: [UInt8]) {
        let text = String(decoding: challenge, as: UTF8.self)
        let fields = text.split(separator: ",").map { String($0.dropFirst(2)) }
        try #require(fields.count == 3 && fields[0].hasPrefix(nonce), "\(text)")
        let salted = mechanism.saltedPassword(
            Array(password.utf8), salt: try #require(Base64.decode(fields[1])), iterations: try #require(Int(fields[2])))
        let clientKey = mechanism.hmac(key: salted, Array("Client Key".utf8))
        let without = "c=biws,r=\(fields[0])"
        let signed = Array("n=\(user),r=\(nonce),\(text),\(without)".utf8)
        let proof = zip(clientKey, mechanism.hmac(key: mechanism.hash(clientKey), signed)).map { $0 ^ $1 }
        let verifier = mechanism.hmac(key: mechanism.hmac(key: salted, Array("Server Key".utf8)), signed)
        return (Array("\(without),p=\(Base64.encode(proof))".utf8), Array("v=\(Base64.encode(verifier))".utf8))
    }
}

extension TestBroker {
    /// A broker whose first listener asks for names, with the user alice, whose password is "secret".
    static func sasl(loops: Int = 1, _ settings: [String: String] = [:]) throws -> TestBroker {
        let all = ["sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"].merging(settings) { $1 }
        let broker = try TestBroker(loops: loops, listeners: ["127.0.0.1:0,security=sasl", "127.0.0.1:0"], all)
        try broker.add("alice", "secret")
        return broker
    }

    func add(_ user: String, _ password: String) throws {
        var book = broker.credentials.book
        for mechanism in ScramMechanism.allCases {
            book.set(
                ScramCredential(mechanism: mechanism, password: Array(password.utf8), salt: [1, 2, 3], iterations: 4_096), of: user)
        }
        try broker.credentials.publish(book)
    }

    func connect(as user: String, _ password: String = "secret") throws -> RawClient {
        let client = try connect()
        #expect(try client.authenticate(user, password).errorCode == .none)
        return client
    }
}

extension RawClient {
    func handshake(_ mechanism: String, _ version: Int16 = 1) throws -> SaslHandshakeResponse {
        try ask(SaslHandshakeRequest(mechanism: mechanism), version, SaslHandshakeResponse.self)
    }

    func token(_ bytes: [UInt8], _ version: Int16 = 2) throws -> SaslAuthenticateResponse {
        try ask(SaslAuthenticateRequest(authBytes: bytes), version, SaslAuthenticateResponse.self)
    }

    func plain(_ user: String, _ password: String) -> [UInt8] { Array("\u{0}\(user)\u{0}\(password)".utf8) }

    /// By PLAIN.
    func authenticate(_ user: String, _ password: String, _ version: Int16 = 2) throws -> SaslAuthenticateResponse {
        #expect(try handshake("PLAIN").errorCode == .none)
        return try token(plain(user, password), version)
    }

    /// A token without a header, as SaslHandshake 0 has them.
    func rawToken(_ bytes: [UInt8]) throws -> [UInt8] {
        try send(withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes)
        return try receiveFrame()
    }

    func isServed() throws -> Bool {
        try ask(MetadataRequest(topics: nil), 9, MetadataResponse.self).brokers.count == 1
    }
}

@Suite struct AuthenticationTests {
    @Test func `before a client has proved who it is everything else ends the connection`() throws {
        let broker = try TestBroker.sasl()
        let metadata = try broker.connect()
        try metadata.send(MetadataRequest(topics: nil), 9)
        #expect(metadata.isClosedByPeer())
        let produce = try broker.connect()
        try produce.send(produceRequest("t", [(0, batch())]), 9)
        #expect(produce.isClosedByPeer())
        let early = try broker.connect()
        try early.send(SaslAuthenticateRequest(authBytes: early.plain("alice", "secret")), 2)
        #expect(early.isClosedByPeer())
        let between = try broker.connect()
        #expect(try between.handshake("PLAIN").errorCode == .none)
        try between.send(ApiVersionsRequest.ofTests, 0)
        #expect(between.isClosedByPeer())
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func `a wrong password and a user that is not there are refused in the same words, and hung up on`(mechanism: String) throws {
        let broker = try TestBroker.sasl()
        var answers: [SaslAuthenticateResponse] = []
        for (user, password) in [("alice", "Secret"), ("nobody", "secret")] {
            let client = try broker.connect()
            #expect(try client.handshake(mechanism).errorCode == .none)
            if let known = ScramMechanism(name: mechanism) {
                let scram = ScramClient(mechanism: known, user: user, password: password)
                let challenge = try client.token(scram.first)
                #expect(challenge.errorCode == .none)
                answers.append(try client.token(try scram.final(challenge.authBytes).message))
            } else {
                answers.append(try client.token(client.plain(user, password)))
            }
            #expect(client.isClosedByPeer())
        }
        #expect(answers[0].errorCode == .saslAuthenticationFailed && answers[0].authBytes == [])
        #expect(answers[0] == answers[1])
    }

    @Test func `bytes that are no token are refused`() throws {
        let broker = try TestBroker.sasl()
        for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
            for bytes in [[], [0], [UInt8](repeating: 0xff, count: 5_000)] as [[UInt8]] {
                let client = try broker.connect()
                #expect(try client.handshake(mechanism).errorCode == .none)
                #expect(try client.token(bytes).errorCode == .saslAuthenticationFailed)
                #expect(client.isClosedByPeer())
            }
        }
    }

    @Test func `a mechanism that is not enabled is refused with those that are`() throws {
        let broker = try TestBroker.sasl(["sasl.enabled.mechanisms": "SCRAM-SHA-512"])
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "GSSAPI", ""] {
            let client = try broker.connect()
            let answer = try client.handshake(mechanism)
            #expect(answer == SaslHandshakeResponse(errorCode: .unsupportedSaslMechanism, mechanisms: ["SCRAM-SHA-512"]))
            #expect(client.isClosedByPeer())
        }
    }

    @Test func `a request sent before the password is compared ends the connection`() throws {
        let broker = try TestBroker.sasl()
        let client = try broker.connect()
        #expect(try client.handshake("PLAIN").errorCode == .none)
        let both = client.frame(SaslAuthenticateRequest(authBytes: client.plain("alice", "secret")), 2)
            + client.frame(MetadataRequest(topics: nil), 9)
        try client.send(both)
        #expect(client.isClosedByPeer())
    }

    @Test func `a stranger's large request is not read, a user's is`() throws {
        let broker = try TestBroker.sasl(["sasl.server.max.receive.size": "1024"])
        let stranger = try broker.connect()
        try stranger.send([0, 0, 0x04, 0x01])
        #expect(stranger.isClosedByPeer())
        let client = try broker.connect(as: "alice")
        try client.create("t")
        #expect(try client.produce("t", batch(valueBytes: 5_000)).errorCode == .none)
    }

    @Test func `where nobody is asked for a name, a proof is refused and the connection goes on`() throws {
        let broker = try TestBroker.sasl()
        let client = try broker.connect(listener: 1)
        #expect(try client.handshake("PLAIN") == SaslHandshakeResponse(errorCode: .illegalSaslState, mechanisms: []))
        #expect(try client.token([]).errorCode == .illegalSaslState)
        #expect(try client.isServed())
    }

    @Test func `a second proof is refused where the first one lasts`() throws {
        let broker = try TestBroker.sasl()
        let client = try broker.connect(as: "alice")
        #expect(try client.handshake("PLAIN").errorCode == .illegalSaslState)
        #expect(try client.token([]).errorCode == .illegalSaslState)
        #expect(try client.isServed())
    }

    @Test func `a proof that ends is told, and after its end nothing is served but a new one`() throws {
        let broker = try TestBroker.sasl(["connections.max.reauth.ms": "1"])
        let late = try broker.connect()
        #expect(try late.authenticate("alice", "secret").sessionLifetimeMilliseconds == 1)
        // Whenever this comes, it comes later than a millisecond after the proof: a password takes longer to compare.
        #expect(try late.handshake("PLAIN").errorCode == .none)
        #expect(try late.token(late.plain("alice", "secret")).errorCode == .none)
        #expect(try late.handshake("SCRAM-SHA-256").errorCode == .illegalSaslState)
        #expect(late.isClosedByPeer())
        // A client that was not told has no end.
        let untold = try broker.connect()
        #expect(try untold.authenticate("alice", "secret", 0).sessionLifetimeMilliseconds == 0)
        #expect(try untold.isServed())
    }

    @Test func `a new proof has to be the same user's`() throws {
        let broker = try TestBroker.sasl(["connections.max.reauth.ms": "600000"])
        try broker.add("bob", "secret")
        let client = try broker.connect(as: "alice")
        #expect(try client.authenticate("alice", "secret").errorCode == .none)
        #expect(try client.isServed())
        #expect(try client.authenticate("bob", "secret").errorCode == .saslAuthenticationFailed)
        #expect(client.isClosedByPeer())
    }

    @Test(arguments: ScramMechanism.allCases) func `a user proves itself by SCRAM, and the broker itself to it`(mechanism: ScramMechanism) throws {
        let broker = try TestBroker.sasl()
        let client = try broker.connect()
        let scram = ScramClient(mechanism: mechanism, user: "alice", password: "secret")
        #expect(try client.ask(ApiVersionsRequest.ofTests, 0, ApiVersionsResponse.self).errorCode == .none)
        #expect(try client.handshake(mechanism.name).mechanisms == ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
        let challenge = try client.token(scram.first)
        let final = try scram.final(challenge.authBytes)
        let answer = try client.token(final.message, 1)
        #expect(answer == SaslAuthenticateResponse(authBytes: final.verifier))
        #expect(try client.isServed())
    }

    @Test func `a user proves itself by PLAIN`() throws {
        let broker = try TestBroker.sasl()
        #expect(try broker.connect(as: "alice").isServed())
    }

    @Test func `clients of the oldest handshake send tokens without headers`() throws {
        let broker = try TestBroker.sasl()
        let plain = try broker.connect()
        #expect(try plain.handshake("PLAIN", 0).errorCode == .none)
        #expect(try plain.rawToken(plain.plain("alice", "secret")) == [])
        #expect(try plain.isServed())

        let client = try broker.connect()
        let scram = ScramClient(mechanism: .sha512, user: "alice", password: "secret")
        #expect(try client.handshake("SCRAM-SHA-512", 0).errorCode == .none)
        let final = try scram.final(try client.rawToken(scram.first))
        #expect(try client.rawToken(final.message) == final.verifier)
        #expect(try client.isServed())

        let wrong = try broker.connect()
        #expect(try wrong.handshake("PLAIN", 0).errorCode == .none)
        #expect(throws: RawClient.Closed.self) { try wrong.rawToken(wrong.plain("alice", "wrong")) }
    }
}
