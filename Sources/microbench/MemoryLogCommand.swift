// A log that is appended to in a control group, on disk or in memory: the child of `memory-pressure`.
internal import ArgumentParser
internal import Glibc
internal import Host
internal import StorageEngine

struct MemoryLogCommand: ParsableCommand {
    enum Kind: String, CaseIterable, ExpressibleByArgument { case disk, memory }

    static let configuration = CommandConfiguration(
        commandName: "memory-log", abstract: "Appends within a control group and tells how far it has come, until it ends or is ended.", shouldDisplay: false)

    @Option(help: "disk or memory.") var kind: Kind
    @Option(help: "The control group's directory.") var group: String
    @Option(help: "A directory for the log.") var dir: String
    @Option(help: "MiB to append.") var mebibytes: Int
    @Option(help: "How long what was appended to disk stays unforced; none: as long as the kernel likes.") var flushMilliseconds: Int?

    /// Between two lines of progress.
    static let stepBytes = 16 << 20

    func validate() throws {
        guard mebibytes > 0, flushMilliseconds ?? 1 > 0 else { throw ValidationError("--mebibytes and --flush-milliseconds must be positive") }
    }

    func run() throws {
        try MemoryGroup.enter(group)
        switch kind {
        case .disk: try appendToDisk()
        case .memory: appendToMemory()
        }
    }

    private func appendToDisk() throws {
        let ring = BatchRing(recordBytes: 1024, batchBytes: 65_536, totalBytes: 1 << 20)
        let unforced = flushMilliseconds.map { Int64($0) } ?? .max
        let stored = try StoredLog(dir, segmentBytes: 64 << 20, ring: ring) { $0.flushMilliseconds = unforced }
        let log = stored.log
        var (bytes, batches) = (0, 0)
        var progress = Progress()
        while bytes < mebibytes << 20 {
            for _ in 0..<16 {
                _ = try log.stage(ring[batches])
                batches += 1
            }
            bytes += try log.writeStaged().bytes
            progress.tell(bytes, isEnd: bytes >= mebibytes << 20)
        }
        try stored.close()
    }

    /// Until all of it is there, or the kernel ends the process.
    private func appendToMemory() {
        let ring = BatchRing(recordBytes: 1024, batchBytes: 65_536, totalBytes: 1 << 20)
        var segments: [UnsafeMutableRawPointer] = []
        var (bytes, batches) = (0, 0)
        var progress = Progress()
        while bytes < mebibytes << 20 {
            let segment = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 4096)
            for part in 0..<16 {
                let batch = ring[batches]
                memcpy(segment + part * 65_536, batch.baseAddress!, batch.count)
                batches += 1
            }
            segments.append(segment)
            bytes += 1 << 20
            progress.tell(bytes, isEnd: bytes >= mebibytes << 20)
        }
        for segment in segments { segment.deallocate() }
    }

    /// Lines of `bytes nanoseconds`, written at once: the process may not live to flush them.
    private struct Progress {
        private let start = MonotonicClock.now()
        private var told = 0

        /// - Parameter isEnd: whether this is all of it, which is told wherever it falls.
        mutating func tell(_ bytes: Int, isEnd: Bool) {
            guard isEnd || bytes / MemoryLogCommand.stepBytes > told else { return }
            told = bytes / MemoryLogCommand.stepBytes
            let line = "\(bytes) \(MonotonicClock.now() - start)\n"
            _ = Glibc.write(1, line, line.utf8.count)
        }
    }
}
