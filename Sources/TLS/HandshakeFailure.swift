// Why a client of a TLS listener is not served.
package import Host
internal import NIOSSL

/// What ended a handshake.
package enum HandshakeFailure: Error, Sendable, CustomStringConvertible {
    /// The client broke the rules, or refused ours: BoringSSL's word for it, such as `WRONG_VERSION_NUMBER`.
    case refused(String)
    /// The client left before the handshake was done.
    case left
    /// It took longer than it may.
    case late
    /// A newer one took its place: there are more unfinished ones than memory is kept for, most of them from its address.
    case displaced
    /// The broker shuts down.
    case stopping
    /// No socket pair was to be had.
    case system(SystemError)

    /// What people make of BoringSSL's words.
    private static let meanings = [
        "WRONG_VERSION_NUMBER": "the client does not speak TLS",
        "HTTP_REQUEST": "the client speaks HTTP, not TLS",
        "HTTPS_PROXY_REQUEST": "the client speaks HTTP, not TLS",
        "UNSUPPORTED_PROTOCOL": "the client speaks older versions of TLS only",
        "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the client showed no certificate",
        "CERTIFICATE_VERIFY_FAILED": "the client's certificate is not good: expired, or not from an authority in ssl.truststore.location",
        "TLSV1_ALERT_UNKNOWN_CA": "the client does not trust the broker's certificate",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the client does not accept the broker's certificate",
        "SSLV3_ALERT_BAD_CERTIFICATE": "the client does not accept the broker's certificate",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the client finds the broker's certificate expired",
        "NO_SHARED_CIPHER": "the client and the broker have no cipher in common",
    ]

    init(_ error: any Error) {
        switch error as? NIOSSLError {
        case .handshakeFailed(.sslError(let stack)):
            let text = "\(stack)"
            self = text.contains("EOF") ? .left : .refused(HandshakeFailure.reason(in: text))
        case .uncleanShutdown: self = .left
        case let error?: self = .refused("\(error)")
        case nil: self = .left
        }
    }

    /// `error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …` without what only its authors read.
    static func reason(in text: String) -> String {
        guard let marker = text.firstRange(of: "OPENSSL_internal:") else { return text }
        return String(text[marker.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" })
    }

    package var description: String {
        switch self {
        case .refused(let word): HandshakeFailure.meanings[word].map { "\($0) (\(word))" } ?? word
        case .left: "the client left before the TLS handshake was done"
        case .late: "the TLS handshake was not done in time"
        case .displaced: "too many unfinished TLS handshakes; the oldest of the busiest address make room"
        case .stopping: "the broker shuts down"
        case .system(let error): "\(error)"
        }
    }
}
