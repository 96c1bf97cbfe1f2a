// The harness's command line.
internal import ArgumentParser
internal import BuildInfo
internal import Host

@main
struct Tidemark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tidemark",
        abstract: "Measures a Kafka-protocol log broker: appends, page-cache hits, zero-copy savings, pinned latency.",
        discussion: """
            Exit codes: 0 the run is valid or saturated, 1 the tool failed, 4 results that may not be compared, 5 a run that is
            invalid, missing or changed, 64 wrong usage; of two builds also 2 a regression, 3 inconclusive where that is to fail.
            """,
        version: versionLine(of: "tidemark"),
        subcommands: [
            RunCommand.self, ProbeCommand.self, ABCommand.self, SelftestCommand.self, HistoryCommand.self, ClaimsCommand.self, ReportCommand.self, CompareCommand.self, ExplainCommand.self, ExportCommand.self,
            ResultsCommand.self, ProfilesCommand.self, DoctorCommand.self, NullBrokerCommand.self, CeilingCommand.self, SecondInstrumentCommand.self,
            TopicsCommand.self, GroupsCommand.self, OffsetsCommand.self, CatCommand.self, ProducerPerfCommand.self, ConsumerPerfCommand.self,
        ])

    static func main() {
        // Whoever read along may go: a run goes on and keeps its result.
        ProcessSetup.ignoreBrokenPipes()
        main(nil)
    }
}

/// What a command ends with.
enum ExitStatus {
    static let toolError = ExitCode(1)
    static let notComparable = ExitCode(4)
    static let invalidRun = ExitCode(5)
}
