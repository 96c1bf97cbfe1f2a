// What the broker keeps of a password: enough to recognise it, not enough to use it.

/// A user's SCRAM credential (RFC 5802 §3). Prints without its keys.
package struct ScramCredential: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Rounds of PBKDF2 that are accepted, Kafka's limits.
    package static let iterationLimits = 4_096...16_384
    /// Bytes of salt that are accepted.
    package static let saltLimits = 1...1_024
    package static let newSaltBytes = 24

    package let mechanism: ScramMechanism
    package let salt: [UInt8]
    package let iterations: Int
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    init(mechanism: ScramMechanism, salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        self.mechanism = mechanism
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// From what AlterUserScramCredentials sends.
    ///
    /// - Returns: nil when the salted password is not as long as a hash of the mechanism.
    package init?(mechanism: ScramMechanism, salt: [UInt8], iterations: Int, saltedPassword: [UInt8]) {
        guard saltedPassword.count == mechanism.hashBytes else { return nil }
        self.init(
            mechanism: mechanism, salt: salt, iterations: iterations,
            storedKey: mechanism.hash(mechanism.hmac(key: saltedPassword, Array("Client Key".utf8))),
            serverKey: mechanism.hmac(key: saltedPassword, Array("Server Key".utf8)))
    }

    /// From a password, as UTF-8.
    package init(mechanism: ScramMechanism, password: [UInt8], salt: [UInt8], iterations: Int) {
        let salted = mechanism.saltedPassword(password, salt: salt, iterations: iterations)
        guard let made = ScramCredential(mechanism: mechanism, salt: salt, iterations: iterations, saltedPassword: salted) else {
            preconditionFailure("a salted password has \(salted.count) bytes")
        }
        self = made
    }

    /// Whether `password` is the one. Takes as long as `iterations` say.
    package func isProved(by password: [UInt8]) -> Bool {
        let other = ScramCredential(mechanism: mechanism, password: password, salt: salt, iterations: iterations)
        return Crypto.isEqual(storedKey, other.storedKey)
    }

    package static func randomSalt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<newSaltBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    package var description: String { "\(mechanism.name) with \(iterations) iterations" }
    /// `dump` prints no more than `print`.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
