// `tidemark offsets`: where a topic's partitions begin and end, and what a group has committed of them.
internal import ArgumentParser
internal import Client
internal import Vocabulary

struct OffsetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offsets", abstract: "List a topic's or a group's offsets; set or delete a group's.",
        subcommands: [List.self, Set.self, Delete.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "First, last and the offset of a time of each partition; or what a group has committed.")

        @Option(name: [.short, .long], help: "Partitions of this topic.") var topic: String?
        @Option(name: [.short, .long], help: "What this group has committed, with its lag.") var group: String?
        @Option(parsing: .unconditional, help: ArgumentHelp("Of a topic, also the offset at: \(ReadPosition.explained).", valueName: "position"))
        var at: ReadPosition?
        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm

        struct Row: Encodable {
            let partition: Int32
            let earliest: Offset
            let latest: Offset
            let at: Offset?
        }

        func validate() throws {
            guard (topic == nil) != (group == nil) else { throw ValidationError("say whose offsets: --topic TOPIC or --group GROUP") }
            guard at == nil || topic != nil else { throw ValidationError("--at belongs to --topic") }
        }

        func run() throws {
            let cluster = try options.cluster()
            if let group { try list(group: group, cluster) } else if let topic { try list(topic: topic, cluster) }
        }

        private func list(group: String, _ cluster: Cluster) throws {
            let positions = try GroupPosition.all(of: cluster.coordinator(of: group).group(group), in: cluster)
            try form.print(positions) { GroupPosition.table(positions) }
        }

        private func list(topic: String, _ cluster: Cluster) throws {
            let found = try cluster.topic(topic)
            let bounds = try cluster.bounds(of: found)
            let asked = try at?.offsets(in: found, bounds, cluster) ?? [:]
            let rows = bounds.sorted { $0.key < $1.key }.map {
                Row(partition: $0.key, earliest: $0.value.lowerBound, latest: $0.value.upperBound, at: asked[$0.key])
            }
            try form.print(rows) {
                var table = at == nil ? PeopleTable("PARTITION", "EARLIEST", "LATEST") : PeopleTable("PARTITION", "EARLIEST", "LATEST", "AT")
                for row in rows {
                    let cells = ["\(row.partition)", "\(row.earliest)", "\(row.latest)"] + (at == nil ? [] : [row.at.map { "\($0)" } ?? "-"])
                    table.add(cells)
                }
                return table.text
            }
        }
    }

    /// Which offsets of a group are meant.
    struct Target: ParsableArguments {
        @Option(name: [.short, .long], help: "The group.") var group: String
        @Option(name: [.short, .long], help: "The topic.") var topic: String
        @Option(name: [.short, .long], help: "Only this partition; may repeat.") var partition: [Int32] = []
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move a group to a place in a topic; it must have no members.",
            discussion: "An offset outside of what a partition holds becomes its first or its end. Prints where the group stands then.")

        @OptionGroup var target: Target
        @Option(parsing: .unconditional, help: ArgumentHelp("Where to: \(ReadPosition.explained).", valueName: "position")) var to: ReadPosition
        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm

        func run() throws {
            let cluster = try options.cluster()
            let found = try cluster.topic(target.topic)
            let bounds = try cluster.bounds(of: found, target.partition)
            let places = try to.offsets(in: found, bounds, cluster).map { partition, offset in
                (partition, bounds[partition].map { min(max(offset, $0.lowerBound), $0.upperBound) } ?? offset)
            }
            let coordinator = try cluster.coordinator(of: target.group)
            try coordinator.commit(Dictionary(uniqueKeysWithValues: places), of: target.topic, for: target.group)
            let positions = try GroupPosition.all(of: coordinator.group(target.group), in: cluster)
            try form.print(positions) { GroupPosition.table(positions) }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget what a group has committed of a topic that none of its members reads.")

        @OptionGroup var target: Target
        @OptionGroup var options: ClusterOptions

        func run() throws {
            let cluster = try options.cluster()
            let coordinator = try cluster.coordinator(of: target.group)
            var partitions = target.partition
            if partitions.isEmpty {
                let committed = try coordinator.committedOffsets(of: target.group)
                partitions = committed.keys.filter { $0.topic == target.topic }.map(\.partition).sorted()
            }
            guard !partitions.isEmpty else { throw ClientError.unknown("group \(target.group) has committed nothing of topic \(target.topic)") }
            try coordinator.deleteOffsets(partitions, of: target.topic, for: target.group)
        }
    }
}
