// How a command gets into a cluster: whether it encrypts, who the user is, and where the password comes from.
internal import ArgumentParser
internal import Client
internal import Foundation
internal import Host
internal import Security
internal import TLS

/// `--tls…`, `--sasl…` and `--command-config`, of the verbs for people and of `run`. There is no option for a password: a command line
/// can be read by everybody, in /proc and in a shell's history.
struct SecurityOptions: ParsableArguments {
    @Flag(help: "Encrypt, and hold the broker's certificate to an authority and to the host's name.") var tls = false
    @Option(
        help: ArgumentHelp("Certificates of the authorities that brokers' must lead to, as PEM; default: those of the system.", valueName: "file"),
        completion: .file())
    var tlsCa: String?
    @Option(help: ArgumentHelp("A certificate of the client's own, as PEM, with what leads to its root.", valueName: "file"), completion: .file())
    var tlsCert: String?
    @Option(help: ArgumentHelp("Its private key, as PEM.", valueName: "file"), completion: .file()) var tlsKey: String?
    @Flag(help: "Encrypt, whoever answers: neither the certificate nor the name is looked at.") var tlsNoVerify = false
    @Option(help: "Say who the user is, by plain, scram-sha-256 or scram-sha-512; without --tls a password sent by plain can be read on the way.")
    var sasl: SaslChoice?
    @Option(help: ArgumentHelp("Who the user is.", valueName: "name")) var user: String?
    @Option(
        help: ArgumentHelp("A file that holds the password, and a line feed or not. Default: $TIDEMARK_PASSWORD.", valueName: "file"),
        completion: .file())
    var passwordFile: String?
    @Option(
        help: ArgumentHelp("Instead of the above: a configuration file of Kafka's clients, such as client.properties.", valueName: "file"),
        completion: .file())
    var commandConfig: String?

    static let passwordVariable = "TIDEMARK_PASSWORD"

    func validate() throws {
        if let contradiction { throw ValidationError(contradiction) }
    }

    /// The names of the options that were given, as they are written.
    private var given: [String] {
        [
            ("--tls", tls), ("--tls-ca", tlsCa != nil), ("--tls-cert", tlsCert != nil), ("--tls-key", tlsKey != nil), ("--tls-no-verify", tlsNoVerify),
            ("--sasl", sasl != nil), ("--user", user != nil),
        ].filter { $0.1 }.map { $0.0 }
    }

    /// Whether anything is asked for beyond a connection in the clear.
    var isEmpty: Bool { given.isEmpty && passwordFile == nil && commandConfig == nil }

    /// What of the options can't be meant together; nil where all can.
    var contradiction: String? {
        if commandConfig != nil {
            return given.first.map { "--command-config says how to connect, and \($0) says it once more: leave one of them out" }
        }
        if !tls, let option = given.first(where: { $0.hasPrefix("--tls-") }) { return "\(option) needs --tls: without it nothing is encrypted" }
        if tlsNoVerify, tlsCa != nil { return "--tls-ca says whom to trust and --tls-no-verify trusts everybody: leave one of them out" }
        if (tlsCert == nil) != (tlsKey == nil) { return "--tls-cert and --tls-key belong together; one file may hold both" }
        if sasl == nil, user != nil || passwordFile != nil {
            return "\(user != nil ? "--user" : "--password-file") needs --sasl: \(SaslChoice.allCases.map(\.rawValue).joined(separator: ", ")) are the ways to prove it"
        }
        if sasl != nil, user == nil { return "--sasl needs --user: who is it?" }
        return nil
    }

    /// What the options come to. Reads the files with settings and passwords, not those with certificates.
    ///
    /// - Throws: `ConnectionError`.
    func plan(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ConnectionError) -> ConnectionPlan {
        let passwords = PasswordSource(path: passwordFile, environment: environment)
        if let commandConfig {
            let text = try ConnectionError.contents(of: commandConfig, atMost: PropertiesFile.longestBytes)
            return try ClientProperties(try PropertiesFile(text, named: commandConfig)).plan(passwords)
        }
        var plan = ConnectionPlan()
        if tls {
            plan.tls = TLSClientSettings(
                trustPath: tlsCa, certificatePath: tlsCert, keyPath: tlsKey, verification: tlsNoVerify ? .none : .full)
        }
        if let sasl, let user { plan.login = try passwords.login(sasl.mechanism, user: user) }
        return plan
    }

    /// The same, with its certificates loaded. Says on standard error which settings of a file are not used.
    ///
    /// - Throws: `ConnectionError`, `TLSSetupError`.
    func connection() throws -> ConnectionSecurity {
        let plan = try plan()
        if let commandConfig, !plan.unused.isEmpty {
            let names = plan.unused.joined(separator: ", ")
            StandardError.write("tidemark: \(commandConfig): not used: \(names)\n")
        }
        return ConnectionSecurity(tls: try plan.tls.map { try TLSConnector($0) }, login: plan.login)
    }
}

/// The mechanisms by which a user proves who it is, as the command line names them.
enum SaslChoice: String, CaseIterable, ExpressibleByArgument {
    case plain
    case scramSHA256 = "scram-sha-256"
    case scramSHA512 = "scram-sha-512"

    var mechanism: SaslMechanism {
        switch self {
        case .plain: .plain
        case .scramSHA256: .scram(.sha256)
        case .scramSHA512: .scram(.sha512)
        }
    }
}
