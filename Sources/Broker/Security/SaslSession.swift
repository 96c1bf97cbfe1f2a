// Where a connection of a SASL listener stands: what it may send, and until when.
internal import Security
internal import Wire

extension SaslMechanism {
    /// What a client is told that could not prove who it is: Kafka's words, the same whatever was wrong.
    var refusal: String {
        switch self {
        case .plain: "Authentication failed: Invalid username or password"
        case .scram: "Authentication failed during authentication due to invalid credentials with SASL mechanism \(name)"
        }
    }
}

final class SaslSession {
    enum State {
        /// Nothing was proved yet.
        case initial
        /// The client has chosen how; `isRaw`: what follows has no headers (SaslHandshake 0).
        case chosen(SaslMechanism, isRaw: Bool)
        case exchanging(ScramExchange, SaslMechanism, isRaw: Bool)
        /// Another thread compares a password.
        case comparing
        case authenticated
    }

    var state = State.initial
    /// Of the last proof; a later one must be of the same kind and name.
    private(set) var proved: (mechanism: SaslMechanism, principal: String)?
    /// When the proof is no longer good, on the loop's clock; nil: never.
    private var expiry: UInt64?
    /// Whether the client may prove itself anew: only where a proof ends.
    private(set) var canRepeat = false

    var isAuthenticated: Bool { if case .authenticated = state { true } else { false } }

    /// Whether the next frame has no header: it is a token and nothing else.
    var expectsToken: Bool {
        switch state {
        case .chosen(_, let isRaw), .exchanging(_, _, let isRaw): isRaw
        case .initial, .comparing, .authenticated: false
        }
    }

    /// Whether a request may come now.
    ///
    /// - Source: Kafka's `SaslServerAuthenticator.handleKafkaRequest`, and KIP-368 for proofs that end.
    func admits(_ key: APIKey, now: UInt64) -> Bool {
        switch state {
        case .initial: key == .apiVersions || key == .saslHandshake
        case .chosen, .exchanging: key == .saslAuthenticate
        case .comparing: false
        case .authenticated: key == .saslHandshake || expiry.map { now < $0 } ?? true
        }
    }

    /// The client is who it says.
    ///
    /// - Parameter lifetimeNanoseconds: how long that is good; nil: for ever.
    func succeed(_ mechanism: SaslMechanism, _ principal: String, now: UInt64, lifetimeNanoseconds: UInt64?) {
        state = .authenticated
        proved = (mechanism, principal)
        expiry = lifetimeNanoseconds.map { now + $0 }
        canRepeat = lifetimeNanoseconds != nil
    }
}
