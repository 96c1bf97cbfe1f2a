// The server's side of a SCRAM exchange (RFC 5802): two messages from the client, two to it.

/// What an exchange comes to with a message.
package enum SaslStep: Equatable, Sendable {
    /// The client answers this.
    case challenge([UInt8])
    /// The client is `user`; it gets the bytes.
    case done(user: String, [UInt8])
    /// It is not who it says. Why is for the log: the client learns no more than that.
    case failed(String)
}

package struct ScramExchange: Sendable {
    private enum State {
        case first
        case final(ScramClientFirst, ScramCredential, isKnown: Bool, nonce: String, serverFirst: String)
        case over
    }

    private let mechanism: ScramMechanism
    private var state = State.first

    package init(_ mechanism: ScramMechanism) { self.mechanism = mechanism }

    /// - Parameters:
    ///   - nonce: this side's part of it: random, of printable characters without a comma.
    ///   - credentials: as they are now.
    package mutating func receive(_ message: [UInt8], nonce: @autoclosure () -> String, credentials: CredentialBook) -> SaslStep {
        switch state {
        case .first: return first(message, nonce(), credentials)
        case .final(let first, let credential, let isKnown, let nonce, let serverFirst):
            state = .over
            return final(message, first, credential, isKnown, nonce, serverFirst)
        case .over: return .failed("the exchange was over already")
        }
    }

    private mutating func first(_ message: [UInt8], _ nonce: String, _ credentials: CredentialBook) -> SaslStep {
        guard let first = ScramClientFirst(message) else {
            state = .over
            return .failed("the client's first message is not one of \(mechanism.name)")
        }
        let known = credentials.credential(of: first.user, mechanism)
        // Who is not there is asked for a proof too, as if: a stranger does not learn who is.
        let credential = known ?? credentials.decoy(for: first.user, mechanism)
        let whole = first.nonce + nonce
        let serverFirst = "r=\(whole),s=\(Base64.encode(credential.salt)),i=\(credential.iterations)"
        state = .final(first, credential, isKnown: known != nil, nonce: whole, serverFirst: serverFirst)
        return .challenge(Array(serverFirst.utf8))
    }

    private func final(
        _ message: [UInt8], _ first: ScramClientFirst, _ credential: ScramCredential, _ isKnown: Bool, _ nonce: String,
        _ serverFirst: String
    ) -> SaslStep {
        // Kafka asks for no more than the nonce's end, and librdkafka before 2.6.1 sends its own part of it twice.
        guard let final = ScramClientFinal(message), final.nonce.hasSuffix(nonce), final.channelBinding == Array(first.header.utf8),
            final.proof.count == mechanism.hashBytes
        else { return .failed("the client's last message does not belong to its first") }
        let signed = Array("\(first.bare),\(serverFirst),\(final.withoutProof)".utf8)
        let signature = mechanism.hmac(key: credential.storedKey, signed)
        let clientKey = zip(final.proof, signature).map { $0 ^ $1 }
        guard Crypto.isEqual(mechanism.hash(clientKey), credential.storedKey), isKnown else {
            return .failed("wrong password, or no such user")
        }
        let verifier = mechanism.hmac(key: credential.serverKey, signed)
        return .done(user: first.user, Array("v=\(Base64.encode(verifier))".utf8))
    }

    /// 24 random letters and digits: 142 bits.
    package static func randomNonce() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in alphabet.randomElement(using: &generator)! })
    }
}
