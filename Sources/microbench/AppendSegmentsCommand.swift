// Does a log that has a thousand segments, and gigabytes in them, append more slowly than one that has one?
internal import ArgumentParser
internal import CLinux
internal import Glibc
internal import Host
internal import StorageEngine

struct AppendSegmentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append-segments", abstract: "Appends to a long log with many segments beside the same appends to one with a single batch.")

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 65536
    @Option(help: "Segments of the long log.") var segments = 1000
    @Option(help: "MiB of the long log, all segments together; a quarter of the free disk at most.") var logMebibytes = 8192
    @Option(help: "MiB of a pass.") var mebibytes = 48
    @Option(help: "Pairs of passes.") var pairs = 15
    @OptionGroup var output: OutputOptions

    /// Both logs go on in a segment that no pass fills: a roll must not fall to one side only.
    private static let lastSegmentBytes = Int(Int32.max)
    private static let mostLogMebibytes = 1 << 24

    func validate() throws {
        guard batchBytes >= 2048, segments > 1, mebibytes > 0, pairs > 0 else {
            throw ValidationError("--batch-bytes of 2048 or more, two segments or more, and positive counts")
        }
        guard (1...Self.mostLogMebibytes).contains(logMebibytes) else { throw ValidationError("--log-mebibytes must be 1 to \(Self.mostLogMebibytes)") }
        guard (pairs + 1) * mebibytes << 20 < Self.lastSegmentBytes - (64 << 20) - (logMebibytes << 20) / segments else {
            throw ValidationError("(pairs + 1) × mebibytes, and a segment of the long log, must fit one segment of 2 GiB")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let ring = BatchRing(recordBytes: 1024, batchBytes: batchBytes, totalBytes: 1_310_720)
        let batches = try batchesOfSegment(scratch, ring)
        let long = try log(of: segments, of: batches, scratch, ring)
        let short = try log(of: 1, of: 1, scratch, ring)
        let warm = WarmPass(in: scratch, bytes: mebibytes << 20)
        let comparison = try Comparison.measure("append, \(segments) segments beside 1", pairs: pairs, warm: warm.run) {
            try pass(long, ring)
        } limit: {
            try pass(short, ring)
        }
        let found = long.segments.count
        try long.close()
        try short.close()
        let interval = comparison.throughputRatio95
        output.print(
            command: "append-segments", directory: dir,
            comparison.fields(oursNamed: "long") + [
                ("segments", .count(found)), ("logBytes", .count(segments * batches * ring.batchBytes)),
                ("interval95", .array([.number(interval.low), .number(interval.high)])),
            ],
            table: [comparison.line + "; median within \(percent(interval.low)) - \(percent(interval.high)) at 95 %"])
    }

    /// As many as make the long log as long as was asked for, or as the disk allows; at least one.
    private func batchesOfSegment(_ scratch: ScratchDirectory, _ ring: BatchRing) throws -> Int {
        let free = Int(try checked(clinux_free_bytes(scratch.path), "statvfs", scratch.path))
        return max(1, min(logMebibytes << 20, free / 4) / segments / ring.batchBytes)
    }

    /// A log that was closed with so many segments of so many batches each, all of it on the disk, and goes on in the last.
    private func log(of count: Int, of batches: Int, _ scratch: ScratchDirectory, _ ring: BatchRing) throws -> StoredLog {
        let stored = try StoredLog(scratch.make("log-\(count)"), segmentBytes: batches * ring.batchBytes, ring: ring)
        try stored.fill(count * batches, ring)
        try stored.close()
        try stored.reopen(segmentBytes: Self.lastSegmentBytes, ring)
        return stored
    }

    private func pass(_ stored: StoredLog, _ ring: BatchRing) throws -> Pass {
        let log = stored.log
        let gather = max(1, (1 << 20) / ring.batchBytes)
        let cpu = clinux_process_cpu_ns(getpid())
        let start = MonotonicClock.now()
        var (batches, bytes) = (0, 0)
        while bytes < mebibytes << 20 {
            for _ in 0..<gather {
                _ = try log.stage(ring[batches])
                batches += 1
            }
            bytes += try log.writeStaged().bytes
        }
        let seconds = Double(MonotonicClock.now() - start) / 1e9
        return Pass(
            bytes: UInt64(bytes), operations: UInt64(batches * ring.recordsPerBatch), seconds: seconds,
            cpuSeconds: Double(clinux_process_cpu_ns(getpid()) - cpu) / 1e9)
    }
}
