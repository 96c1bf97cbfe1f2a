// What a configuration file of Kafka's clients, or of librdkafka's, says about a connection.
internal import Security
internal import TLS

/// Keys of Kafka's own clients and, where librdkafka has others for the same, of its too. What only Java can read (JKS and PKCS #12
/// stores, callback classes) is refused with what to do about it; other keys that have no part in a connection are told as not used.
struct ClientProperties {
    private let file: PropertiesFile

    init(_ file: PropertiesFile) { self.file = file }

    private func complaint(_ text: String) -> ConnectionError { ConnectionError("\(file.name): \(text)") }

    /// - Throws: `ConnectionError` for values that can't be, and what this client does not do.
    func plan(_ passwords: PasswordSource) throws(ConnectionError) -> ConnectionPlan {
        let name = file["security.protocol"] ?? "PLAINTEXT"
        guard let (isEncrypted, isAsked) = Self.protocols[name.uppercased()] else {
            throw complaint("security.protocol=\(name): one of \(Self.protocols.keys.sorted().joined(separator: ", ")) is expected")
        }
        var plan = ConnectionPlan()
        var used: Set<String> = ["security.protocol"]
        if isEncrypted {
            plan.tls = try tls()
            used.formUnion(Self.tlsKeys)
        }
        if isAsked {
            plan.login = try login(passwords)
            used.formUnion(Self.saslKeys)
        }
        plan.unused = file.entries.map(\.key).filter { !used.contains($0) }
        return plan
    }

    /// By Kafka's names: whether it is encrypted, and whether clients say who they are.
    private static let protocols = [
        "PLAINTEXT": (false, false), "SSL": (true, false), "SASL_PLAINTEXT": (false, true), "SASL_SSL": (true, true),
    ]

    // MARK: TLS

    private static let tlsKeys: Set<String> = [
        "ssl.truststore.type", "ssl.truststore.location", "ssl.ca.location", "ssl.keystore.type", "ssl.keystore.location", "ssl.certificate.location",
        "ssl.key.location", "ssl.key.password", "ssl.endpoint.identification.algorithm", "enable.ssl.certificate.verification",
    ]

    private func tls() throws(ConnectionError) -> TLSClientSettings {
        for key in ["ssl.truststore.certificates", "ssl.keystore.certificate.chain", "ssl.keystore.key"] where file[key] != nil {
            throw complaint("\(key) holds PEM itself: put that into a file, and name it by ssl.truststore.location or ssl.keystore.location")
        }
        try requirePEM("ssl.truststore")
        try requirePEM("ssl.keystore")
        var settings = TLSClientSettings(verification: try verification())
        settings.trustPath = try onlyOne("ssl.truststore.location", "ssl.ca.location")
        settings.certificatePath = try onlyOne("ssl.keystore.location", "ssl.certificate.location")
        settings.keyPath = try onlyOne("ssl.keystore.location", "ssl.key.location")
        settings.keyPassword = file["ssl.key.password"]
        return settings
    }

    /// A store without a type is tried as PEM, whose reader says so when it is none.
    private func requirePEM(_ store: String) throws(ConnectionError) {
        guard let type = file[store + ".type"], type.uppercased() != "PEM" else { return }
        throw complaint("\(store).type=\(type): only PEM is read; openssl pkcs12 -in STORE.p12 -out STORE.pem makes it of a PKCS #12 store, and keytool -importkeystore that of a JKS one")
    }

    private func onlyOne(_ one: String, _ other: String) throws(ConnectionError) -> String? {
        guard file[one] == nil || file[other] == nil else { throw complaint("\(one) and \(other) say the same: leave one of them out") }
        return file[one] ?? file[other]
    }

    private func verification() throws(ConnectionError) -> TLSClientSettings.Verification {
        let checks = file["enable.ssl.certificate.verification"] ?? "true"
        guard checks == "true" || checks == "false" else {
            throw complaint("enable.ssl.certificate.verification=\(checks): true or false is expected")
        }
        if checks == "false" { return .none }
        switch file["ssl.endpoint.identification.algorithm"] {
        case nil, "https"?, "HTTPS"?: return .full
        // As Kafka and librdkafka say it.
        case ""?, "none"?: return .anyName
        case let other?: throw complaint("ssl.endpoint.identification.algorithm=\(other): https, or nothing behind the equals sign, is expected")
        }
    }

    // MARK: SASL

    private static let saslKeys: Set<String> = ["sasl.mechanism", "sasl.mechanisms", "sasl.jaas.config", "sasl.username", "sasl.password"]

    private func login(_ passwords: PasswordSource) throws(ConnectionError) -> SaslLogin {
        guard let name = try onlyOne("sasl.mechanism", "sasl.mechanisms") else {
            throw complaint("sasl.mechanism is missing: one of \(SaslMechanism.names.joined(separator: ", "))")
        }
        guard let mechanism = SaslMechanism(name: name.uppercased()) else {
            throw complaint("sasl.mechanism=\(name): \(SaslMechanism.names.joined(separator: ", ")) are spoken here")
        }
        guard let jaas = file["sasl.jaas.config"] else {
            guard let user = file["sasl.username"] else { throw complaint("sasl.jaas.config, or sasl.username, is missing: who is it?") }
            guard let password = file["sasl.password"] else { return try passwords.login(mechanism, user: user) }
            return try PasswordSource.login(mechanism, user: user, password: Array(password.utf8))
        }
        guard file["sasl.username"] == nil, file["sasl.password"] == nil else {
            throw complaint("sasl.jaas.config says who it is, and sasl.username or sasl.password says it once more: leave one of them out")
        }
        return try login(mechanism, jaas, passwords)
    }

    private func login(_ mechanism: SaslMechanism, _ jaas: String, _ passwords: PasswordSource) throws(ConnectionError) -> SaslLogin {
        let wanted = mechanism == .plain ? "PlainLoginModule" : "ScramLoginModule"
        guard let entry = JaasEntry(jaas) else {
            throw complaint("sasl.jaas.config can't be read: \(wanted) required username=\"NAME\" password=\"PASSWORD\"; is expected")
        }
        guard entry.module == wanted else { throw complaint("sasl.jaas.config names \(entry.module); \(mechanism.name) needs \(wanted)") }
        guard entry.options["tokenauth"] != "true" else { throw complaint("sasl.jaas.config asks for a delegation token, which is not done here") }
        guard let user = entry.options["username"] else { throw complaint("sasl.jaas.config has no username") }
        guard let password = entry.options["password"] else { return try passwords.login(mechanism, user: user) }
        return try PasswordSource.login(mechanism, user: user, password: Array(password.utf8))
    }
}
