// `tidemark consumer-perf`: kafka-consumer-perf-test.sh's flags and lines.
internal import ArgumentParser
internal import Foundation
internal import Harness

struct ConsumerPerfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consumer-perf", abstract: "Consume as kafka-consumer-perf-test.sh does: its flags, its lines.",
        discussion: """
            Standard output has Kafka's lines and nothing else, so what parses them goes on to. Every partition of the topic is assigned to this \
            one consumer, which joins no group and commits nothing: rebalance.time.ms is 0, fetch.time.ms the whole time, and a group's committed \
            offsets are not looked at. As in Kafka's tool the clock includes connecting and, where records end too early, the timeout that is \
            waited for more; a megabyte is 2²⁰ bytes of keys and values; up to max.poll.records more may be read than was asked for. Unlike it, \
            every batch's checksum is checked, and a topic that is not there is an error. There is no latency in these figures, nor what was in \
            the page cache; `tidemark run` has both, as in: tidemark run Profiles/page-cache.yaml

            security.protocol, ssl.… and sasl.… are honoured as the verbs' --command-config does, the password out of $TIDEMARK_PASSWORD where they \
            have none. Properties that do nothing here are named on standard error. Exit codes: 0 also when the timeout ended it, which a WARNING says, \
            1 the run could not begin or go on, 64 wrong usage, 130 Ctrl-C.
            """)

    @Option(name: [.long, .customLong("broker-list")], help: "Brokers, as HOST:PORT,HOST:PORT….") var bootstrapServer: String
    @Option(help: "Read this topic.") var topic: String?
    @Option(help: "Refused: name one topic with --topic.") var include: String?
    @Option(name: [.long, .customLong("num-records")], help: "Records to read.") var messages: Int64
    @Option(help: "Not joined: see above.") var group: String?
    @Option(help: "Bytes that one fetch asks of one partition.") var fetchSize = 1 << 20
    @Flag(help: "Read only what comes from now on.") var fromLatest = false
    @Option(parsing: .unconditional, help: "Bytes of the socket's receive buffer; -1 leaves it to the kernel.") var socketBufferSize = 2 << 20
    @Option(
        name: .customLong("command-property"), parsing: .upToNextOption,
        help: ArgumentHelp("Kafka's consumer properties; they win over the file's.", valueName: "name=value"))
    var properties: [String] = []
    @Option(
        name: [.customLong("consumer.config"), .customLong("command-config")], help: "A file of consumer properties.", completion: .file())
    var propertiesFile: String?
    @Option(help: "End when no record has come for so many milliseconds.") var timeout: Int64 = 10_000
    @Flag(help: "A line for every --reporting-interval instead of one at the end.") var showDetailedStats = false
    @Option(help: "Milliseconds between such lines, at least.") var reportingInterval: Int64 = 5_000
    @Option(help: "How times are written, in letters of java.text.SimpleDateFormat.") var dateFormat = ConsumerPerfPlan.usualDateFormat
    @Flag(help: "Leave the header out.") var hideHeader = false
    @Flag(help: "Print a table of metrics at the end.") var printMetrics = false

    func run() throws {
        let given = try PeerProperties(file: propertiesFile, properties, bootstrap: bootstrapServer)
        let plan = try PeerTool.checkingUsage { () throws(PeerToolError) in try self.plan(given) }
        PeerTool.name(inactive: given.inactive(plan.properties.inactive))
        if let group { PeerTool.complain("no group is joined, so none is called \(group): all partitions are read by this consumer") }
        StandardOutput.expectBrokenPipes()
        StopSignal.listen()
        _ = try PeerTool.stoppable {
            try ConsumerPerf.run(plan, isStopped: { StopSignal.exitCode != nil }, say: PeerTool.say, complain: PeerTool.complain)
        }
        if let code = StopSignal.exitCode { throw ExitCode(code) }
    }

    private func plan(_ given: PeerProperties) throws(PeerToolError) -> ConsumerPerfPlan {
        if let include { throw .refused("--include \(include): topics by pattern are not supported; name one with --topic") }
        guard let topic else { throw .refused("--topic is missing") }
        return try ConsumerPerfPlan(
            topic: topic, records: messages, timeoutMilliseconds: timeout, intervalMilliseconds: reportingInterval, showsDetails: showDetailedStats,
            hidesHeader: hideHeader, startsAtEnd: fromLatest, dateFormat: dateFormat, printsMetrics: printMetrics,
            properties: try ConsumerProperties(given.values, security: given.security, fetchBytes: fetchSize, socketBytes: socketBufferSize))
    }
}
