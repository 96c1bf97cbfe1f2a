// `tidemark cat`: a topic's records on standard output.
internal import ArgumentParser
internal import Client
internal import Foundation
internal import Vocabulary

struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Print the records of a topic, in every codec, of any Kafka broker.",
        discussion: """
            Reads what is there when it starts, partition by partition in order, then ends; with --follow it goes on.
            A reader that closes the pipe ends it with 0; Ctrl-C ends it with 130, after what was read has been printed.
            """)

    @Argument(help: "The topic.") var topic: String
    @OptionGroup var options: ClusterOptions
    @Option(name: [.short, .long], help: "Only this partition; may repeat.") var partition: [Int32] = []
    @Option(parsing: .unconditional, help: ArgumentHelp("Where to begin: \(ReadPosition.explained).", valueName: "position"))
    var from: ReadPosition = .beginning
    @Option(name: [.customShort("n"), .long], help: "End after so many records.") var count: Int?
    @Flag(name: [.customShort("f"), .long], help: "Wait for more at the end.") var follow = false
    @Option(help: ArgumentHelp("How to print a record: \(RecordFormat.explained).", valueName: "format")) var format = "%s\\n"
    @Flag(help: "Also records of transactions that are open or were aborted.") var uncommitted = false

    func validate() throws {
        _ = try RecordFormat(format)
        if let count, count < 0 { throw ValidationError("--count must not be negative, as \(count) is") }
    }

    func run() throws {
        StopSignal.listen()
        let format = try RecordFormat(format)
        let cluster = try options.cluster()
        let found = try cluster.topic(topic)
        let reader = try TopicReader(cluster, found, try spans(of: found, in: cluster), committedOnly: !uncommitted)
        var left = count ?? .max
        var output: [UInt8] = []
        while left > 0, !reader.isDone {
            let goesOn = try reader.readOnce { record in
                format.write(record, topic: topic, into: &output)
                left -= 1
                if output.count >= Self.outputBytes { Self.flush(&output) }
                return left > 0 && StopSignal.exitCode == nil
            }
            Self.flush(&output)
            if let code = StopSignal.exitCode { throw ExitCode(code) }
            if !goesOn { break }
        }
    }

    private static let outputBytes = 65_536

    private static func flush(_ output: inout [UInt8]) {
        output.withUnsafeBytes { StandardOutput.write($0) }
        output.removeAll(keepingCapacity: true)
    }

    private func spans(of found: ClusterMetadata.Topic, in cluster: Cluster) throws -> [TopicSpan] {
        let bounds = try cluster.bounds(of: found, partition, committed: !uncommitted)
        let begins = try from.offsets(in: found, bounds, cluster)
        return bounds.sorted { $0.key < $1.key }.map { number, range in
            TopicSpan(partition: number, from: begins[number] ?? range.lowerBound, until: follow ? nil : range.upperBound)
        }
    }
}
