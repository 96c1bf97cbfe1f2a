// `tidemark producer-perf`: kafka-producer-perf-test.sh's flags and lines.
internal import ArgumentParser
internal import Foundation
internal import Harness

struct ProducerPerfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "producer-perf", abstract: "Produce as kafka-producer-perf-test.sh does: its flags, its lines.",
        discussion: """
            Standard output has Kafka's lines and nothing else, so what parses them goes on to. Latency is what Kafka's tool means by it: whole \
            milliseconds from handing a record over to its acknowledgement. So it has that tool's flaws too: a stall holds back the records that \
            would have suffered from it (coordinated omission), a rate is held on average only, a window ends when something is acknowledged, so \
            a stall prints nothing, and of more than a million records a sample makes the percentiles. For response times against a schedule that \
            does not wait, with an audit and a verdict, there is `tidemark run`, as in: tidemark run Profiles/latency-by-load.yaml

            Like Kafka's producer it batches in a buffer, keeps to one partition for a batch and has the defaults of Kafka 4 (acks=all, \
            enable.idempotence=true, linger.ms=5, batch.size=16384). security.protocol, ssl.… and sasl.… are \
            honoured as the verbs' --command-config does, the password out of $TIDEMARK_PASSWORD where they have none. Properties that do nothing \
            here are named on standard error. Unlike Kafka's \
            tool it looks the topic up before the clock starts (for max.block.ms, 10 s unless given), draws its letters before that, too (64 MiB \
            of them, which then come again), leaves socket buffers to the kernel, and with --print-metrics prints what both clients count, \
            averages over the whole run.

            Transactions are Kafka's tool's: one is committed when its time is over, no record is handed over until that is done, and the latency \
            of a record ends with its leader's answer, not with the commit. Records of one that could not be committed are named on standard \
            error.

            Exit codes: 0 every record was acknowledged and committed, 1 one was not or the run could not go on, 64 wrong usage, 130 Ctrl-C.
            """)

    @Option(help: "Produce to this topic.") var topic: String
    @Option(help: "Records to produce.") var numRecords: Int64
    @Option(help: "Bytes of each value, random capital letters. This, --payload-file or --payload-monotonic.") var recordSize: Int?
    @Option(help: "A UTF-8 text file whose pieces are the values, drawn at random.", completion: .file()) var payloadFile: String?
    @Option(parsing: .unconditional, help: "What stands between the pieces of --payload-file.") var payloadDelimiter = "\\n"
    @Flag(help: "Values are 0, 1, 2 and so on.") var payloadMonotonic = false
    @Option(parsing: .unconditional, help: "Records a second, on average; -1 for as many as go.") var throughput: Double
    @Option(help: "Brokers, as HOST:PORT,HOST:PORT…; wins over bootstrap.servers.") var bootstrapServer: String?
    @Option(
        name: [.customLong("producer-props"), .customLong("command-property")], parsing: .upToNextOption,
        help: ArgumentHelp("Kafka's producer properties; they win over the file's.", valueName: "name=value"))
    var properties: [String] = []
    @Option(
        name: [.customLong("producer.config"), .customLong("command-config")], help: "A file of producer properties.", completion: .file())
    var propertiesFile: String?
    @Option(help: "The first so many records are left out of a further line, the steady state's.") var warmupRecords: Int64 = 0
    @Option(help: "Milliseconds that a window lasts at least.") var reportingInterval: Int64 = 5_000
    @Flag(help: "Print a table of metrics at the end.") var printMetrics = false
    @Option(help: "Send in transactions of this id; wins over transactional.id. Without one: performance-producer- and a random UUID.")
    var transactionalId: String?
    @Option(parsing: .unconditional, help: "Send in transactions, each committed after so many milliseconds; 3000 where only an id is given.")
    var transactionDurationMs: Int64?

    func run() throws {
        let given = try PeerProperties(file: propertiesFile, properties, bootstrap: bootstrapServer)
        let plan = try PeerTool.checkingUsage { () throws(PeerToolError) in try self.plan(given) }
        PeerTool.name(inactive: given.inactive(plan.properties.inactive))
        StopSignal.listen()
        let outcome = try PeerTool.stoppable {
            try ProducerPerf.run(plan, isStopped: { StopSignal.exitCode != nil }, say: PeerTool.say, complain: PeerTool.complain)
        }
        if let code = StopSignal.exitCode { throw ExitCode(code) }
        for (reason, count) in outcome.failures.sorted(by: { $0.key < $1.key }) { PeerTool.complain("\(count) records failed: \(reason)") }
        if !outcome.failures.isEmpty { throw ExitStatus.toolError }
    }

    private func plan(_ given: PeerProperties) throws(PeerToolError) -> ProducerPerfPlan {
        let payloads: [PayloadSource?] = [
            recordSize.map { PayloadSource.random(bytes: $0) }, payloadFile.map { PayloadSource.file(path: $0, delimiter: payloadDelimiter) },
            payloadMonotonic ? PayloadSource.monotonic : nil,
        ]
        return try ProducerPerfPlan(
            topic: topic, records: numRecords, warmUpRecords: warmupRecords, payloads: payloads.compactMap { $0 }, throughput: throughput,
            intervalMilliseconds: reportingInterval, printsMetrics: printMetrics,
            properties: try ProducerProperties(
                given.values, security: given.security, transactionalID: transactionalId, transactionMilliseconds: transactionDurationMs))
    }
}
