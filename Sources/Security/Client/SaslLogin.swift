// Who a client says it is, and what it proves that with.
internal import Synchronization

/// A user, a password and the mechanism to prove it by. Prints without the password.
package final class SaslLogin: Sendable, CustomStringConvertible, CustomReflectable {
    package let mechanism: SaslMechanism
    package let user: String
    let password: [UInt8]
    /// The last keys made: PBKDF2 takes a millisecond or more on purpose, which the first connection pays. A lane that connects
    /// again, on a loop that has a schedule to keep, finds them here, for a broker challenges a user with the same salt each time.
    private let lastKeys = Mutex<(salt: [UInt8], iterations: Int, keys: ScramClientKeys)?>(nil)

    /// - Parameter password: as UTF-8. Like Kafka's clients, and unlike RFC 5802, it is used as it is, without SASLprep.
    /// - Throws: what can be no name or no password.
    package init(_ mechanism: SaslMechanism, user: String, password: [UInt8]) throws(SaslFailure) {
        guard !user.isEmpty else { throw SaslFailure("a user without a name") }
        guard !password.isEmpty else { throw SaslFailure("the password is empty") }
        // PLAIN separates its fields by it, and no broker takes one that holds it.
        guard !user.utf8.contains(0), !password.contains(0) else { throw SaslFailure("a name or password with a NUL in it") }
        self.mechanism = mechanism
        self.user = user
        self.password = password
    }

    func keys(_ mechanism: ScramMechanism, salt: [UInt8], iterations: Int) -> ScramClientKeys {
        if let last = lastKeys.withLock({ $0 }), last.salt == salt, last.iterations == iterations { return last.keys }
        let keys = ScramClientKeys(mechanism, password: password, salt: salt, iterations: iterations)
        lastKeys.withLock { $0 = (salt, iterations, keys) }
        return keys
    }

    package var description: String { "\(user) by \(mechanism.name)" }
    /// `dump` prints no more than `print`.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// Why nobody was let in, or a broker was not believed. Says nothing of what a password is.
package struct SaslFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
