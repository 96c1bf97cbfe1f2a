// How much of a bare splice loop's speed does the broker's fetch reach, and at which CPU?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import Topology

struct BrokerFetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker-fetch", abstract: "Fetches a cached log from tidemarkd and from a C server that only splices.")

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "MiB of the log; more than the last-level cache.") var logMebibytes = 512
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 65536
    @Option(help: "Most bytes of a fetch.") var fetchBytes = 1 << 20
    @Option(help: "Requests in flight.") var depth = 4
    @Option(parsing: .upToNextOption, help: "Where server and client run: two, same, free.") var placement = [LoadPlacement.same, .two]
    @Option(help: "Seconds of a pass.") var seconds = 0.5
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes >= 2048, batchBytes <= 1_048_588, fetchBytes >= batchBytes, logMebibytes << 20 >= fetchBytes * 2 else {
            throw ValidationError("a batch of 2048 to 1048588 bytes, a fetch of one batch or more, a log of two fetches or more")
        }
        guard depth > 0, seconds > 0, pairs > 0 else { throw ValidationError("counts and times must be positive") }
    }

    func run() throws {
        let results = try placement.map { try FetchExperiment(self, $0).run() }
        output.print(
            command: "broker-fetch", directory: dir,
            [("placements", .array(results.map { .object($0.fields) }))], table: results.flatMap(\.table))
    }
}

/// One placement: a broker with a filled log, and reference servers over the same file.
private struct FetchExperiment {
    struct Result {
        let placement: LoadPlacement
        let comparison: Comparison
        let floor: Pass
        let residentShare: Double

        var fields: [(String, JSON)] {
            [("placement", .string(placement.rawValue))] + comparison.fields(oursNamed: "broker") + [
                ("floorCPUSecondsPerGB", .number(floor.cpuSecondsPerGigabyte)), ("floorGBps", .number(floor.gigabytesPerSecond)),
                ("residentShare", .number(residentShare)),
            ]
        }
        var table: [String] {
            [
                comparison.line,
                "    broker \(fixed(Ratio(comparison.ours.map(\.cpuSecondsPerGigabyte)).median, 4)) s/GB, splice "
                    + "\(fixed(Ratio(comparison.limit.map(\.cpuSecondsPerGigabyte)).median, 4)), constant buffer "
                    + "\(fixed(floor.cpuSecondsPerGigabyte, 4)); \(percent(residentShare)) of the log cached",
            ]
        }
    }

    private let command: BrokerFetchCommand
    private let placement: LoadPlacement
    private let topic = "fetched"

    init(_ command: BrokerFetchCommand, _ placement: LoadPlacement) {
        self.command = command
        self.placement = placement
    }

    func run() throws -> Result {
        let scratch = try ScratchDirectory(in: command.dir)
        defer { scratch.remove() }
        let cpus = placement.cpus(try CPUSet.allowed().cpus)
        let ring = BatchRing(recordBytes: 1024, batchBytes: command.batchBytes, totalBytes: 4 << 20)
        let broker = try BrokerUnderTest(in: scratch, cpu: cpus.server)
        defer { broker.stop() }
        let perFetch = command.fetchBytes / ring.batchBytes
        let chunk = perFetch * ring.batchBytes
        let fetches = (command.logMebibytes << 20) / chunk
        try fill(broker, ring, batches: fetches * perFetch)
        let file = "\(broker.dataDirectory)/\(topic)-0/00000000000000000000.log"
        let frames = LoadFrames()
        for n in 0..<fetches {
            frames.append(Frames.fetch(topic: topic, offset: Int64(n * perFetch * ring.recordsPerBatch), bytes: chunk))
        }
        let head = Frames.fetchAnswerHead(topic: topic, bytes: chunk)
        func load(_ port: UInt16, _ pid: pid_t) throws -> Pass {
            let before = clinux_process_cpu_ns(pid)
            let result = try frames.load(
                port: port, depth: command.depth, seconds: command.seconds, limit: .max >> 1, answerBytes: Int64(head.count + chunk),
                clientCPU: cpus.client)
            return Pass(
                bytes: result.requests * UInt64(chunk), operations: result.requests, seconds: Double(result.ns) / 1e9,
                cpuSeconds: Double(clinux_process_cpu_ns(pid) - before) / 1e9)
        }
        func reference(_ transfer: creference_transfer) throws -> Pass {
            var port: UInt16 = 0
            let pid = creference_start_fetch_server(
                transfer, file, 0, UInt64(fetches * chunk), UInt64(chunk), head, head.count, cpus.server ?? -1, "cubic", &port)
            guard pid > 0 else { throw referenceFailure(pid, "creference_start_fetch_server") }
            defer { creference_stop_server(pid) }
            return try load(port, pid)
        }
        let comparison = try Comparison.measure(
            "broker fetch, \(chunk) B, \(placement.rawValue)", unit: "fetches", pairs: command.pairs
        ) { try load(broker.port, broker.pid) } limit: { try reference(CREFERENCE_SPLICE) }
        let floor = try reference(CREFERENCE_CONSTANT)
        return Result(placement: placement, comparison: comparison, floor: floor, residentShare: try residentShare(file, fetches * chunk))
    }

    private func fill(_ broker: BrokerUnderTest, _ ring: BatchRing, batches: Int) throws {
        try KafkaConnection(port: broker.port).createTopic(topic, partitions: 1)
        let frames = LoadFrames()
        for n in 0..<ring.count { frames.append(Frames.produce(UnsafeRawBufferPointer(ring[n]), topic: topic)) }
        _ = try frames.load(
            port: broker.port, depth: 8, seconds: 120, limit: batches, checkAt: Frames.produceErrorPosition(topic: topic), clientCPU: nil)
    }

    private func residentShare(_ path: String, _ bytes: Int) throws -> Double {
        let descriptor = try checked(clinux_open(path, O_RDONLY, 0), "open", path)
        defer { close(descriptor) }
        let residency = try PageCache.residency(of: descriptor, in: 0..<Int64(bytes), by: PageCache.instrument(for: descriptor))
        return min(1, Double(residency.residentBytes) / Double(bytes))
    }
}
