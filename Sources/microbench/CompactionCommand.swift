// How fast is a log compacted, from its dirty segments to the clean ones that take their place?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import StorageEngine
internal import Vocabulary

struct CompactionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compaction", abstract: "Compacts a log beside a C loop that reads, hashes the keys and copies what stays.",
        discussion: "Both read every segment twice. The engine also checks checksums, makes indexes, and swaps its segments in.")

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "Bytes of a batch.") var batchBytes = 65536
    @Option(help: "Bytes of a record's value.") var recordBytes = 1000
    @Option(help: "How often a key stands in the log, on average.") var repeats = 4
    @Option(help: "MiB of the log.") var logMebibytes = 256
    @Option(help: "MiB of a segment.") var segmentMebibytes = 32
    @Option(help: "Pairs of passes.") var pairs = 5
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard recordBytes > 0, repeats > 0, pairs > 0, batchBytes > recordBytes + 128 else {
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
            try engine(scratch, batches, &last)
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
        output.print(command: "compaction", fields, table: [comparison.line])
    }

    /// A fresh log, of which all but the last segment are compacted.
    private func engine(_ scratch: ScratchDirectory, _ batches: KeyedBatches, _ last: inout CompactionReport?) throws -> Pass {
        let directory = try scratch.make("engine")
        defer { ScratchDirectory.removeTree(directory) }
        let log = try CompactedLog(directory, segmentBytes: segmentMebibytes << 20, batches)
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

/// A compacted topic of one partition, filled.
private final class CompactedLog {
    private let directory: String
    private var storage: Storage
    private let partition = TopicPartition(topic: "compacted", partition: 0)

    init(_ directory: String, segmentBytes: Int, _ batches: KeyedBatches) throws {
        self.directory = directory
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = segmentBytes
        configuration.log.cleanupPolicy = .compact
        configuration.minimumFreeBytes = 0
        storage = try Storage.open(directories: [directory], configuration: configuration)
        _ = try storage.createTopic(named: partition.topic, partitionCount: 1)
        let log = storage.log(of: partition)!
        log.adopt()
        for n in 0..<batches.count {
            _ = try log.stage(batches[n])
            if log.stagedBytes > 1 << 19 || n == batches.count - 1 { _ = try log.writeStaged() }
        }
        // Only what is on the disk is compacted: a close forces all of it.
        try storage.close()
        storage = try Storage.open(directories: [directory], configuration: configuration)
        storage.log(of: partition)?.adopt()
    }

    func compact() throws -> CompactionReport {
        storage.setOwnerRunner { [storage] partition, work in
            if let log = storage.log(of: partition) { work(log) }
        }
        defer { storage.setOwnerRunner(nil) }
        guard let report = storage.compactOnce().first else { throw SetupFailure(description: "nothing was due to be compacted") }
        if let failure = report.failure { throw failure }
        return report
    }

    func close() throws { try storage.close() }

    /// Every segment but the last, which is never compacted.
    var sealedPaths: [String] {
        let parent = "\(directory)/\(partition)"
        return ScratchDirectory.names(in: parent).filter { $0.hasSuffix(".log") }.sorted().dropLast().map { "\(parent)/\($0)" }
    }
}
