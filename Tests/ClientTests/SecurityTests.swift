// Every way into a broker, and every way to be kept out, with words and in time.
import Client
import Host
import NullBroker
import Reactor
import Security
import TLS
import Testing
import Vocabulary

@Suite(.serialized) struct SecurityTests {
    private static let scram512 = SaslMechanism.scram(.sha512)

    private static func login(_ mechanism: SaslMechanism = scram512, password: String = SecureFront.password) throws -> SaslLogin {
        try SaslLogin(mechanism, user: SecureFront.user, password: Array(password.utf8))
    }

    private static func trusting(_ path: String = TestIdentity.path, _ verification: TLSClientSettings.Verification = .full) throws -> TLSConnector {
        try TLSConnector(TLSClientSettings(trustPath: path, verification: verification))
    }

    private static func options(tls: TLSConnector? = nil, login: SaslLogin? = nil) -> ConnectionOptions {
        var options = Stage.options
        options.connectTimeoutNanoseconds = 3_000_000_000
        options.security = ConnectionSecurity(tls: tls, login: login)
        return options
    }

    /// What the client says that is kept out.
    private func refusal(_ address: BrokerAddress, _ options: ConnectionOptions) -> String {
        let began = MonotonicClock.now()
        let error = #expect(throws: ClientError.self) { _ = try Admin(address, options) }
        #expect(MonotonicClock.now() - began < options.connectTimeoutNanoseconds + 1_500_000_000, "not within the connect timeout")
        let text = error?.description ?? ""
        #expect(!text.contains(SecureFront.password) && text.contains(address.description), "\(text)")
        return text
    }

    private func withFront(
        tls: Bool = false, mechanisms: [String] = [], asksCertificate: Bool = false, manner: SecureFront.Manner = .serves,
        _ body: (SecureFront, Stage) throws -> Void
    ) throws {
        let behind = try Stage(partitions: 3)
        let front = try SecureFront(
            before: behind.address, tls: tls, mechanisms: mechanisms, asksCertificate: asksCertificate, manner: manner)
        defer { front.stop() }
        try body(front, behind)
    }

    struct Way: CustomTestStringConvertible {
        let tls: Bool
        let mechanism: SaslMechanism?
        var testDescription: String { "\(tls ? "TLS" : "clear") \(mechanism?.name ?? "")" }
    }

    // MARK: in

    @Test(arguments: [
        Way(tls: false, mechanism: .plain), Way(tls: false, mechanism: .scram(.sha256)), Way(tls: true, mechanism: nil),
        Way(tls: true, mechanism: .scram(.sha512)),
    ])
    func `records go in and come out by every way, also past a client that drops them`(way: Way) throws {
        try withFront(tls: way.tls, mechanisms: way.mechanism.map { [$0.name] } ?? []) { front, _ in
            let stage = try Stage(at: front.address())
            stage.options = Self.options(tls: try way.tls ? Self.trusting() : nil, login: try way.mechanism.map { try Self.login($0) })
            let sink = AcknowledgementSink()
            try stage.send(2000, with: try stage.producer(sink))
            #expect(sink.failures == [])
            let read = try stage.readBack(atLeast: 2000)
            #expect(read.isExact && read.count == 2000)
            let plan = read.sizes[0]!.map { PlannedFetch(partition: 0, offset: $0.offset, maxBytes: Int32($0.bytes)) }
            let fetcher = try DiscardingFetcher(
                loop: stage.loop, bootstrap: stage.address, topic: stage.topic, plan: plan, inFlight: 4, options: stage.options)
            for _ in 0..<10_000 where fetcher.counters.answers < UInt64(plan.count) {
                fetcher.poll(now: MonotonicClock.now())
                try stage.loop.runOnce(maxWaitNanoseconds: 1_000_000)
            }
            #expect(fetcher.counters.errors == [:])
            #expect(fetcher.counters.recordBytes >= UInt64(read.sizes[0]!.reduce(0) { $0 + $1.bytes }))
            fetcher.close()
        }
    }

    @Test func `a broker that asks for a certificate gets it, and one who has none is told what is wanted`() throws {
        try withFront(tls: true, asksCertificate: true) { front, _ in
            let mine = TLSClientSettings(trustPath: TestIdentity.path, certificatePath: TestIdentity.path, keyPath: TestIdentity.path)
            _ = try Admin(front.address(), Self.options(tls: try TLSConnector(mine))).metadata(["t"])
            let said = refusal(front.address(), Self.options(tls: try Self.trusting()))
            #expect(said.contains("wants a certificate of the client"), "\(said)")
        }
    }

    @Test func `a certificate for another host is refused, unless the name is not asked for`() throws {
        try withFront(tls: true) { front, _ in
            let elsewhere = front.address("127.0.0.2")
            let said = refusal(elsewhere, Self.options(tls: try Self.trusting()))
            #expect(said.contains("for another host than ‘127.0.0.2’"), "\(said)")
            _ = try Admin(elsewhere, Self.options(tls: try Self.trusting(TestIdentity.path, .anyName)))
        }
    }

    @Test func `an authority that nobody trusts is refused, unless nothing is asked for`() throws {
        try withFront(tls: true) { front, _ in
            let said = refusal(front.address(), Self.options(tls: try Self.trusting(TestIdentity.strangerPath)))
            #expect(said.contains("not from an authority that is trusted here"), "\(said)")
            _ = try Admin(front.address(), Self.options(tls: try Self.trusting(TestIdentity.strangerPath, .none)))
        }
    }

    // MARK: out

    @Test(arguments: [SaslMechanism.plain, .scram(.sha256), .scram(.sha512)])
    func `a wrong password is told as one, and not repeated`(mechanism: SaslMechanism) throws {
        try withFront(mechanisms: SaslMechanism.names) { front, _ in
            let said = refusal(front.address(), Self.options(login: try Self.login(mechanism, password: "not-her-secret")))
            #expect(said.contains("not let in by \(mechanism.name): a wrong password") && !said.contains("not-her-secret"), "\(said)")
        }
    }

    @Test func `a mechanism that is not offered is told with those that are`() throws {
        try withFront(mechanisms: ["SCRAM-SHA-256", "PLAIN"]) { front, _ in
            let said = refusal(front.address(), Self.options(login: try Self.login()))
            #expect(said.contains("SCRAM-SHA-512; it offers SCRAM-SHA-256, PLAIN"), "\(said)")
        }
    }

    @Test func `a broker that does not know the password is not believed`() throws {
        try withFront(mechanisms: ["SCRAM-SHA-512"], manner: .pretends) { front, _ in
            let said = refusal(front.address(), Self.options(login: try Self.login()))
            #expect(said.contains("not the one it says it is"), "\(said)")
        }
    }

    @Test func `who says who he is where nobody asks, is told to leave it`() throws {
        try withFront { front, _ in
            let said = refusal(front.address(), Self.options(login: try Self.login()))
            #expect(said.contains("leave SASL out"), "\(said)")
        }
    }

    @Test func `who does not say who he is where that is asked for, is told so`() throws {
        try withFront(mechanisms: ["PLAIN"]) { front, _ in
            let error = #expect(throws: ClientError.self) { _ = try Admin(front.address(), Self.options()).metadata(["t"]) }
            #expect(error?.description.contains("a listener for SASL does that") == true, "\(String(describing: error))")
        }
    }

    @Test func `a client in the clear at a TLS port is told, with SASL and without`() throws {
        try withFront(tls: true, mechanisms: ["SCRAM-SHA-512"]) { front, _ in
            for login in [nil, try Self.login()] {
                let said = refusal(front.address(), Self.options(login: login))
                #expect(said.contains("TLS"), "\(said)")
            }
        }
        try withFront(manner: .alerts) { front, _ in
            #expect(refusal(front.address(), Self.options()).contains("it speaks TLS on this port"))
        }
    }

    @Test func `a client of TLS at a port in the clear is told`() throws {
        try withFront(manner: .hangsUp) { front, behind in
            for address in [front.address(), behind.address] {
                var options = Self.options(tls: try Self.trusting())
                options.connectTimeoutNanoseconds = 500_000_000
                let said = refusal(address, options)
                #expect(said.contains("TLS on this port"), "\(said)")
            }
        }
    }

    @Test func `a port that says nothing is given up in time, with TLS and without`() throws {
        try withFront(manner: .mute) { front, _ in
            var options = Self.options(tls: try Self.trusting())
            options.connectTimeoutNanoseconds = 300_000_000
            #expect(refusal(front.address(), options).contains("the TLS handshake was not done in time"))
            options.security = .none
            #expect(refusal(front.address(), options).contains("no answer in time"))
        }
    }

    @Test func `files that hold no certificate are named before anything is connected`() {
        let error = #expect(throws: TLSSetupError.self) { _ = try Self.trusting("/nowhere/ca.pem") }
        #expect(error?.description == "/nowhere/ca.pem: No such file or directory")
        let half = #expect(throws: TLSSetupError.self) { _ = try TLSConnector(TLSClientSettings(certificatePath: TestIdentity.path)) }
        #expect(half?.description.contains("needs its private key") == true)
    }

    // MARK: refusals

    @Test func `a denial names what the rules would have to allow`() {
        let access = NeededAccess(.describeConfigs, on: .topic("orders"))
        #expect(access.description == "DescribeConfigs on topic orders")
        #expect(NeededAccess(.idempotentWrite, on: .cluster).description == "IdempotentWrite on the cluster")
    }
}
