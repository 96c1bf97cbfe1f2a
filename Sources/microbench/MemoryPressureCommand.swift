// What becomes of a log on disk, and of one in memory, in less memory than they take?
internal import ArgumentParser
internal import Glibc
internal import Host

struct MemoryPressureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory-pressure", abstract: "Appends to the engine's log, and to a log in memory, in a control group that holds a part of it.",
        discussion: """
            Each is a process of its own in the same group, one after the other, behind a sync and with memory that stands ready. Logs on disk are \
            forced to it every --flush-milliseconds, as a broker's are with flush.ms, and in turns with them left to the kernel: it writes back when the \
            group has no more room, for what is dirty in the whole machine is far from its own limits. What goes into the empty group \
            (three quarters of its limit) is given as a burst; steadiness is that of what goes in behind 1.25 limits, its last third against its first. \
            It takes the right to make a control group.
            """)

    @Option(help: "A directory for the log.") var dir: String
    @Option(help: "MiB of memory that the group may use.") var limitMebibytes = 256
    @Option(help: "Times the limit, what is appended.") var times = 4
    @Option(help: "Logs on disk of each kind, one after the other.") var rounds = 3
    @Option(help: "How long what was appended stays unforced, of logs on disk that are forced.") var flushMilliseconds = 200
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limitMebibytes << 20 >= 4 * MemoryLogCommand.stepBytes, times > 1, rounds > 0, flushMilliseconds > 0 else {
            throw ValidationError("--limit-mebibytes of 64 or more, --times of 2 or more, and positive --rounds and --flush-milliseconds")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let group: MemoryGroup
        do { group = try MemoryGroup(limitBytes: limitMebibytes << 20) } catch let failure as SetupFailure { return report(unavailable: failure.description) }
        defer { group.remove() }
        var (flushed, unflushed) = ([PressedLog](), [PressedLog]())
        for round in 0..<rounds {
            for isFlushed in round % 2 == 0 ? [true, false] : [false, true] {
                let log = try child(.disk, group, scratch, isFlushed: isFlushed)
                if isFlushed { flushed.append(log) } else { unflushed.append(log) }
            }
        }
        let memory = try child(.memory, group, scratch, isFlushed: false)
        let bounds: [FigureItem] = [
            FigureItem("memory_limit", Double(limitMebibytes << 20), unit: "bytes"), FigureItem("flush_interval", Double(flushMilliseconds) * 1e6, unit: "ns"),
            FigureItem("memory_log_asked", Double((times * limitMebibytes) << 20), unit: "bytes", note: "of each log"),
        ]
        output.print(
            command: "memory-pressure", directory: dir, [("group", .string(group.path)), ("rounds", .count(rounds))],
            items: bounds + Self.items("flushed", flushed) + Self.items("unflushed", unflushed) + Self.items(memory: memory))
    }

    private func report(unavailable reason: String) {
        let names = ["memory_limit", "flush_interval", "memory_log_asked"] + Self.names("flushed") + Self.names("unflushed") + Self.memoryNames
        output.print(command: "memory-pressure", directory: dir, [], items: names.map { FigureItem($0, unit: "", unavailable: reason) })
    }

    private static func names(_ kind: String) -> [String] {
        ["bytes", "burst", "first_third", "last_third", "last_to_first"].map { "\(kind)_log_\($0)" }
    }
    private static let memoryNames = ["memory_log_bytes", "memory_log_throughput", "memory_log_last_quarter"]

    /// Of logs on disk that were all treated alike.
    private static func items(_ kind: String, _ logs: [PressedLog]) -> [FigureItem] {
        let names = Self.names(kind)
        let least = FigureItem(names[0], logs.map(\.bytes).min() ?? 0, unit: "bytes", .higher)
        let (bursts, pressed) = (logs.compactMap(\.burst), logs.compactMap(\.pressed))
        guard bursts.count == logs.count, pressed.count == logs.count else {
            return [least] + names.dropFirst().map { FigureItem($0, unit: "", unavailable: "a log ended before memory was full, or soon behind") }
        }
        return [
            least, FigureItem(names[1], medianOf: bursts.map { $0 / 1e6 }, unit: "MB/s", .higher, note: "into empty memory"),
            FigureItem(names[2], medianOf: pressed.map { $0.first / 1e6 }, unit: "MB/s", .higher, note: "of what went in once memory was full"),
            FigureItem(names[3], medianOf: pressed.map { $0.last / 1e6 }, unit: "MB/s", .higher, note: "of what went in once memory was full"),
            FigureItem(names[4], medianOf: pressed.map { $0.last / $0.first }, unit: "x", .higher),
        ]
    }

    /// How far the log in memory came, and how fast it was until then.
    private static func items(memory log: PressedLog) -> [FigureItem] {
        let size = FigureItem(memoryNames[0], log.bytes, unit: "bytes", .higher, note: "when the kernel ended it, to \(MemoryLogCommand.stepBytes >> 20) MiB")
        guard let last = log.steps.last else {
            return [size] + memoryNames.dropFirst().map { FigureItem($0, unit: "MB/s", unavailable: "it was ended within its first step") }
        }
        let whole = FigureItem(memoryNames[1], last.bytes / last.seconds / 1e6, unit: "MB/s", .higher, note: "until it ended")
        guard let quarter = log.lastQuarter else {
            return [size, whole, FigureItem(memoryNames[2], unit: "MB/s", unavailable: "it ended after \(log.steps.count) steps: too few for quarters")]
        }
        return [size, whole, FigureItem(memoryNames[2], quarter / 1e6, unit: "MB/s", .higher, note: "before it ended")]
    }

    /// Runs one in the group until it ends, however that is.
    private func child(_ kind: MemoryLogCommand.Kind, _ group: MemoryGroup, _ scratch: ScratchDirectory, isFlushed: Bool) throws -> PressedLog {
        // What the one before left to the disk is not for this one to wait for, nor is memory that a hypervisor took back.
        try DiskFileSystem.shared.synchronizeFileSystem(of: scratch.path)
        try WarmPass(in: scratch, bytes: limitMebibytes << 20).run()
        let directory = try scratch.make(kind.rawValue)
        // The next one begins with as much room.
        defer { ScratchDirectory.removeTree(directory) }
        let (text, status) = try ChildRun.output(
            of: [
                "memory-log", "--kind", kind.rawValue, "--group", group.path, "--dir", directory, "--mebibytes", "\(times * limitMebibytes)",
            ] + (isFlushed ? ["--flush-milliseconds", "\(flushMilliseconds)"] : []))
        let steps = text.split(separator: "\n").compactMap { line -> PressedLog.Step? in
            let fields = line.split(separator: " ").compactMap { Double($0) }
            return fields.count == 2 && fields[1] > 0 ? PressedLog.Step(bytes: fields[0], seconds: fields[1] / 1e9) : nil
        }
        // Ended by SIGKILL is how the kernel ends what has no memory left; anything else is a failure of ours.
        guard status == 0 || status & 0x7f == SIGKILL else { throw SetupFailure(description: "memory-log of \(kind.rawValue) ended with status \(status)") }
        return PressedLog(steps: steps, limitBytes: Double(limitMebibytes << 20))
    }
}
