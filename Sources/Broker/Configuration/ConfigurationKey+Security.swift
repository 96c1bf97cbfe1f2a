// The settings of authentication and access that are lists or names.
internal import Security
internal import StorageEngine

extension ConfigurationKey {
    /// Kafka's two class names are known beside the short one, so that a configuration of Kafka's does as it says.
    private static let authorizerNames = [
        "acl", "kafka.security.authorizer.AclAuthorizer", "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    ]

    static let authorizer = ConfigurationKey(
        name: "authorizer.class.name", kind: .string,
        documentation: "acl (or a class name of Kafka's): what is done is held against the access rules. By default everything is allowed."
    ) { configuration, text throws(ConfigurationError) in
        guard text.isEmpty || authorizerNames.contains(text) else {
            throw ConfigurationError("authorizer.class.name=\(text): nothing, or one of \(authorizerNames.joined(separator: ", ")) is expected")
        }
        configuration.authorizes = !text.isEmpty
    } read: { $0.authorizes ? "acl" : "" }

    static let saslMechanisms = ConfigurationKey(
        name: "sasl.enabled.mechanisms", kind: .list,
        documentation: "How clients of SASL listeners may say who they are: SCRAM-SHA-256, SCRAM-SHA-512, PLAIN. PLAIN sends passwords readably."
    ) { configuration, text throws(ConfigurationError) in
        let names = text.split(separator: ",").map(String.init)
        guard !names.isEmpty, names.allSatisfy({ SaslMechanism(name: $0) != nil }), Set(names).count == names.count else {
            throw ConfigurationError("sasl.enabled.mechanisms=\(text): one or several of \(SaslMechanism.names.joined(separator: ",")) are expected")
        }
        configuration.saslMechanisms = names
    } read: { $0.saslMechanisms.joined(separator: ",") }

    static let superUsers = ConfigurationKey(
        name: "super.users", kind: .string, documentation: "Principals that may do everything: User:NAME, separated by semicolons."
    ) { configuration, text throws(ConfigurationError) in
        let names = text.split(separator: ";").map(String.init)
        guard names.allSatisfy({ $0.hasPrefix("User:") && $0.utf8.count > 5 }) else {
            throw ConfigurationError("super.users=\(text): User:NAME, separated by semicolons, is expected")
        }
        configuration.superUsers = Set(names)
    } read: { $0.superUsers.sorted().joined(separator: ";") }
}

extension BrokerConfiguration {
    /// The authorizer with the rules that the catalogue keeps; nil when none is configured.
    ///
    /// - Throws: `SecurityDocumentError` when the rules can't be used.
    func authorizer(_ storage: Storage) throws -> Authorizer? {
        guard authorizes else { return nil }
        let bytes = storage.document(named: AccessRules.documentName)
        return Authorizer(
            try bytes.map { try AccessRules(decoding: $0) } ?? AccessRules(), superUsers: superUsers, allowsWithoutRule: allowsWithoutRule)
    }
}
