// The ssl.* keys: which files a TLS listener takes its certificates from, and what it asks of its clients.
internal import TLS

/// Kafka's keys of PEM stores (KIP-651), and the names librdkafka has for separate files. They hold for all TLS
/// listeners; a listener may have its own `ssl.client.auth`.
///
///     ssl.keystore.location      one file with the private key and the certificates, as Kafka's PEM key store
///     ssl.certificate.location   or the certificates alone,
///     ssl.key.location           and the private key alone
///     ssl.key.password           of an encrypted key
///     ssl.truststore.location    the certificates that clients' certificates must lead to
package struct TLSKeys: Equatable, Sendable {
    var keystore: String?
    var certificate: String?
    var key: String?
    var password: String?
    var truststore: String?
    var clientAuthentication = ClientCertificates.none
    var versions: ClosedRange<TLSVersion> = .v12 ... .v13

    /// - Parameter clientAuthentication: the listener's own, where it has one.
    /// - Throws: which key is missing.
    func settings(_ clientAuthentication: ClientCertificates?) throws(ConfigurationError) -> TLSSettings {
        guard let certificate = certificate ?? keystore, let key = key ?? keystore else {
            throw ConfigurationError(
                "a listener with security=tls needs a certificate: set ssl.keystore.location, or ssl.certificate.location and ssl.key.location")
        }
        if keystore != nil, self.certificate != nil || self.key != nil {
            throw ConfigurationError("ssl.keystore.location and ssl.certificate.location or ssl.key.location exclude each other")
        }
        return TLSSettings(
            certificatePath: certificate, keyPath: key, keyPassword: password, trustPath: truststore,
            clientCertificates: clientAuthentication ?? self.clientAuthentication, versions: versions)
    }
}

extension ConfigurationTable {
    static let tlsKeys: [ConfigurationKey] = [
        path("ssl.certificate.location", "The broker's certificates in PEM format, its own first. With ssl.key.location instead of ssl.keystore.location.", \.tls.certificate),
        ConfigurationKey(
            name: "ssl.client.auth", kind: .string,
            documentation: "Whether TLS clients show a certificate: none, requested or required. A listener may say otherwise."
        ) { configuration, text throws(ConfigurationError) in
            configuration.tls.clientAuthentication = try clientCertificates("ssl.client.auth", text)
        } read: { $0.tls.clientAuthentication.rawValue },
        ConfigurationKey(
            name: "ssl.enabled.protocols", kind: .list, documentation: "The versions of TLS that are spoken: TLSv1.2, TLSv1.3 or both."
        ) { configuration, text throws(ConfigurationError) in
            let versions = text.split(separator: ",", omittingEmptySubsequences: false).map { TLSVersion(rawValue: String($0)) }
            guard let first = versions.compactMap({ $0 }).min(), let last = versions.compactMap({ $0 }).max(), !versions.contains(nil) else {
                throw ConfigurationError("ssl.enabled.protocols=\(text): TLSv1.2, TLSv1.3 or both are expected; older ones are not safe")
            }
            configuration.tls.versions = first...last
        } read: { configuration in
            TLSVersion.allCases.filter { configuration.tls.versions.contains($0) }.map(\.rawValue).joined(separator: ",")
        },
        path("ssl.key.location", "The broker's private key in PEM format.", \.tls.key),
        .password("ssl.key.password", "The password of an encrypted private key. In a file that only the broker may read, not on a command line.", \.tls.password),
        path("ssl.keystore.location", "One file with the broker's private key and certificates in PEM format, as Kafka's PEM key stores have them.", \.tls.keystore),
        onlyPEM("ssl.keystore.type"),
        path("ssl.truststore.location", "The certificates in PEM format that clients' certificates must lead to.", \.tls.truststore),
        onlyPEM("ssl.truststore.type"),
    ]

    static func clientCertificates(_ place: String, _ text: String) throws(ConfigurationError) -> ClientCertificates {
        guard let found = ClientCertificates(rawValue: text) else {
            throw ConfigurationError("\(place)=\(text) is none of none, requested, required")
        }
        return found
    }

    private static func path(
        _ name: String, _ documentation: String, _ path: any WritableKeyPath<BrokerConfiguration, String?> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: .string, documentation: documentation) { configuration, text throws(ConfigurationError) in
            guard !text.isEmpty else { throw ConfigurationError("\(name)= is empty: a file is expected") }
            configuration[keyPath: path] = text
        } read: { $0[keyPath: path] }
    }

    /// Understood so that a Kafka broker's file can be taken over; the other types are Java's own.
    private static func onlyPEM(_ name: String) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: .string, documentation: "The format of the file: PEM.") { _, text throws(ConfigurationError) in
            guard text == "PEM" else {
                throw ConfigurationError("\(name)=\(text): only PEM can be read; keytool and openssl pkcs12 turn JKS and PKCS12 into it")
            }
        } read: { _ in "PEM" }
    }
}
