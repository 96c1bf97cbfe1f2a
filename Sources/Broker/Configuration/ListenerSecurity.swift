// What protects a listener's connections.

/// Kafka's security protocols, by `security=` of a listener. Kafka's own words are understood too.
package enum ListenerSecurity: String, CaseIterable, Sendable {
    case plain
    case tls
    case sasl
    case saslTLS = "sasl-tls"

    private static let kafkaNames = ["PLAINTEXT": plain, "SSL": tls, "SASL_PLAINTEXT": sasl, "SASL_SSL": saslTLS]

    init?(word: String) {
        guard let security = ListenerSecurity(rawValue: word) ?? ListenerSecurity.kafkaNames[word] else { return nil }
        self = security
    }

    /// Whether what travels is encrypted.
    package var isEncrypted: Bool { self == .tls || self == .saslTLS }
    /// Whether clients have to prove who they are by a name and a password.
    package var isSasl: Bool { self == .sasl || self == .saslTLS }
}
