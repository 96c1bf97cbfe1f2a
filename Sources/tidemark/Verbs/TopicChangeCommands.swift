// `tidemark topics add-partitions` and `tidemark topics config`.
internal import ArgumentParser
internal import Client

extension TopicsCommand {
    struct AddPartitions: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-partitions", abstract: "Give a topic more partitions; records stay where they are.")

        @Argument(help: "The topic.") var topic: String
        @Option(help: "How many it shall have.") var total: Int32
        @OptionGroup var options: ClusterOptions

        func validate() throws {
            guard total > 0 else { throw ValidationError("--total must be positive, not \(total)") }
        }

        func run() throws {
            let cluster = try options.cluster()
            _ = try cluster.topic(topic)
            try cluster.controller().createPartitions(of: topic, total: total)
        }
    }

    struct Config: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "config", abstract: "Show a topic's configuration, or change single keys of it.",
            discussion: "Without a change it prints the topic's own values, with --all also those it takes from its broker.")

        @Argument(help: "The topic.") var topic: String
        @Option(help: ArgumentHelp("A value to set, as in retention.ms=60000; may repeat.", valueName: "key=value")) var set: [String] = []
        @Option(help: ArgumentHelp("A key to take away, so that the broker's value counts; may repeat.", valueName: "key")) var unset: [String] = []
        @Flag(help: "Also what is not the topic's own.") var all = false
        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm

        struct Row: Encodable {
            let name: String
            let value: String?
            let isOwn: Bool
        }

        func validate() throws {
            let names = try configPairs(set, flag: "--set").map(\.name) + unset
            if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) { throw ValidationError("\(twice) is changed twice") }
        }

        func run() throws {
            let cluster = try options.cluster()
            _ = try cluster.topic(topic)
            let changes = try configPairs(set, flag: "--set").map { ConfigChange(name: $0.name, value: $0.value) }
                + unset.map { ConfigChange(name: $0, value: nil) }
            if changes.isEmpty { try show(cluster) } else { try cluster.controller().alterConfigs(of: topic, changes) }
        }

        private func show(_ cluster: Cluster) throws {
            let rows = try cluster.anyBroker().configs(of: topic).filter { all || $0.isOwn }.map {
                Row(name: $0.name, value: $0.value, isOwn: $0.isOwn)
            }
            try form.print(rows) {
                rows.map { "\($0.name)=\($0.value ?? "")\(all && $0.isOwn ? "  (own)" : "")\n" }.joined()
            }
        }
    }
}
