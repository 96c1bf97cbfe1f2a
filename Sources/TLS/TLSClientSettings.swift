// What a client of TLS is told.

/// Files and rules of a client's connections. PEM throughout. Prints without the key's password.
package struct TLSClientSettings: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// What is asked of a broker's certificate.
    package enum Verification: String, Sendable {
        /// It leads to an authority that is trusted, and names the host that was asked for.
        case full
        /// It leads to an authority that is trusted, whatever it names.
        case anyName
        /// Nothing: whoever answers is spoken to. Encrypted, and perhaps with somebody else.
        case none
    }

    /// The certificates that brokers' must lead to; nil: those that the system trusts.
    package var trustPath: String?
    /// The client's own certificates, its own first, then those that lead to the root; nil: it has none to show.
    package var certificatePath: String?
    /// The private key of the first; may be the same file.
    package var keyPath: String?
    /// Of an encrypted private key.
    package var keyPassword: String?
    package var verification: Verification

    package init(
        trustPath: String? = nil, certificatePath: String? = nil, keyPath: String? = nil, keyPassword: String? = nil,
        verification: Verification = .full
    ) {
        self.trustPath = trustPath
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.keyPassword = keyPassword
        self.verification = verification
    }

    package var description: String {
        "trust \(trustPath ?? "of the system"), certificate \(certificatePath ?? "none"), verification \(verification.rawValue)"
    }
    /// `dump` prints no more than `print`.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
