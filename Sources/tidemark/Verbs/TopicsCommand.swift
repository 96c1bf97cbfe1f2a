// `tidemark topics`: which there are, one of them, making and removing some.
internal import ArgumentParser
internal import Client
internal import Vocabulary

struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "List, show, create, change and delete topics of any Kafka broker.",
        subcommands: [List.self, Show.self, Create.self, Delete.self, AddPartitions.self, Config.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line a topic, by name.")

        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm
        @Flag(help: "Also topics in which brokers keep their own state.") var `internal` = false

        struct Row: Encodable {
            let name: String
            let partitions: Int
            let replicas: Int
            let isInternal: Bool
        }

        func run() throws {
            let topics = try options.cluster().metadata().topics.filter { `internal` || !$0.isInternal }
            let rows = topics.sorted { $0.name < $1.name }.map {
                Row(
                    name: $0.name, partitions: $0.partitions.count, replicas: $0.partitions.map(\.replicas.count).max() ?? 0,
                    isInternal: $0.isInternal)
            }
            try form.print(rows) {
                var table = PeopleTable("TOPIC", "PARTITIONS", "REPLICAS")
                for row in rows { table.add(row.name, "\(row.partitions)", "\(row.replicas)") }
                return table.text
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A topic's partitions: leaders, replicas, offsets; and the configs of its own.")

        @Argument(help: "The topic.") var topic: String
        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm

        struct Answer: Encodable {
            let name: String
            let partitions: [Partition]
            let configs: [String: String]
        }

        struct Partition: Encodable {
            let partition: Int32
            let leader: Int32?
            let replicas: [Int32]
            let inSyncReplicas: [Int32]
            let earliest: Offset?
            let latest: Offset?
        }

        func run() throws {
            let cluster = try options.cluster()
            let found = try cluster.topic(topic)
            // A partition without a leader has no offsets that anybody could tell.
            let led = found.partitions.filter { $0.leader != nil }.map(\.index)
            let earliest = try cluster.offsets(of: found, led, at: .earliest)
            let latest = try cluster.offsets(of: found, led, at: .latest)
            let partitions = found.partitions.map {
                Partition(
                    partition: $0.index, leader: $0.leader, replicas: $0.replicas, inSyncReplicas: $0.inSyncReplicas,
                    earliest: earliest[$0.index], latest: latest[$0.index])
            }
            let own = try cluster.anyBroker().configs(of: topic).filter(\.isOwn)
            let configs = Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.value ?? "") })
            try form.print(Answer(name: topic, partitions: partitions, configs: configs)) {
                var table = PeopleTable("PARTITION", "LEADER", "REPLICAS", "IN SYNC", "EARLIEST", "LATEST")
                for row in partitions {
                    table.add(
                        "\(row.partition)", row.leader.map { "\($0)" } ?? "-", Self.list(row.replicas), Self.list(row.inSyncReplicas),
                        row.earliest.map { "\($0)" } ?? "-", row.latest.map { "\($0)" } ?? "-")
                }
                let lines = own.map { "\($0.name)=\($0.value ?? "(secret)")\n" }
                return table.text + (lines.isEmpty ? "" : "\n" + lines.joined())
            }
        }

        private static func list(_ nodes: [Int32]) -> String { nodes.map { "\($0)" }.joined(separator: ",") }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a topic and wait until every partition has a leader.")

        @Argument(help: "The topic's name.") var topic: String
        @OptionGroup var options: ClusterOptions
        @Option(name: [.short, .long], help: "Partitions.") var partitions: Int32 = 1
        @Option(name: [.short, .long], help: "Replicas of each partition.") var replicas: Int16 = 1
        @Option(name: [.customShort("c"), .long], help: "A config of its own, as in retention.ms=60000; may repeat.") var config: [String] = []

        func validate() throws {
            guard partitions > 0 else { throw ValidationError("--partitions must be positive, not \(partitions)") }
            guard replicas > 0 else { throw ValidationError("--replicas must be positive, not \(replicas)") }
            _ = try configPairs(config, flag: "--config")
        }

        func run() throws {
            let cluster = try options.cluster()
            let configs = try configPairs(config, flag: "--config")
            try cluster.controller().createTopic(topic, partitions: partitions, replication: replicas, configs: configs)
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete topics with all their records.")

        @Argument(help: "The topics.") var topics: [String]
        @OptionGroup var options: ClusterOptions

        func validate() throws {
            guard !topics.isEmpty else { throw ValidationError("say which topics") }
        }

        func run() throws {
            let cluster = try options.cluster()
            // A mistyped name must not leave the others half deleted.
            for name in topics { _ = try cluster.topic(name) }
            for name in topics { try cluster.controller().deleteTopic(name) }
        }
    }
}

/// `key=value` as its halves.
func configPairs(_ texts: [String], flag: String) throws -> [(name: String, value: String)] {
    try texts.map { text in
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { throw ValidationError("\(flag) must be KEY=VALUE, not ‘\(text)’") }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
