// How fast does a start after a crash read and check a log that nothing is known of?
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import StorageEngine

struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery", abstract: "Recovers a log from nothing but its segments, beside a C loop that reads and checks the same bytes.",
        discussion: "The engine also makes every index anew and forces what it found to the disk.")

    @Option(help: "A directory for the log.") var dir: String
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 65536
    @Option(help: "MiB of the log.") var logMebibytes = 1024
    @Option(help: "MiB of a segment.") var segmentMebibytes = 256
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes >= 2048, batchBytes <= segmentMebibytes << 20, logMebibytes << 20 >= batchBytes, pairs > 0 else {
            throw ValidationError("--batch-bytes of 2048 up to a segment, a batch of log at least, and a pair or more")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let ring = BatchRing(recordBytes: 1000, batchBytes: batchBytes, totalBytes: max(1_310_720, batchBytes))
        let stored = try StoredLog(scratch.make("engine"), segmentBytes: segmentMebibytes << 20, ring: ring)
        try stored.fill((logMebibytes << 20) / ring.batchBytes, ring)
        try stored.close()
        var report: RecoveryReport?
        let comparison = try Comparison.measure("recovery, \(ring.batchBytes) B batches", unit: "batches", pairs: pairs) {
            try engine(stored, ring, &report)
        } limit: {
            try reference(stored)
        }
        var fields = comparison.fields(oursNamed: "engine")
        fields += [("batchBytes", .count(ring.batchBytes)), ("segments", .count(report?.segmentsScanned ?? 0)), ("segmentBytes", .count(segmentMebibytes << 20))]
        output.print(command: "recovery", directory: dir, fields, table: [comparison.line])
    }

    /// From the list of the directory to a log that may be read and written.
    private func engine(_ stored: StoredLog, _ ring: BatchRing, _ report: inout RecoveryReport?) throws -> Pass {
        try stored.forgetClose()
        let cpu = clinux_process_cpu_ns(getpid())
        try stored.reopen(segmentBytes: segmentMebibytes << 20, ring)
        let spent = clinux_process_cpu_ns(getpid()) - cpu
        let found = stored.report
        report = found
        guard found.bytesDropped == 0, found.bytesScanned == found.bytesKept else {
            throw SetupFailure(description: "recovery kept \(found.bytesKept) bytes, checked \(found.bytesScanned), dropped \(found.bytesDropped)")
        }
        try stored.close()
        return Pass(
            bytes: UInt64(found.bytesScanned), operations: UInt64(found.bytesScanned) / UInt64(ring.batchBytes),
            seconds: Double(found.nanoseconds) / 1e9, cpuSeconds: Double(spent) / 1e9)
    }

    private func reference(_ stored: StoredLog) throws -> Pass {
        let segments = stored.segments
        let cpu = clinux_thread_cpu_ns()
        let start = MonotonicClock.now()
        var (bytes, batches): (UInt64, UInt64) = (0, 0)
        for (base, path) in segments {
            let read = creference_check_segment(path + ".log", base, &batches)
            guard read >= 0 else { throw referenceFailure(read, "creference_check_segment") }
            bytes += UInt64(read)
        }
        return Pass(
            bytes: bytes, operations: batches, seconds: Double(MonotonicClock.now() - start) / 1e9,
            cpuSeconds: Double(clinux_thread_cpu_ns() - cpu) / 1e9)
    }
}
