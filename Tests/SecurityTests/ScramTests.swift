// SCRAM against published and independently computed vectors, and against clients that cheat.
@testable import Security
import Testing

@Suite struct ScramTests {
    /// RFC 7677 §3; for SHA-512 the same exchange computed by Python's hashlib and hmac.
    struct Vector: CustomTestStringConvertible {
        let mechanism: ScramMechanism
        let proof: String
        let verifier: String
        var testDescription: String { mechanism.name }
    }

    static let vectors = [
        Vector(
            mechanism: .sha256, proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            verifier: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
        Vector(
            mechanism: .sha512,
            proof: "gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
            verifier: "ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw=="),
    ]

    static let first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    static let serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    static let challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    static let final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p="

    static func book(_ user: String = "user") -> CredentialBook {
        var book = CredentialBook()
        for mechanism in ScramMechanism.allCases {
            book.set(
                ScramCredential(
                    mechanism: mechanism, password: Array("pencil".utf8), salt: Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")!,
                    iterations: 4_096), of: user)
        }
        return book
    }

    /// Both messages of a client, and what comes of the second.
    private func run(
        _ mechanism: ScramMechanism, first: String = ScramTests.first, _ final: String, book: CredentialBook = ScramTests.book()
    ) -> SaslStep {
        var exchange = ScramExchange(mechanism)
        let step = exchange.receive(Array(first.utf8), nonce: ScramTests.serverNonce, credentials: book)
        guard case .challenge = step else { return step }
        return exchange.receive(Array(final.utf8), nonce: "", credentials: book)
    }

    @Test(arguments: vectors) func `a proof with any bit changed is refused`(vector: Vector) {
        let proof = Base64.decode(vector.proof)!
        for bit in stride(from: 0, to: proof.count * 8, by: 5) {
            var wrong = proof
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            let step = run(vector.mechanism, ScramTests.final + Base64.encode(wrong))
            #expect(step == .failed("wrong password, or no such user"), "bit \(bit)")
        }
    }

    @Test(arguments: vectors) func `a user that does not exist is challenged like one that does, and refused alike`(vector: Vector) throws {
        let empty = CredentialBook()
        var challenges: [String] = []
        for _ in 0..<2 {
            var exchange = ScramExchange(vector.mechanism)
            guard case .challenge(let bytes) = exchange.receive(Array(ScramTests.first.utf8), nonce: "N", credentials: empty) else {
                Issue.record("no challenge")
                return
            }
            challenges.append(String(decoding: bytes, as: UTF8.self))
        }
        // A salt that changed with every attempt would tell.
        #expect(challenges[0] == challenges[1])
        #expect(challenges[0].hasSuffix(",i=4096"))
        let step = run(vector.mechanism, ScramTests.final + vector.proof, book: empty)
        #expect(step == .failed("wrong password, or no such user"))
    }

    @Test(arguments: [
        "", ",", "n", "n,,", "n,,n=user", "n,,r=abc", "n,,n=,r=abc", "n,,n=user,r=", "n,,n=us=er,r=abc", "n,,n=us=2Der,r=abc",
        "p=tls-unique,,n=user,r=abc", "n,a=other,n=user,r=abc", "n,user,n=user,r=abc", "n,,m=x,n=user,r=abc", "n,,n=user,r=a\u{1}c",
        "n,,n=user,r=abc,tokenauth=true", "\u{0}user\u{0}pencil",
    ])
    func `a first message that is not one is refused`(message: String) {
        #expect(ScramClientFirst(Array(message.utf8)) == nil)
        #expect(run(.sha256, first: message, "") == .failed("the client's first message is not one of SCRAM-SHA-256"))
    }

    @Test func `bytes that are no text are refused in both messages`() {
        #expect(ScramClientFirst([0x6e, 0x2c, 0x2c, 0xff]) == nil)
        #expect(ScramClientFinal([0xff]) == nil)
    }

    @Test(arguments: [
        "", "c=biws", "c=biws,r=x,p=AAAA", "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=", "c=eSws,r=NONCE,p=PROOF", "c=biws,p=PROOF,r=NONCE",
        "c=biws,r=NONCE", "c=biws,r=NONCE,p=!!!!", "c=biws,r=NONCE,p=AAAA", "r=NONCE,c=biws,p=PROOF", "c=biws,r=NONCEx,p=PROOF",
    ])
    func `a last message that does not belong to the first is refused`(template: String) {
        let nonce = String(ScramTests.challenge.dropFirst(2).prefix { $0 != "," })
        let message = template.split(separator: "NONCE", omittingEmptySubsequences: false).joined(separator: nonce)
            .split(separator: "PROOF", omittingEmptySubsequences: false).joined(separator: ScramTests.vectors[0].proof)
        #expect(run(.sha256, message) == .failed("the client's last message does not belong to its first"))
    }

    @Test func `an exchange that is over stays over`() {
        var exchange = ScramExchange(.sha256)
        _ = exchange.receive([], nonce: "", credentials: ScramTests.book())
        let step = exchange.receive(Array(ScramTests.first.utf8), nonce: "N", credentials: ScramTests.book())
        #expect(step == .failed("the exchange was over already"))
    }

    @Test(arguments: vectors) func `the published exchange comes to the published end`(vector: Vector) {
        var exchange = ScramExchange(vector.mechanism)
        let first = exchange.receive(Array(ScramTests.first.utf8), nonce: ScramTests.serverNonce, credentials: ScramTests.book())
        #expect(first == .challenge(Array(ScramTests.challenge.utf8)))
        let last = exchange.receive(Array((ScramTests.final + vector.proof).utf8), nonce: "", credentials: ScramTests.book())
        #expect(last == .done(user: "user", Array("v=\(vector.verifier)".utf8)))
    }

    @Test func `a salted password makes the same credential as the password`() throws {
        // Python: hashlib.pbkdf2_hmac("sha256", b"pencil", salt, 4096)
        let salted: [UInt8] = [
            0xc4, 0xa4, 0x95, 0x10, 0x32, 0x3a, 0xb4, 0xf9, 0x52, 0xca, 0xc1, 0xfa, 0x99, 0x44, 0x19, 0x39, 0xe7, 0x8e, 0xa7, 0x4d,
            0x6b, 0xe8, 0x1d, 0xdf, 0x70, 0x96, 0xe8, 0x75, 0x13, 0xdc, 0x61, 0x5d,
        ]
        let salt = Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")!
        let made = ScramCredential(mechanism: .sha256, salt: salt, iterations: 4_096, saltedPassword: salted)
        #expect(made == ScramTests.book().credential(of: "user", .sha256))
        #expect(ScramCredential(mechanism: .sha512, salt: salt, iterations: 4_096, saltedPassword: salted) == nil)
        #expect(made?.isProved(by: Array("pencil".utf8)) == true)
        #expect(made?.isProved(by: Array("Pencil".utf8)) == false)
        #expect(made?.isProved(by: []) == false)
    }

    @Test func `names with commas and equals signs are read as they were meant`() throws {
        let first = try #require(ScramClientFirst(Array("y,a=a=2Cb=3Dc,n=a=2Cb=3Dc,r=abc,x=y".utf8)))
        #expect(first.user == "a,b=c")
        #expect(first.header == "y,a=a=2Cb=3Dc,")
        #expect(first.bare == "n=a=2Cb=3Dc,r=abc,x=y")
    }

    @Test func `base64 is the one of RFC 4648 and nothing near it`() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmFy", "foobar")] {
            #expect(Base64.encode(Array(bytes.utf8)) == text)
            #expect(Base64.decode(text) == Array(bytes.utf8))
        }
        #expect(Base64.decode("+/+/") == [0xfb, 0xff, 0xbf])
        for text in ["Z", "Zg=", "Zg", "Zh==", "Zm9=", "Zm 9", "Zg==Zg==", "====", "=Zg=", "_-_-", "Zg=="  + "\n"] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }

    @Test func `no credential shows its keys, however it is printed`() {
        let credential = ScramTests.book().credential(of: "user", .sha256)!
        var dumped = ""
        dump(credential, to: &dumped)
        for text in ["\(credential)", String(reflecting: credential), dumped] {
            #expect(!text.contains("Key") && !text.contains("["), "\(text)")
        }
        #expect("\(credential)" == "SCRAM-SHA-256 with 4096 iterations")
    }
}
