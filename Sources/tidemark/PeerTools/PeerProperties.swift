// Kafka's properties as the command lines of its tools give them: of a file and of words, of which the words win.
internal import ArgumentParser
internal import Client
internal import Foundation
internal import Harness
internal import Security
internal import TLS

struct PeerProperties {
    let values: [String: String]
    /// What they say about getting in, as in any file of Kafka's clients.
    let security: ConnectionSecurity
    /// Names that have no part in that.
    private let unused: Set<String>

    /// - Parameters:
    ///   - path: `--producer.config`, `--consumer.config`.
    ///   - words: NAME=VALUE.
    ///   - bootstrap: wins over the property.
    /// - Throws: `ValidationError` for what can't be read or can't be meant, `TLSSetupError` for certificates.
    init(file path: String?, _ words: [String], bootstrap: String?) throws {
        let file: PropertiesFile
        let plan: ConnectionPlan
        do {
            var given = try [String: String]().adding(words)
            if let bootstrap { given["bootstrap.servers"] = bootstrap }
            let bytes = try path.map { try ConnectionError.contents(of: $0, atMost: PropertiesFile.longestBytes) } ?? []
            file = try PropertiesFile(bytes, named: path ?? "the properties").overlaid(by: given)
            plan = try ClientProperties(file).plan(PasswordSource(path: nil, environment: ProcessInfo.processInfo.environment))
        } catch {
            // Of PeerToolError and ConnectionError, which say it for people.
            throw ValidationError("\(error)")
        }
        values = Dictionary(file.entries.map { ($0.key, $0.value) }) { _, last in last }
        security = ConnectionSecurity(tls: try plan.tls.map { try TLSConnector($0) }, login: plan.login)
        unused = Set(plan.unused)
    }

    /// Of names that no client has a use for, those that had none in getting in either.
    func inactive(_ names: [String]) -> [String] { names.filter { unused.contains($0) } }
}
