// `tidemark consumer-perf`: kafka-consumer-perf-test.sh's flags and lines.
internal import ArgumentParser
internal import Foundation
internal import Harness

struct ConsumerPerfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consumer-perf", abstract: "Consume as kafka-consumer-perf-test.sh does: its flags, its lines.",
        discussion: """
            Standard output has Kafka's lines and nothing else, so what parses them goes on to. As Kafka's tool it joins a group, goes on where \
            that has committed and commits how far it came; rebalance.time.ms is the time without partitions, fetch.time.ms the rest, and a broker \
            holds a group's first member back for group.initial.rebalance.delay.ms. As there the clock includes connecting and, where records end \
            too early, the timeout that is \
            waited for more; a megabyte is 2²⁰ bytes of keys and values; up to max.poll.records more may be read than was asked for. Unlike it, \
            every batch's checksum is checked, a topic that is not there is an error, each line of --show-detailed-stats has the rebalances of its \
            own interval (Kafka's shows none behind the first line), and a broker without groups is read by assignment. \
            --include takes the topics that match when it begins, __consumer_offsets and its like aside unless exclude.internal.topics is false; Kafka's \
            tool takes in those that are made later, too. Each topic has a client of its own. There is no latency in these figures, nor what was in \
            the page cache; `tidemark run` has both, as in: tidemark run Profiles/page-cache.yaml

            security.protocol, ssl.… and sasl.… are honoured as the verbs' --command-config does, the password out of $TIDEMARK_PASSWORD where they \
            have none. Properties that do nothing here are named on standard error. Exit codes: 0 also when the timeout ended it, which a WARNING says, \
            1 the run could not begin or go on, 64 wrong usage, 130 Ctrl-C.
            """)

    @Option(name: [.long, .customLong("broker-list")], help: "Brokers, as HOST:PORT,HOST:PORT….") var bootstrapServer: String
    @Option(help: "Read this topic.") var topic: String?
    @Option(help: ArgumentHelp("Or those whose whole names this regular expression matches.", valueName: "regex")) var include: String?
    @Option(name: [.long, .customLong("num-records")], help: "Records to read.") var messages: Int64
    @Option(help: "The group to join. Without one: perf-consumer- and a random number.") var group: String?
    @Option(help: "Bytes that one fetch asks of one partition.") var fetchSize = 1 << 20
    @Flag(help: "Where the group has committed nothing, read only what comes from now on.") var fromLatest = false
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
    @Option(help: "Ignored, as by Kafka's tool up to version 3.") var threads: Int?
    @Option(help: "Ignored, as by Kafka's tool up to version 3.") var numFetchThreads: Int?

    func run() throws {
        let given = try PeerProperties(file: propertiesFile, properties, bootstrap: bootstrapServer)
        let plan = try PeerTool.checkingUsage { () throws(PeerToolError) in try self.plan(given) }
        PeerTool.name(inactive: given.inactive(plan.properties.inactive))
        StopSignal.listen()
        if threads != nil || numFetchThreads != nil { PeerTool.say(Self.ignoresThreads) }
        _ = try PeerTool.stoppable {
            try ConsumerPerf.run(plan, isStopped: { StopSignal.exitCode != nil }, say: PeerTool.say, complain: PeerTool.complain)
        }
        if let code = StopSignal.exitCode { throw ExitCode(code) }
    }

    /// Kafka's own words, on standard output as there.
    private static let ignoresThreads =
        "WARNING: option [threads] and [num-fetch-threads] have been deprecated and will be ignored by the test"

    private func plan(_ given: PeerProperties) throws(PeerToolError) -> ConsumerPerfPlan {
        try ConsumerPerfPlan(
            topic: topic, include: include, records: messages, timeoutMilliseconds: timeout, intervalMilliseconds: reportingInterval, showsDetails: showDetailedStats,
            hidesHeader: hideHeader, startsAtEnd: fromLatest, dateFormat: dateFormat, printsMetrics: printMetrics,
            properties: try ConsumerProperties(
                given.values, group: group ?? "perf-consumer-\(Int.random(in: 0..<100_000))", security: given.security, fetchBytes: fetchSize,
                socketBytes: socketBufferSize))
    }
}
