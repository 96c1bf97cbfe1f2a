// Do records keep their offsets, and do retention and compaction do what they say?
internal import ArgumentParser
internal import Host

struct RecordLifeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record-life", abstract: "Reads a log again after a restart, a crash, a compaction and retention, and holds it to what it was.",
        discussion: """
            Every record has a number of its own. Counts of what is not as it should be are 0 in a log that keeps its promises. A crash is a start that \
            finds neither the mark of a clean end nor a checkpoint.
            """)

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "MiB of the logs whose every record is read.") var logMebibytes = 64
    @Option(help: "Bytes that a log is kept to.") var limitBytes = 1_000_000_000
    @OptionGroup var output: OutputOptions

    func validate() throws {
        // Several segments must go, and several stay.
        guard logMebibytes >= 16, limitBytes >= 4 << 20 else { throw ValidationError("--log-mebibytes of 16 or more, --limit-bytes of 4194304 or more") }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let items = try RecordLife(scratch: scratch, logBytes: logMebibytes << 20, limitBytes: limitBytes).items()
        output.print(command: "record-life", directory: dir, [("logBytes", .count(logMebibytes << 20)), ("limitBytes", .count(limitBytes))], items: items)
    }
}
