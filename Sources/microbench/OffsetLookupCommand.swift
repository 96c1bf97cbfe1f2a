// How long does it take to find the batch of a random offset, in a log of one segment and of a thousand?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import StorageEngine
internal import Vocabulary

struct OffsetLookupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offset-lookup", abstract: "Finds the batches of random offsets, all pages warm, beside a C search with every index in memory.")

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 16384
    @Option(help: "MiB of each log.") var logMebibytes = 512
    @Option(help: "MiB of each segment, whose number then says how large a log is.") var segmentMebibytes: Int?
    @Option(parsing: .upToNextOption, help: "Segments of each log.") var segments = [1, 100, 1000]
    @Option(help: "Seconds of each pass.") var seconds = 0.15
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes >= 2048, seconds > 0, pairs > 0, !segments.isEmpty else {
            throw ValidationError("--batch-bytes of 2048 or more, some segments, and positive times")
        }
        for count in segments where count < 1 || logBytes(count) / count < 2 * batchBytes {
            throw ValidationError("\(count) segments of \(logBytes(max(0, count)) >> 20) MiB together don't hold two batches each")
        }
    }

    private func logBytes(_ segments: Int) -> Int { (segmentMebibytes.map { $0 * segments } ?? logMebibytes) << 20 }

    /// What one size came to.
    private struct Found {
        let segments: Int
        let comparison: Comparison
        let logBytes, indexBytes: Int

        /// A lookup in each pass.
        var nanoseconds: [Double] { comparison.ours.map { 1e9 / $0.operationsPerSecond } }

        var json: JSON {
            .object(
                comparison.fields() + [
                    ("segments", .count(segments)), ("logBytes", .count(logBytes)), ("indexBytes", .count(indexBytes)),
                    ("nanoseconds", .number(Ratio(nanoseconds).median)), ("passesNanoseconds", .array(nanoseconds.map { .number($0) })),
                ])
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        _ = try ProcessSetup.raiseOpenFileLimit()
        var results: [Found] = []
        for count in segments { results.append(try measure(count, scratch)) }
        output.print(
            command: "offset-lookup", directory: dir,
            [("batchBytes", .count(batchBytes)), ("logs", .array(results.map(\.json)))],
            table: results.map { "\($0.comparison.line); \(fixed(Ratio($0.nanoseconds).median, 0)) ns each" })
    }

    private func measure(_ count: Int, _ scratch: ScratchDirectory) throws -> Found {
        let ring = BatchRing(recordBytes: 1000, batchBytes: batchBytes, totalBytes: 1_310_720)
        let batches = logBytes(count) / ring.batchBytes
        let perSegment = (batches + count - 1) / count
        let stored = try StoredLog(scratch.make("log-\(count)"), segmentBytes: perSegment * ring.batchBytes, ring: ring)
        try stored.fill(batches, ring)
        // Closed and opened again: every index is in its file, none in memory.
        try stored.close()
        let indexes = try stored.segments.map { try reference($0.base, $0.path) }
        defer { for index in indexes { creference_segment_close(index) } }
        try stored.reopen(segmentBytes: perSegment * ring.batchBytes, ring)
        let log = stored.log
        let end = UInt64(log.logEndOffset)
        let comparison = try Comparison.measure("offset lookup, \(indexes.count) segments", unit: "lookups", pairs: pairs, byOperations: true) {
            try engine(log, end)
        } limit: {
            try reference(indexes, end)
        }
        try stored.close()
        let indexBytes = try stored.segments.reduce(0) { try $0 + Self.size("\($1.path).index") }
        ScratchDirectory.removeTree(stored.directory)
        return Found(segments: indexes.count, comparison: comparison, logBytes: batches * ring.batchBytes, indexBytes: indexBytes)
    }

    private static func size(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError(call: "stat", errno: errno, subject: path) }
        return Int(status.st_size)
    }

    private func reference(_ base: UInt64, _ path: String) throws -> OpaquePointer {
        var failed: Int32 = 0
        guard let segment = creference_segment_open(path + ".log", path + ".index", base, &failed) else {
            throw referenceFailure(failed, "creference_segment_open")
        }
        return segment
    }

    private func engine(_ log: PartitionLog, _ end: UInt64) throws -> Pass {
        var offsets = RandomOffsets(end: end)
        var failure: StorageError?
        var sum: Int64 = 0
        var pass = timed(seconds, bytesPerRound: 0, operationsPerRound: 64) {
            do throws(StorageError) {
                // Without a limit the end of the range is the segment's: only its beginning is looked up.
                for _ in 0..<64 { sum += try log.read(from: Offset(offsets.next()), maxBytes: .max, atLeastOneBatch: true)?.position ?? 0 }
            } catch { failure = error }
        }
        if let failure { throw failure }
        pass.bytes = UInt64(sum > 0 ? 1 : 0)
        return pass
    }

    private func reference(_ segments: [OpaquePointer], _ end: UInt64) throws -> Pass {
        var offsets = RandomOffsets(end: end)
        var failed: Int32 = 0
        var sum: UInt64 = 0
        var pointers = segments.map { Optional($0) }
        let count = Int32(segments.count)
        var pass = pointers.withUnsafeMutableBufferPointer { all in
            timed(seconds, bytesPerRound: 0, operationsPerRound: 64) {
                for _ in 0..<64 {
                    var position: UInt64 = 0
                    let result = creference_lookup(all.baseAddress, count, offsets.next(), &position)
                    if result != 0 { failed = result }
                    sum += position
                }
            }
        }
        guard failed == 0 else { throw referenceFailure(failed, "creference_lookup") }
        pass.bytes = sum > 0 ? 1 : 0
        return pass
    }
}

/// The offsets that both sides look up.
private struct RandomOffsets {
    let end: UInt64
    private var state: UInt64 = 88_172_645_463_325_252

    init(end: UInt64) { self.end = end }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % end
    }
}
