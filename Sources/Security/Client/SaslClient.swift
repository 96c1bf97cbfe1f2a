// A client's side of saying who it is, whatever the mechanism: what to send, and what comes of the answer.

package struct SaslClient: Sendable {
    private enum Mechanism {
        case plain
        case scram(ScramClient)
    }

    private let login: SaslLogin
    private var mechanism: Mechanism

    /// - Parameter nonce: for SCRAM: random, of printable characters without a comma.
    package init(_ login: SaslLogin, nonce: String = ScramExchange.randomNonce()) {
        self.login = login
        mechanism =
            switch login.mechanism {
            case .plain: .plain
            case .scram(let mechanism): .scram(ScramClient(login, mechanism, nonce: nonce))
            }
    }

    /// What is sent first. Of PLAIN it holds the password (RFC 4616).
    package var first: [UInt8] {
        switch mechanism {
        case .plain: [0] + Array(login.user.utf8) + [0] + login.password
        case .scram(let client): client.first
        }
    }

    /// - Returns: what is sent next; nil: the exchange is over. With SCRAM the broker has then proved that it knows the user.
    /// - Throws: what keeps this side from believing the other.
    package mutating func receive(_ message: [UInt8]) throws(SaslFailure) -> [UInt8]? {
        guard case .scram(var client) = mechanism else { return nil }
        defer { mechanism = .scram(client) }
        return try client.receive(message)
    }
}
