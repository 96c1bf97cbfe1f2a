// What `run --bootstrap` may be told of a broker that somebody else started.
internal import ArgumentParser
internal import Foundation
internal import Harness

struct ExternalBrokerOptions: ParsableArguments {
    @Option(help: "Replicas of the topics that the run makes there, and removes; default: the profile's.") var replicationFactor: Int?
    @Option(
        help: ArgumentHelp(
            "Write into topics that are there, the first load into the first, the last for the rest; one with several topics takes as many, in the profile's order. They keep what was written.",
            valueName: "name,name…"))
    var existingTopics: String?
    @Option(help: ArgumentHelp("The broker's process on this host, for its cost; what it started counts with it.", valueName: "pid"))
    var brokerPid: Int32?
    @Option(
        help: ArgumentHelp("Where the broker keeps its logs on this host, for its page cache and its device.", valueName: "dir"),
        completion: .directory)
    var brokerDataDir: String?
    @OptionGroup(title: "Security") var security: SecurityOptions

    func validate() throws {
        if let replicationFactor, !(1...Int(Int16.max)).contains(replicationFactor) {
            throw ValidationError("--replication-factor must be positive, as \(replicationFactor) is not")
        }
        if existingTopics != nil, topics.isEmpty { throw ValidationError("--existing-topics names no topic") }
        if existingTopics != nil, replicationFactor != nil {
            throw ValidationError("--replication-factor is for topics that the run makes, and --existing-topics has it make none: leave one of them out")
        }
        if let brokerPid, brokerPid < 1 { throw ValidationError("--broker-pid must be positive, as \(brokerPid) is not") }
    }

    private var topics: [String] {
        (existingTopics ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// An option that means nothing without --bootstrap; nil where none was given.
    var needsBootstrap: String? {
        [
            ("--replication-factor", replicationFactor != nil), ("--existing-topics", existingTopics != nil), ("--broker-pid", brokerPid != nil),
            ("--broker-data-dir", brokerDataDir != nil), ("TLS, SASL and --command-config", !security.isEmpty),
        ].first { $0.1 }?.0
    }

    /// Loads certificates and reads passwords.
    func options() throws -> ExternalOptions {
        var options = ExternalOptions()
        options.security = try security.connection()
        options.replicationFactor = replicationFactor
        options.existingTopics = topics
        options.processID = brokerPid
        options.dataDirectory = brokerDataDir
        return options
    }
}
