// How long does the engine take to say which bytes of which file answer a fetch?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Host
internal import StorageEngine
internal import Vocabulary

struct FetchPlanningCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch-planning", abstract: "Finds the byte range of a fetch, at random offsets and one after the other.")

    @Option(help: "A directory for the log.") var dir: String
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 16384
    @Option(help: "MiB of the log, one segment.") var logMebibytes = 256
    @Option(help: "Most bytes of a fetch.") var fetchBytes = 1 << 20
    @Option(help: "Seconds of each pass.") var seconds = 0.15
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes >= 2048, logMebibytes << 20 >= batchBytes * 4, fetchBytes > 0, seconds > 0, pairs > 0 else {
            throw ValidationError("--batch-bytes of 2048 or more, four batches of log at least, and positive times")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let ring = BatchRing(recordBytes: 1000, batchBytes: batchBytes, totalBytes: 1_310_720)
        let batches = (logMebibytes << 20) / ring.batchBytes
        let (storage, log) = try fill(scratch.make("engine"), ring, batches)
        let segment = try fillReference(scratch.make("reference"), ring, batches)
        defer { creference_segment_close(segment) }
        let end = UInt64(log.logEndOffset)
        let comparisons = try [true, false].map { isRandom in
            try Comparison.measure(isRandom ? "fetch planning, random" : "fetch planning, in order", unit: "plans", pairs: pairs, byOperations: true) {
                try oursPass(log, Offsets(end: end, isRandom: isRandom, step: UInt64(ring.recordsPerBatch)))
            } limit: {
                try referencePass(segment, Offsets(end: end, isRandom: isRandom, step: UInt64(ring.recordsPerBatch)))
            }
        }
        try storage.close()
        output.print(
            command: "fetch-planning", directory: dir,
            [("batchBytes", .count(ring.batchBytes)), ("batches", .count(batches)), ("fetchBytes", .count(fetchBytes)),
             ("orders", .array(comparisons.map { .object($0.fields()) }))],
            table: comparisons.map(\.line))
    }

    private func fill(_ directory: String, _ ring: BatchRing, _ batches: Int) throws -> (Storage, PartitionLog) {
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = 1 << 30
        configuration.log.maximumMessageBytes = max(configuration.log.maximumMessageBytes, ring.batchBytes)
        configuration.minimumFreeBytes = 0
        let storage = try Storage.open(directories: [directory], configuration: configuration)
        _ = try storage.createTopic(named: "planned", partitionCount: 1)
        let log = storage.log(of: TopicPartition(topic: "planned", partition: 0))!
        log.adopt()
        for n in 0..<batches {
            _ = try log.stage(ring[n])
            if log.stagedBytes > 1 << 19 || n == batches - 1 { _ = try log.writeStaged() }
        }
        return (storage, log)
    }

    private func fillReference(_ directory: String, _ ring: BatchRing, _ batches: Int) throws -> OpaquePointer {
        var failed: Int32 = 0
        guard let log = creference_log_open(directory, 1 << 30, 4096, 64 << 20, &failed) else { throw referenceFailure(failed, "creference_log_open") }
        for n in 0..<batches where failed == 0 {
            var batch: UnsafeMutableRawPointer? = ring[n].baseAddress
            var size = UInt32(ring.batchBytes)
            failed = creference_log_append(log, &batch, &size, 1)
        }
        let closed = creference_log_close(log)
        let base = directory + "/00000000000000000000"
        guard failed == 0, closed == 0, let segment = creference_segment_open(base + ".log", base + ".index", 0, &failed) else {
            throw referenceFailure(failed == 0 ? closed : failed, "creference_log_append")
        }
        return segment
    }

    private func oursPass(_ log: PartitionLog, _ offsets: Offsets) throws -> Pass {
        var offsets = offsets
        var bytes = 0
        var failure: StorageError?
        var pass = timed(seconds, bytesPerRound: 0, operationsPerRound: 64) {
            do throws(StorageError) {
                for _ in 0..<64 { bytes += try log.read(from: Offset(offsets.next()), maxBytes: fetchBytes, atLeastOneBatch: true)?.count ?? 0 }
            } catch { failure = error }
        }
        if let failure { throw failure }
        pass.bytes = UInt64(bytes)
        return pass
    }

    private func referencePass(_ segment: OpaquePointer, _ offsets: Offsets) throws -> Pass {
        var offsets = offsets
        var bytes: UInt64 = 0
        var failed: Int32 = 0
        var pass = timed(seconds, bytesPerRound: 0, operationsPerRound: 64) {
            for _ in 0..<64 {
                var position: UInt64 = 0
                var count: UInt64 = 0
                let result = creference_plan_fetch(segment, offsets.next(), UInt64(fetchBytes), &position, &count)
                if result != 0 { failed = result }
                bytes += count
            }
        }
        guard failed == 0 else { throw referenceFailure(failed, "creference_plan_fetch") }
        pass.bytes = bytes
        return pass
    }
}

/// The offsets that both sides ask for.
private struct Offsets {
    let end: UInt64
    let isRandom: Bool
    let step: UInt64
    private var state: UInt64 = 88_172_645_463_325_252
    private var at: UInt64 = 0

    init(end: UInt64, isRandom: Bool, step: UInt64) {
        self.end = end
        self.isRandom = isRandom
        self.step = step
    }

    mutating func next() -> UInt64 {
        guard isRandom else {
            at = at + step >= end ? 0 : at + step
            return at
        }
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % end
    }
}
