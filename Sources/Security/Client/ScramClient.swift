// The client's side of a SCRAM exchange (RFC 5802): two messages to the server, two from it.

struct ScramClient: Sendable {
    /// Rounds of PBKDF2 that a server may ask for: RFC 7677's least, since fewer make a password easy to guess from the proof; and
    /// what takes a quarter of a second, since a stranger who says that he is the broker must not keep a client busy for hours.
    static let iterationLimits = 4_096...1_000_000
    /// No channel binding, nobody acts for somebody else.
    private static let header = "n,,"

    private enum State {
        case first
        case final(verifier: [UInt8])
        case over
    }

    private let login: SaslLogin
    private let mechanism: ScramMechanism
    /// This side's part of it.
    private let nonce: String
    private var state = State.first

    /// - Parameter nonce: random, of printable characters without a comma.
    init(_ login: SaslLogin, _ mechanism: ScramMechanism, nonce: String) {
        self.login = login
        self.mechanism = mechanism
        self.nonce = nonce
    }

    /// The first message.
    var first: [UInt8] { Array((Self.header + bare).utf8) }

    private var bare: String { "n=\(Self.escaped(login.user)),r=\(nonce)" }

    private static func escaped(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            switch character {
            case ",": text += "=2C"
            case "=": text += "=3D"
            default: text.append(character)
            }
        }
    }

    /// - Returns: the next message; nil: the exchange is over and both sides know the password.
    mutating func receive(_ message: [UInt8]) throws(SaslFailure) -> [UInt8]? {
        let before = state
        state = .over
        switch before {
        case .first: return try answer(message)
        case .final(let verifier):
            try verify(message, verifier)
            return nil
        case .over: throw SaslFailure("the broker goes on with \(mechanism.name) after its end")
        }
    }

    private mutating func answer(_ message: [UInt8]) throws(SaslFailure) -> [UInt8] {
        guard let challenge = ScramServerFirst(message) else { throw SaslFailure("the broker's challenge is not one of \(mechanism.name)") }
        // Only then the server has seen this exchange's first message: an old challenge would make an old proof.
        guard challenge.nonce.hasPrefix(nonce), challenge.nonce.utf8.count > nonce.utf8.count else {
            throw SaslFailure("the broker's challenge answers somebody else's message")
        }
        guard Self.iterationLimits.contains(challenge.iterations) else {
            throw SaslFailure(
                "the broker asks for \(challenge.iterations) iterations; \(Self.iterationLimits.lowerBound) to \(Self.iterationLimits.upperBound) are accepted")
        }
        let keys = login.keys(mechanism, salt: challenge.salt, iterations: challenge.iterations)
        let withoutProof = "c=\(Base64.encode(Array(Self.header.utf8))),r=\(challenge.nonce)"
        let signed = Array("\(bare),\(challenge.text),\(withoutProof)".utf8)
        let proof = zip(keys.clientKey, mechanism.hmac(key: keys.storedKey, signed)).map { $0 ^ $1 }
        state = .final(verifier: mechanism.hmac(key: keys.serverKey, signed))
        return Array("\(withoutProof),p=\(Base64.encode(proof))".utf8)
    }

    /// The server's turn to prove that it knows the password, or what was made of it.
    private func verify(_ message: [UInt8], _ verifier: [UInt8]) throws(SaslFailure) {
        guard let text = String(validating: message, as: UTF8.self), let attribute = text.split(separator: ",").first else {
            throw SaslFailure("the broker's last message is not one of \(mechanism.name)")
        }
        if attribute.hasPrefix("e=") { throw SaslFailure("the broker refuses: \(attribute.dropFirst(2).prefix(200))") }
        guard attribute.hasPrefix("v="), let found = Base64.decode(attribute.dropFirst(2)), Crypto.isEqual(found, verifier) else {
            throw SaslFailure("the broker could not prove that it knows this user: it is not the one it says it is")
        }
    }
}
