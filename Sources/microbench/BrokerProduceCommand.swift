// How much of a C server's speed does the broker reach, receiving batches over loopback?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import Topology

extension LoadPlacement: ExpressibleByArgument {}

struct BrokerProduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker-produce", abstract: "Produces to tidemarkd and to a C server that receives, checks the CRC and writes.")

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(parsing: .upToNextOption, help: "Bytes of a batch; several may be given.") var batchBytes = [65536, 1 << 20]
    @Option(help: "Bytes of a record's value.") var recordBytes = 1024
    @Option(parsing: .upToNextOption, help: "Where server and client run: two, same, free.") var placement = [LoadPlacement.two]
    @Option(help: "Most seconds of a pass.") var seconds = 2.0
    @Option(help: "Most MiB of a pass.") var mostMebibytes = 1536
    @Option(help: "Pairs of passes.") var pairs = 7
    @Option(help: "MiB of prebuilt batches; more than the last-level cache.") var poolMebibytes = 64
    @OptionGroup var output: OutputOptions

    func validate() throws {
        // Kafka's default for message.max.bytes is 1 MiB and 12 bytes.
        guard batchBytes.allSatisfy({ $0 >= 61 + recordBytes + 32 && $0 <= 1_048_588 }) else {
            throw ValidationError("--batch-bytes must hold a record and stay below 1048588")
        }
        guard seconds > 0, mostMebibytes > 0, pairs > 0, poolMebibytes > 0 else { throw ValidationError("counts and times must be positive") }
    }

    func run() throws {
        var comparisons: [(LoadPlacement, Comparison)] = []
        for placement in placement {
            for size in batchBytes { comparisons.append((placement, try compare(size, placement))) }
        }
        output.print(
            command: "broker-produce", directory: dir,
            [("sizes", .array(comparisons.map { .object([("placement", .string($0.0.rawValue))] + $0.1.fields(oursNamed: "broker")) }))],
            table: comparisons.map(\.1.line))
    }

    private func compare(_ size: Int, _ placement: LoadPlacement) throws -> Comparison {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let cpus = placement.cpus(try CPUSet.allowed().cpus)
        let ring = BatchRing(recordBytes: recordBytes, batchBytes: size, totalBytes: poolMebibytes << 20)
        let broker = try BrokerUnderTest(in: scratch, cpu: cpus.server, arguments: ["--set", "log.segment.bytes=\(ProduceLoad.segmentBytes)"])
        defer { broker.stop() }
        // 1 MiB in flight at least, as a producer under load keeps it.
        let depth = max(4, min(16, (1 << 20) / size))
        let load = ProduceLoad(
            ring: ring, depth: depth, seconds: seconds, requests: (mostMebibytes << 20) / ring.batchBytes, clientCPU: cpus.client)
        var passes = 0
        let warm = WarmPass(in: scratch, bytes: mostMebibytes << 20)
        return try Comparison.measure(
            "broker produce, \(ring.batchBytes) B, \(placement.rawValue)", pairs: pairs, warm: warm.run
        ) {
            passes += 1
            return try load.pass(broker, topic: "pass-\(passes)")
        } limit: {
            try load.referencePass(in: scratch, serverCPU: cpus.server)
        }
    }
}

/// One load, sent to either server.
struct ProduceLoad {
    static let segmentBytes = 256 << 20
    let ring: BatchRing
    let depth: Int
    let seconds: Double
    let requests: Int
    let clientCPU: Int32?

    private func frames(_ topic: String) -> LoadFrames {
        let frames = LoadFrames()
        for n in 0..<ring.count { frames.append(Frames.produce(UnsafeRawBufferPointer(ring[n]), topic: topic)) }
        return frames
    }

    func pass(_ broker: BrokerUnderTest, topic: String) throws -> Pass {
        let connection = try KafkaConnection(port: broker.port)
        try connection.createTopic(topic, partitions: 1)
        let result = try timed(frames(topic), topic, port: broker.port, pid: broker.pid)
        try connection.deleteTopic(topic)
        broker.waitUntilRemoved(topic)
        return result
    }

    func referencePass(in scratch: ScratchDirectory, serverCPU: Int32?) throws -> Pass {
        let directory = try scratch.make("reference")
        defer { ScratchDirectory.removeTree(directory) }
        var port: UInt16 = 0
        let pid = creference_start_produce_server(directory, UInt64(Self.segmentBytes), serverCPU ?? -1, "cubic", &port)
        guard pid > 0 else { throw referenceFailure(pid, "creference_start_produce_server") }
        defer { creference_stop_server(pid) }
        return try timed(frames("pass-0"), "pass-0", port: port, pid: pid)
    }

    private func timed(_ frames: LoadFrames, _ topic: String, port: UInt16, pid: pid_t) throws -> Pass {
        let before = clinux_process_cpu_ns(pid)
        let result = try frames.load(
            port: port, depth: depth, seconds: seconds, limit: requests, checkAt: Frames.produceErrorPosition(topic: topic), clientCPU: clientCPU)
        let cpu = clinux_process_cpu_ns(pid) - before
        return Pass(
            bytes: result.requests * UInt64(ring.batchBytes), operations: result.requests * UInt64(ring.recordsPerBatch),
            seconds: Double(result.ns) / 1e9, cpuSeconds: Double(cpu) / 1e9)
    }
}
