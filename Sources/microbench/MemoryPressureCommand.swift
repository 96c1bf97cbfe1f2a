// What becomes of a log on disk, and of one in memory, in less memory than they take?
internal import ArgumentParser
internal import Glibc
internal import Host

struct MemoryPressureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory-pressure", abstract: "Appends to the engine's log, and to a log in memory, in a control group that holds a part of it.",
        discussion: "Each is a process of its own in the same group, one after the other. It takes the right to make a control group.")

    @Option(help: "A directory for the log.") var dir: String
    @Option(help: "MiB of memory that the group may use.") var limitMebibytes = 256
    @Option(help: "Times the limit, what is appended.") var times = 4
    @Option(help: "Logs on disk, one after the other.") var rounds = 3
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limitMebibytes * 4 << 20 >= 16 * MemoryLogCommand.stepBytes, times > 1, rounds > 0 else {
            throw ValidationError("--limit-mebibytes of 64 or more, --times of 2 or more, and positive --rounds")
        }
    }

    /// How far a log had come, and when.
    private typealias Step = (bytes: Double, seconds: Double)

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let group: MemoryGroup
        do { group = try MemoryGroup(limitBytes: limitMebibytes << 20) } catch let failure as SetupFailure { return report(unavailable: failure.description) }
        defer { group.remove() }
        let logs = try (0..<rounds).map { _ in try child(.disk, group, scratch) }
        let memory = try child(.memory, group, scratch)
        let quarters = try logs.map { log in
            guard let found = quarterRates(log) else { throw SetupFailure(description: "the log on disk ended after \(log.count) steps") }
            return found
        }
        let asked = Double((times * limitMebibytes) << 20)
        let figures: [FigureItem] = [
            FigureItem("memory_limit", Double(limitMebibytes << 20), unit: "bytes"), FigureItem("disk_log_bytes", logs.map { $0.last?.bytes ?? 0 }.min() ?? 0, unit: "bytes", .higher),
            FigureItem("disk_log_first_quarter", medianOf: quarters.map { $0.first / 1e6 }, unit: "MB/s", .higher),
            FigureItem("disk_log_last_quarter", medianOf: quarters.map { $0.last / 1e6 }, unit: "MB/s", .higher),
            FigureItem("disk_log_last_to_first", medianOf: quarters.map { $0.last / $0.first }, unit: "x", .higher),
            FigureItem("memory_log_asked", asked, unit: "bytes"),
            FigureItem("memory_log_bytes", memory.last?.bytes ?? 0, unit: "bytes", .higher, note: "when the kernel ended it, to \(MemoryLogCommand.stepBytes >> 20) MiB"),
        ]
        output.print(command: "memory-pressure", directory: dir, [("group", .string(group.path))], items: figures + speeds(memory))
    }

    private func report(unavailable reason: String) {
        let names = ["memory_limit", "disk_log_bytes", "disk_log_first_quarter", "disk_log_last_quarter", "disk_log_last_to_first", "memory_log_asked", "memory_log_bytes"] + Self.speedNames
        output.print(command: "memory-pressure", directory: dir, [], items: names.map { FigureItem($0, unit: "", unavailable: reason) })
    }

    private static let speedNames = ["memory_log_throughput", "memory_log_last_quarter"]

    /// How fast the log in memory was until its end.
    private func speeds(_ steps: [Step]) -> [FigureItem] {
        guard let last = steps.last else { return Self.speedNames.map { FigureItem($0, unit: "MB/s", unavailable: "it was ended within its first step") } }
        let whole = FigureItem(Self.speedNames[0], last.bytes / last.seconds / 1e6, unit: "MB/s", .higher, note: "until it ended")
        guard let quarters = quarterRates(steps) else {
            return [whole, FigureItem(Self.speedNames[1], unit: "MB/s", unavailable: "it ended after \(steps.count) steps: too few for quarters")]
        }
        return [whole, FigureItem(Self.speedNames[1], quarters.last / 1e6, unit: "MB/s", .higher, note: "before it ended")]
    }

    /// Bytes a second of the first and the last quarter of what was appended; nil: it did not come far enough.
    private func quarterRates(_ steps: [Step]) -> (first: Double, last: Double)? {
        guard steps.count >= 8 else { return nil }
        let quarter = steps.count / 4
        let (start, end) = (steps[quarter - 1], steps[steps.count - 1])
        let from = steps[steps.count - 1 - quarter]
        return (start.bytes / start.seconds, (end.bytes - from.bytes) / (end.seconds - from.seconds))
    }

    /// Runs one in the group until it ends, however that is.
    private func child(_ kind: MemoryLogCommand.Kind, _ group: MemoryGroup, _ scratch: ScratchDirectory) throws -> [Step] {
        let directory = try scratch.make(kind.rawValue)
        // The next one begins with as much room.
        defer { ScratchDirectory.removeTree(directory) }
        let (text, status) = try ChildRun.output(of: [
            "memory-log", "--kind", kind.rawValue, "--group", group.path, "--dir", directory, "--mebibytes", "\(times * limitMebibytes)",
        ])
        let steps = text.split(separator: "\n").compactMap { line -> Step? in
            let fields = line.split(separator: " ").compactMap { Double($0) }
            return fields.count == 2 && fields[1] > 0 ? (fields[0], fields[1] / 1e9) : nil
        }
        // Ended by SIGKILL is how the kernel ends what has no memory left; anything else is a failure of ours.
        guard status == 0 || status & 0x7f == SIGKILL else { throw SetupFailure(description: "memory-log of \(kind.rawValue) ended with status \(status)") }
        return steps
    }
}
