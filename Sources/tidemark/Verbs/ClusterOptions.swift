// Which brokers a verb for people speaks to, and in which form it answers.
internal import ArgumentParser
internal import Client
internal import Foundation

/// `--bootstrap`, and how to get in there, which every such verb has.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Brokers to ask, as HOST:PORT,HOST:PORT…; one that answers is enough. Default: $TIDEMARK_BOOTSTRAP, else 127.0.0.1:9092.",
            valueName: "brokers"))
    var bootstrap: String?
    @OptionGroup(title: "Security") var security: SecurityOptions

    func validate() throws { _ = try addresses() }

    /// Connects.
    func cluster() throws -> Cluster {
        var options = ConnectionOptions()
        options.clientID = "tidemark-cli"
        options.security = try security.connection()
        return try Cluster(try addresses(), options)
    }

    private func addresses() throws -> [BrokerAddress] {
        let text = bootstrap ?? ProcessInfo.processInfo.environment["TIDEMARK_BOOTSTRAP"] ?? "127.0.0.1:9092"
        let addresses = text.split(separator: ",").map { part in (part, BrokerAddress(part.contains(":") ? String(part) : "\(part):9092")) }
        guard !addresses.isEmpty else { throw ValidationError("--bootstrap names no broker") }
        return try addresses.map { part, address in
            guard let address else { throw ValidationError("--bootstrap must be HOST:PORT, not ‘\(part)’") }
            return address
        }
    }
}

/// `--json`, for verbs that print a table.
struct AnswerForm: ParsableArguments {
    @Flag(help: "Print JSON, for programs.") var json = false

    /// Prints the value as JSON, or else the text.
    func print(_ value: some Encodable, _ text: () -> String) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            StandardOutput.write(try encoder.encode(value) + Data("\n".utf8))
        } else {
            StandardOutput.write(Data(text().utf8))
        }
    }
}
