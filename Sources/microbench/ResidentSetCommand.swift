// How much memory does the broker hold with many connections and partitions, idle and under load?
internal import ArgumentParser
internal import Glibc
internal import Host
internal import Topology
internal import Wire

struct ResidentSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rss", abstract: "The broker's resident set: fresh, with everything open, and under load.")

    @Option(help: "A directory for the broker's data.") var dir: String
    @Option(help: "Connections held open.") var connections = 100
    @Option(help: "Partitions, each with a record in it.") var partitions = 1000
    @Option(help: "MiB produced while it is watched.") var loadMebibytes = 1024
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard connections > 0, partitions > 0, partitions <= 100_000, loadMebibytes > 0 else { throw ValidationError("counts must be positive") }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let broker = try BrokerUnderTest(in: scratch)
        defer { broker.stop() }
        var readings: [(String, ResidentSet)] = [("fresh", ResidentSet(broker.pid))]
        let open = try (0..<connections).map { _ in try KafkaConnection(port: broker.port) }
        readings.append(("connections", ResidentSet(broker.pid)))
        try open[0].createTopic("held", partitions: Int32(partitions))
        readings.append(("partitions created", ResidentSet(broker.pid)))
        let small = BatchRing(recordBytes: 100, batchBytes: 4096, totalBytes: 4096)
        for n in 0..<partitions {
            let connection = open[n % open.count]
            try connection.send(Frames.produce(UnsafeRawBufferPointer(small[0]), topic: "held", partition: Int32(n)))
            _ = try connection.receive()
        }
        readings.append(("partitions written", ResidentSet(broker.pid)))
        let ring = BatchRing(recordBytes: 1024, batchBytes: 65536, totalBytes: 4 << 20)
        let frames = LoadFrames()
        for n in 0..<ring.count { frames.append(Frames.produce(UnsafeRawBufferPointer(ring[n]), topic: "held")) }
        for quarter in 1...4 {
            _ = try frames.load(
                port: broker.port, depth: 16, seconds: 60, limit: max(1, (loadMebibytes << 20) / 4 / ring.batchBytes),
                checkAt: Frames.produceErrorPosition(topic: "held"), clientCPU: nil)
            readings.append(("after \(loadMebibytes / 4 * quarter) MiB", ResidentSet(broker.pid)))
        }
        output.print(
            command: "rss", directory: dir,
            [("connections", .count(connections)), ("partitions", .count(partitions)),
             ("readings", .array(readings.map { .object([("at", .string($0.0))] + $0.1.fields) })),
             ("peakBytes", .count(ResidentSet(broker.pid).peakBytes))],
            table: readings.map { "\(padded($0.0, 24)) \($0.1.text)" })
        withExtendedLifetime(open) {}
    }
}

/// A process's resident memory by /proc/PID/status.
struct ResidentSet {
    let totalBytes: Int64
    /// What the process itself allocated.
    let anonymousBytes: Int64
    /// Its program and libraries, shared with other processes.
    let fileBytes: Int64
    let peakBytes: Int64

    init(_ pid: pid_t) {
        let status = LiveSystem().text("/proc/\(pid)/status") ?? ""
        func bytes(_ name: String) -> Int64 {
            for line in status.split(separator: "\n") where line.hasPrefix(name + ":") {
                return (line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int64($0) } ?? 0) * 1024
            }
            return 0
        }
        totalBytes = bytes("VmRSS")
        anonymousBytes = bytes("RssAnon")
        fileBytes = bytes("RssFile")
        peakBytes = bytes("VmHWM")
    }

    var fields: [(String, JSON)] {
        [("rssBytes", .count(totalBytes)), ("anonymousBytes", .count(anonymousBytes)), ("fileBytes", .count(fileBytes))]
    }
    var text: String {
        "\(fixed(Double(totalBytes) / 1e6, 1)) MB (own \(fixed(Double(anonymousBytes) / 1e6, 1)), program and libraries \(fixed(Double(fileBytes) / 1e6, 1)))"
    }
}
