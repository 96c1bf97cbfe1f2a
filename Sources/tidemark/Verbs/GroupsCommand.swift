// `tidemark groups`: which consumer groups there are, who is in one and how far it has read.
internal import ArgumentParser
internal import Client
internal import Vocabulary

struct GroupsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "List, show and delete consumer groups of any Kafka broker.",
        subcommands: [List.self, Show.self, Delete.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line a group, by name.")

        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm

        struct Row: Encodable {
            let name: String
            let state: String?
            let protocolType: String
        }

        func run() throws {
            let rows = try options.cluster().groups().map { Row(name: $0.name, state: $0.state, protocolType: $0.protocolType) }
            try form.print(rows) {
                var table = PeopleTable("GROUP", "STATE", "PROTOCOL")
                for row in rows { table.add(row.name, row.state ?? "-", row.protocolType.isEmpty ? "-" : row.protocolType) }
                return table.text
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A group's members, and each partition's committed offset, end and lag.")

        @Argument(help: "The group.") var group: String
        @OptionGroup var options: ClusterOptions
        @OptionGroup var form: AnswerForm

        struct Answer: Encodable {
            let name: String
            let state: String
            let assignor: String
            let coordinator: String
            let members: [Member]
            let partitions: [GroupPosition]
        }

        struct Member: Encodable {
            let id: String
            let instanceID: String?
            let clientID: String
            let host: String
            let partitions: [String]?
        }

        func run() throws {
            let cluster = try options.cluster()
            let coordinator = try cluster.coordinator(of: group)
            let description = try coordinator.group(group)
            let positions = try GroupPosition.all(of: description, in: cluster)
            guard description.state != "Dead" || !positions.isEmpty else { throw ClientError.unknown("there is no group \(group) at \(cluster.place)") }
            let members = description.members.map {
                Member(
                    id: $0.id, instanceID: $0.instanceID, clientID: $0.clientID, host: $0.host,
                    partitions: $0.partitions.map { $0.map(\.description) })
            }
            let answer = Answer(
                name: group, state: description.state, assignor: description.assignor, coordinator: coordinator.broker.description,
                members: members, partitions: positions)
            try form.print(answer) { text(answer) }
        }

        private func text(_ answer: Answer) -> String {
            var text = "\(group): \(answer.state)" + (answer.assignor.isEmpty ? "" : ", assignor \(answer.assignor)") + ", coordinator \(answer.coordinator)\n"
            if !answer.members.isEmpty {
                var table = PeopleTable("MEMBER", "CLIENT", "HOST", "PARTITIONS")
                for member in answer.members {
                    let partitions = member.partitions.map { $0.isEmpty ? "none" : $0.joined(separator: " ") } ?? "-"
                    table.add(member.instanceID ?? member.id, member.clientID, member.host, partitions)
                }
                text += "\n" + table.text
            }
            return answer.partitions.isEmpty ? text : text + "\n" + GroupPosition.table(answer.partitions)
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget groups that have no members, with their offsets.")

        @Argument(help: "The groups.") var groups: [String]
        @OptionGroup var options: ClusterOptions

        func validate() throws {
            guard !groups.isEmpty else { throw ValidationError("say which groups") }
        }

        func run() throws {
            let cluster = try options.cluster()
            for group in groups { try cluster.coordinator(of: group).deleteGroup(group) }
        }
    }
}
