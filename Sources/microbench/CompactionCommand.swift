// How fast is a log compacted, from its dirty segments to the clean ones that take their place?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import StorageEngine

struct CompactionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compaction", abstract: "Compacts a log beside a C loop that reads, hashes the keys and copies what stays.",
        discussion: """
            Both read every segment twice. The engine also checks checksums, makes indexes, and swaps its segments in. Then another log of the \
            same directory is appended to as fast as it takes batches: alone, beside a compaction held to --throttled-mebibytes a second, and \
            beside one that is not held, which is the default of log.cleaner.io.max.bytes.per.second.
            """)

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "Bytes of a batch.") var batchBytes = 65536
    @Option(help: "Bytes of a record's value.") var recordBytes = 1000
    @Option(help: "How often a key stands in the log, on average.") var repeats = 4
    @Option(help: "MiB of the log.") var logMebibytes = 256
    @Option(help: "MiB of a segment.") var segmentMebibytes = 32
    @Option(help: "Pairs of passes.") var pairs = 9
    @Option(help: "Rounds of appends alone and beside compaction; 0: none.") var besideRounds = 6
    @Option(help: "MiB of such an append pass, at most: it ends with the compaction.") var besideMebibytes = 1024
    @Option(help: "MiB a second, read and written, that the held compaction may take.") var throttledMebibytes = 64
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard recordBytes > 0, repeats > 0, pairs > 0, besideRounds >= 0, besideMebibytes > 0, throttledMebibytes > 0, batchBytes > recordBytes + 128 else {
            throw ValidationError("--batch-bytes must hold a record, counts must be positive")
        }
        guard batchBytes <= segmentMebibytes << 20, logMebibytes >= 2 * segmentMebibytes else {
            throw ValidationError("two segments at least, each of a batch or more")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let batches = KeyedBatches(logBytes: logMebibytes << 20, batchBytes: batchBytes, valueBytes: recordBytes, repeats: repeats)
        let dirty = try CompactedLog(scratch.make("reference"), segmentBytes: segmentMebibytes << 20, batches)
        try dirty.close()
        var last: CompactionReport?
        var kept = UInt64(0)
        let warm = WarmPass(in: scratch, bytes: 2 * batches.byteCount)
        let comparison = try Comparison.measure("compaction, \(recordBytes) B values", pairs: pairs, warm: warm.run) {
            try engine(scratch, batches, warm, &last)
        } limit: {
            try reference(dirty.sealedPaths, "\(scratch.path)/copied", most: UInt64(batches.recordCount), &kept)
        }
        var fields = comparison.fields(oursNamed: "engine")
        if let last {
            fields += [
                ("recordsRead", .count(last.recordsRead)), ("recordsKept", .count(last.recordsKept)), ("limitRecordsKept", .count(kept)), ("bytesBefore", .count(last.bytesBefore)),
                ("bytesAfter", .count(last.bytesAfter)), ("mapSeconds", .number(Double(last.mapNanoseconds) / 1e9)),
                ("copySeconds", .number(Double(last.copyNanoseconds) / 1e9)),
            ]
        }
        let interval = comparison.throughputRatio95
        fields.append(("interval95", .array([.number(interval.low), .number(interval.high)])))
        var table = [comparison.line + "; median within \(percent(interval.low)) - \(percent(interval.high)) at 95 %"]
        if besideRounds > 0 {
            let beside = try AppendsBesideCompaction(
                scratch: scratch, batches: batches, segmentBytes: segmentMebibytes << 20, mostBytes: besideMebibytes << 20,
                throttledBytesPerSecond: Int64(throttledMebibytes) << 20, rounds: besideRounds)
            fields.append(("beside", beside.json))
            table += beside.lines
        }
        output.print(command: "compaction", directory: dir, fields, table: table)
    }

    /// A fresh log, of which all but the last segment are compacted.
    private func engine(
        _ scratch: ScratchDirectory, _ batches: KeyedBatches, _ warm: WarmPass, _ last: inout CompactionReport?
    ) throws -> Pass {
        let directory = try scratch.make("engine")
        defer { ScratchDirectory.removeTree(directory) }
        let log = try CompactedLog(directory, segmentBytes: segmentMebibytes << 20, batches)
        // Filling it took what stood ready.
        try warm.run()
        let cpu = clinux_process_cpu_ns(getpid())
        let report = try log.compact()
        let spent = clinux_process_cpu_ns(getpid()) - cpu
        try log.close()
        last = report
        return Pass(
            bytes: UInt64(report.bytesBefore), operations: UInt64(report.recordsRead), seconds: report.seconds, cpuSeconds: Double(spent) / 1e9)
    }

    private func reference(_ paths: [String], _ copy: String, most: UInt64, _ kept: inout UInt64) throws -> Pass {
        var result = creference_compaction()
        let words = paths.map { strdup($0) }
        defer { for word in words { free(word) } }
        let pointers = words.map { UnsafePointer($0) }
        let cpu = clinux_thread_cpu_ns()
        let start = MonotonicClock.now()
        let failed = creference_compact(pointers, Int32(paths.count), copy, most, &result)
        guard failed == 0 else { throw referenceFailure(failed, "creference_compact") }
        kept = result.kept
        return Pass(
            bytes: result.bytes_read / 2, operations: result.records, seconds: Double(MonotonicClock.now() - start) / 1e9,
            cpuSeconds: Double(clinux_thread_cpu_ns() - cpu) / 1e9)
    }
}
