// Why a client does not speak TLS with a broker.
internal import NIOSSL

/// What ended a handshake, or the connection after it, in words for who started the client.
package struct TLSClientFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    static let left = TLSClientFailure(
        description: "the broker ended the connection during the TLS handshake, as one does that doesn't speak TLS on this port")
    package static let late = TLSClientFailure(
        description: "the TLS handshake was not done in time; a broker that doesn't speak TLS on this port may wait for ever")

    /// What people make of BoringSSL's words.
    private static let meanings = [
        "WRONG_VERSION_NUMBER": "the broker does not speak TLS on this port",
        "CERTIFICATE_VERIFY_FAILED": "the broker's certificate is not good: expired, or not from an authority that is trusted here",
        "UNSUPPORTED_PROTOCOL": "the broker speaks older versions of TLS only",
        "TLSV1_ALERT_PROTOCOL_VERSION": "the broker speaks neither TLS 1.2 nor 1.3",
        "SSLV3_ALERT_HANDSHAKE_FAILURE": "the broker refuses: no cipher in common, or it wants a certificate of the client",
        "TLSV1_ALERT_CERTIFICATE_REQUIRED": "the broker wants a certificate of the client",
        "TLSV1_ALERT_UNKNOWN_CA": "the broker does not trust the client's certificate",
        "SSLV3_ALERT_BAD_CERTIFICATE": "the broker does not accept the client's certificate",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the broker does not accept the client's certificate",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "the broker does not accept certificates of this kind",
        "SSLV3_ALERT_CERTIFICATE_REVOKED": "the broker says that the client's certificate is revoked",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the broker finds the client's certificate expired",
        "TLSV1_ALERT_UNRECOGNIZED_NAME": "the broker does not know the host name that it was asked for",
    ]

    private init(description: String) { self.description = description }

    /// - Parameter host: as it was connected to.
    /// - Returns: nil for the end of an established connection that has nothing to do with TLS.
    init?(_ error: any Error, host: String, isEstablished: Bool) {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            let text = "\(stack)"
            guard !text.contains("EOF") else {
                if isEstablished { return nil }
                self = .left
                return
            }
            let word = HandshakeFailure.reason(in: text)
            self.init(description: TLSClientFailure.meanings[word].map { "\($0) (\(word))" } ?? "TLS: \(word)")
        case let mismatch as NIOSSLExtraError where mismatch == .failedToValidateHostname || mismatch == .serverHostnameImpossibleToMatch:
            self.init(description: "the broker's certificate is for another host than ‘\(host)’")
        case let invalid as NIOSSLExtraError where invalid == .invalidSNIHostname:
            self.init(description: "‘\(host)’ can't be the name of a host that has a certificate")
        default:
            // Whatever the socket said: it was reset, or ended without a goodbye.
            if isEstablished { return nil }
            self = .left
        }
    }
}
