// How fast does the engine append, in process, with which durability? The engine height of a run.
internal import ArgumentParser
internal import Host
internal import Records
internal import StorageEngine

struct EngineAppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-append", abstract: "Appends through the storage engine's entry points, beside the C loop.",
        discussion: "Both sides check and walk each batch, stamp it, enter the indexes and write to segments, which get their space ahead. "
            + "The C loop's logs are fresh in each pass, whatever is stored in the engine's.",
        aliases: ["append"])

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 65536
    @Option(help: "Bytes of a record's value.") var recordBytes = 1024
    @Option(help: "Durability: none, every-append, messages:N or ms:N.") var flush = FlushOption(argument: "none")!
    @Option(help: "Timed seconds of each side, spread over the pairs.") var seconds = 2.0
    @Option(help: "Pairs of passes.") var pairs = 7
    @Option(help: "Partitions that the batches go to in turn.") var partitions = 1
    @Option(help: "Batches of a tick, over all partitions, each partition's in one write; by default as many as make 1 MiB.") var gather: Int?
    @Option(help: "Most MiB of a pass, over all partitions.") var mostMebibytes = 1024
    @Option(help: "Bytes of a segment.") var segmentBytes = 256 << 20
    @Option(help: "Bytes that lie in the engine's logs before each pass, all of them together, on the disk.") var storedBytes = 0
    @Flag(inversion: .prefixedNo, help: "Reserve the space of segments ahead of the writes.") var preallocate = true
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes >= 61 + recordBytes + 32, recordBytes > 0 else { throw ValidationError("--batch-bytes holds no record of that size") }
        guard batchBytes <= segmentBytes, segmentBytes <= Int(Int32.max) else {
            throw ValidationError("--segment-bytes must hold a batch, and be \(Int32.max) at most")
        }
        guard (1...Self.mostPartitions).contains(partitions) else { throw ValidationError("--partitions must be 1 to \(Self.mostPartitions)") }
        guard (1...max(1, Self.mostTickBytes / batchBytes)).contains(gather ?? 1) else {
            throw ValidationError("--gather must be 1 or more, and come to \(Self.mostTickBytes >> 20) MiB at most")
        }
        guard (0...Self.mostStoredBytes).contains(storedBytes) else { throw ValidationError("--stored-bytes must be 0 to \(Self.mostStoredBytes)") }
        guard seconds > 0, pairs > 0, mostMebibytes > 0 else { throw ValidationError("counts and times must be positive") }
    }

    private static let mostPartitions = 10_000
    private static let mostTickBytes = 1 << 30
    private static let mostStoredBytes = 1 << 40

    func run() throws {
        try admitOpenFiles()
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        // As large as a receive buffer: what arrived last is in the cache, here as in the broker.
        let ring = BatchRing(recordBytes: recordBytes, batchBytes: batchBytes, totalBytes: max(1_310_720, batchBytes * (gather ?? 1)))
        let plan = AppendPlan(
            ring: ring, partitions: partitions, gather: gather ?? max(1, (1 << 20) / batchBytes), seconds: seconds / Double(pairs),
            mostBytes: mostMebibytes << 20, segmentBytes: segmentBytes, preallocates: preallocate, flush: flush, storedBytes: storedBytes)
        let engine = try EngineSide(scratch.make("engine"), plan)
        let reference = ReferenceSide(parent: scratch, plan: plan)
        let warm = WarmPass(in: scratch, bytes: plan.mostBytes)
        let comparison = try Comparison.measure(
            "engine append, \(ring.batchBytes) B batches\(partitions > 1 ? " to \(partitions) logs" : ""), flush \(flush)", pairs: pairs, warm: warm.run
        ) {
            try engine.pass()
        } limit: {
            try flush.hasReference ? reference.pass() : engine.pass()
        }
        try engine.close()
        report(comparison, ring, plan, engine)
    }

    /// A log keeps its active segment's file open, and its indexes' as soon as they are written to.
    private func admitOpenFiles() throws {
        let (limit, needed) = (try ProcessSetup.raiseOpenFileLimit(), partitions * 3 + 64)
        guard limit >= needed else {
            throw SetupFailure(description: "\(partitions) partitions need \(needed) open files, and this process may have \(limit): raise the hard limit (ulimit -Hn), or ask for fewer")
        }
    }

    private func report(_ comparison: Comparison, _ ring: BatchRing, _ plan: AppendPlan, _ engine: EngineSide) {
        let spent = engine.spent
        var fields = comparison.fields(oursNamed: "engine")
        if !flush.hasReference {
            fields = fields.filter { !["limit", "ratio", "cpuRatio"].contains($0.0) } + [("limit", .null), ("ratio", .null)]
        }
        fields += [
            ("durability", .string(flush.description)), ("batchBytes", .count(ring.batchBytes)),
            ("recordsPerBatch", .count(ring.recordsPerBatch)), ("partitions", .count(plan.partitions)), ("gather", .count(plan.gather)), ("segmentBytes", .count(plan.segmentBytes)),
            ("preallocates", .bool(plan.preallocates)), ("storedBytes", .count(engine.storedBytes)),
            ("appenderCPUShare", .number(spent.cpuShare)), ("syncShare", flush.policy == .none ? .null : .number(spent.syncShare)),
        ]
        let line = flush.hasReference
            ? comparison.line
            : "\(comparison.name): \(fixed(Ratio(comparison.ours.map(\.gigabytesPerSecond)).median, 2)) GB/s; the C loop has no such policy"
        output.print(command: "engine-append", directory: dir, fields, table: [line])
    }
}
