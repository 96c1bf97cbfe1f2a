// The client's half of SCRAM against published and independently computed vectors, and against servers that cheat.
@testable import Security
import Testing

@Suite struct SaslClientTests {
    struct Vector: CustomTestStringConvertible {
        let name: String
        let mechanism: ScramMechanism
        let nonce: String
        let challenge: String
        let final: String
        let verifier: String
        var testDescription: String { name }
    }

    /// RFC 7677 §3, and the messages of RFC 5802 §5, whose own proof is SHA-1's, which Kafka does not have: for SHA-256 and SHA-512 by
    /// Python's hashlib and hmac, which for SHA-1 come to the published v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=.
    static let vectors = [
        Vector(
            name: "RFC 7677", mechanism: .sha256, nonce: "rOprNGfwEbeRWgbNEkqO",
            challenge: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            verifier: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
        Vector(
            name: "RFC 5802 with SHA-256", mechanism: .sha256, nonce: "fyko+d2lbbFgONRv9qkxdawL",
            challenge: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=qQRLRHGPDGjB+7iVAE7NNi5xEoHKHuLCHPNQ8BTmvds=",
            verifier: "v=XKW6VuW1FANROQabnJBz1KaeCnQL/HZByQtX/iU+o30="),
        Vector(
            name: "RFC 5802 with SHA-512", mechanism: .sha512, nonce: "fyko+d2lbbFgONRv9qkxdawL",
            challenge: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                + "p=VdS8LkrURiej1tG6iX+fqCXQfUnBb//d9llXYaH+ylUbDwBUz9geyR9fC4TewskRUM2tlYSalhAT4Aay1Q5dTA==",
            verifier: "v=14PAAuavk9hxBEkgB0brDxUhvWu+N16meYk+qxVNFqchR8QPohM09Y4Z6WaTCuX4C6nqMB9KIJTDm6RpSM990g=="),
    ]

    private func client(_ vector: Vector, user: String = "user") throws -> SaslClient {
        SaslClient(try SaslLogin(.scram(vector.mechanism), user: user, password: Array("pencil".utf8)), nonce: vector.nonce)
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test(arguments: vectors) func `the published exchange is the published one, and its end is believed`(vector: Vector) throws {
        var client = try client(vector)
        #expect(text(client.first) == "n,,n=user,r=\(vector.nonce)")
        let final = try client.receive(Array(vector.challenge.utf8))
        #expect(text(final) == vector.final)
        let more = try client.receive(Array(vector.verifier.utf8))
        #expect(more == nil)
        #expect(throws: SaslFailure.self) { try client.receive(Array(vector.verifier.utf8)) }
    }

    @Test(arguments: vectors) func `a server's proof with any bit changed is not believed`(vector: Vector) throws {
        let proof = Base64.decode(vector.verifier.dropFirst(2))!
        for bit in stride(from: 0, to: proof.count * 8, by: 7) {
            var wrong = proof
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            var client = try client(vector)
            _ = try client.receive(Array(vector.challenge.utf8))
            let error = #expect(throws: SaslFailure.self) { try client.receive(Array("v=\(Base64.encode(wrong))".utf8)) }
            #expect(error?.description.contains("could not prove") == true, "bit \(bit)")
        }
    }

    @Test(arguments: ["", "v=", "v=AAAA", "v=!", "x", "e=invalid-proof", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G"])
    func `an end that is none lets nobody in`(message: String) throws {
        var client = try client(Self.vectors[0])
        _ = try client.receive(Array(Self.vectors[0].challenge.utf8))
        #expect(throws: SaslFailure.self) { try client.receive(Array(message.utf8)) }
    }

    @Test func `the server's own word for a refusal is told`() throws {
        var client = try client(Self.vectors[0])
        _ = try client.receive(Array(Self.vectors[0].challenge.utf8))
        let error = #expect(throws: SaslFailure.self) { try client.receive(Array("e=other-error".utf8)) }
        #expect(error?.description == "the broker refuses: other-error")
    }

    @Test(arguments: [
        "", ",", "r=rOprNGfwEbeRWgbNEkqOx", "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z", "s=W22Z,r=rOprNGfwEbeRWgbNEkqOx,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=W2,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=many",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=", "r=rOprNGfwEbeRWgbNEkqO\u{1},s=W22Z,i=4096", "m=must,r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=99999999999999999999",
    ])
    func `a challenge that is none is refused`(message: String) throws {
        var client = try client(Self.vectors[0])
        let error = #expect(throws: SaslFailure.self) { try client.receive(Array(message.utf8)) }
        #expect(error?.description == "the broker's challenge is not one of SCRAM-SHA-256")
    }

    @Test(arguments: ["rOprNGfwEbeRWgbNEkqO", "OprNGfwEbeRWgbNEkqOx", "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"])
    func `a challenge with another nonce than this one's, or nothing added, is refused`(nonce: String) throws {
        var client = try client(Self.vectors[0])
        let error = #expect(throws: SaslFailure.self) { try client.receive(Array("r=\(nonce),s=W22Z,i=4096".utf8)) }
        #expect(error?.description == "the broker's challenge answers somebody else's message")
    }

    @Test(arguments: [0, -1, 1, 4_095, 1_000_001, 2_147_483_647])
    func `iterations that give the password away, or never end, are refused at once`(iterations: Int) throws {
        var client = try client(Self.vectors[0])
        let error = #expect(throws: SaslFailure.self) {
            try client.receive(Array("r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=\(iterations)".utf8))
        }
        #expect(error?.description == "the broker asks for \(iterations) iterations; 4096 to 1000000 are accepted")
    }

    @Test func `both halves of the project come to the same, for names with commas and passwords beyond ASCII`() throws {
        let (user, password) = ("a,b=c", Array("pässword,=%".utf8))
        for mechanism in ScramMechanism.allCases {
            var book = CredentialBook()
            book.set(ScramCredential(mechanism: mechanism, password: password, salt: ScramCredential.randomSalt(), iterations: 4_096), of: user)
            let login = try SaslLogin(.scram(mechanism), user: user, password: password)
            // Twice: the second time with the keys of the first.
            for _ in 0..<2 {
                var client = SaslClient(login)
                var server = ScramExchange(mechanism)
                guard case .challenge(let challenge) = server.receive(client.first, nonce: ScramExchange.randomNonce(), credentials: book),
                    let final = try client.receive(challenge),
                    case .done(let found, let verifier) = server.receive(final, nonce: "", credentials: book)
                else {
                    Issue.record("\(mechanism)")
                    return
                }
                let more = try client.receive(verifier)
                #expect(found == user && more == nil)
            }
        }
    }

    @Test func `PLAIN says what the broker's side reads`() throws {
        var client = SaslClient(try SaslLogin(.plain, user: "alice", password: Array("secret".utf8)))
        #expect(client.first == Array("\u{0}alice\u{0}secret".utf8))
        #expect(PlainMessage(client.first)?.user == "alice")
        let more = try client.receive([])
        #expect(more == nil)
    }

    @Test func `names and passwords that can't be are refused`() {
        for (user, password) in [("", "x"), ("u", ""), ("u\u{0}", "x"), ("u", "x\u{0}")] {
            #expect(throws: SaslFailure.self) { _ = try SaslLogin(.plain, user: user, password: Array(password.utf8)) }
        }
    }

    @Test func `no login shows its password, however it is printed`() throws {
        let login = try SaslLogin(.scram(.sha256), user: "alice", password: Array("planted-secret".utf8))
        var client = SaslClient(login, nonce: "N")
        _ = try client.receive(Array("r=Nx,s=W22Z,i=4096".utf8))
        var dumped = ""
        dump(login, to: &dumped)
        dump(client, to: &dumped)
        for text in ["\(login)", String(reflecting: login), "\(client)", dumped] {
            #expect(!text.contains("planted-secret") && !text.contains("112, 108, 97, 110"), "\(text)")
        }
        #expect("\(login)" == "alice by SCRAM-SHA-256")
    }
}
