// One log with a reader behind its writer, in a process of its own: the child of `own-cache`.
internal import ArgumentParser
internal import CReference

struct CachedLogCommand: ParsableCommand {
    /// Who keeps what was written.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        /// The page cache.
        case page
        /// The process, past the page cache.
        case own
        /// Both of them, the one beside the other.
        case both
    }

    static let configuration = CommandConfiguration(
        commandName: "cached-log", abstract: "Writes a log and reads it along within a control group, and tells what that took.", shouldDisplay: false)

    @Option(help: "page, own or both.") var kind: Kind
    @Option(help: "The control group's directory; none: as much memory as there is.") var group: String?
    @Option(help: "A path for the log.") var path: String
    @Option(help: "MiB of the process's own cache.") var cacheMebibytes: Int
    @Option(help: "MiB to write.") var mebibytes: Int
    @Option(help: "MiB by which the reader is behind.") var behindMebibytes: Int

    func validate() throws {
        guard behindMebibytes >= 0, cacheMebibytes > 0, mebibytes >= cacheMebibytes, mebibytes > behindMebibytes, mebibytes < 1 << 20 else {
            throw ValidationError("--mebibytes of at least --cache-mebibytes, and more than --behind-mebibytes")
        }
    }

    func run() throws {
        if let group { try MemoryGroup.enter(group) }
        var result = creference_cached_log()
        let failed = creference_cached_log(
            path, kind != .page, kind == .own, UInt64(cacheMebibytes) << 20, UInt64(mebibytes) << 20, UInt32(behindMebibytes), &result)
        guard failed == 0 else { throw referenceFailure(failed, "log cached by \(kind.rawValue)") }
        print(CachedLog(result).line)
    }
}

/// What such a log came to, as one process tells it to the other.
struct CachedLog {
    private let numbers: [Double]

    var seconds: Double { numbers[0] }
    /// Of the whole machine.
    var cpuSeconds: Double { numbers[1] }
    var bytes: Double { numbers[2] }
    var bytesRead: Double { numbers[3] }
    /// Below 0 where the kernel does not count them.
    var deviceReadBytes: Double { numbers[4] }
    var restartBytesPerSecond: Double { numbers[5] }
    var residentBytes: Double { numbers[6] }
    var residentGrowthBytes: Double { numbers[7] }
    var pageCacheBytes: Double { numbers[8] }

    init(_ result: creference_cached_log) {
        numbers = [
            result.seconds, result.machine_cpu_seconds, Double(result.bytes), Double(result.bytes_read), Double(result.device_read_bytes),
            result.restart_bytes_per_second, Double(result.resident_bytes), Double(result.resident_growth_bytes), Double(result.page_cache_bytes),
        ]
    }

    /// nil for what is no such line.
    init?(line: String) {
        let read = line.split { $0 == " " || $0 == "\n" }.map { Double($0) }
        guard read.count == 9, !read.contains(nil) else { return nil }
        numbers = read.compactMap { $0 }
    }

    var line: String { numbers.map { "\($0)" }.joined(separator: " ") }
}
