// What a TLS listener is told.

/// Whether clients show a certificate. Kafka's ssl.client.auth.
package enum ClientCertificates: String, CaseIterable, Sendable {
    /// They are not asked.
    case none
    /// They are asked; one that is shown must be good.
    case requested
    /// They must.
    case required
}

/// The versions of the protocol that are spoken: the oldest is 1.2.
package enum TLSVersion: String, CaseIterable, Sendable, Comparable {
    case v12 = "TLSv1.2"
    case v13 = "TLSv1.3"

    package static func < (a: TLSVersion, b: TLSVersion) -> Bool { a == .v12 && b == .v13 }
}

/// Files and rules of one TLS listener. PEM throughout.
package struct TLSSettings: Sendable {
    /// The certificates, the broker's own first, then those that lead to the root.
    package var certificatePath: String
    /// The private key; may be the same file.
    package var keyPath: String
    /// Of an encrypted private key. Never printed.
    package var keyPassword: String?
    /// The certificates that clients' must lead to.
    package var trustPath: String?
    package var clientCertificates: ClientCertificates
    package var versions: ClosedRange<TLSVersion>

    package init(
        certificatePath: String, keyPath: String, keyPassword: String? = nil, trustPath: String? = nil,
        clientCertificates: ClientCertificates = .none, versions: ClosedRange<TLSVersion> = .v12 ... .v13
    ) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.keyPassword = keyPassword
        self.trustPath = trustPath
        self.clientCertificates = clientCertificates
        self.versions = versions
    }
}

/// Settings that no listener can be made of: which file, and what is wrong with it.
package struct TLSSetupError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}
