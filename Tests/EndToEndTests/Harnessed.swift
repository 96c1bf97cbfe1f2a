// Runs the built `tidemark` as a user would, in folders of its own.
import Foundation
import Measurement
import Results
import Testing

/// One started `tidemark run`.
final class Harnessed {
    let process = Process()
    let base: String
    private let data: String
    private let log: String

    /// Those that `TIDEMARK_PROGRAMS` names; else what the last build left: the release products where they are newer than those
    /// beside the test bundle.
    static var products: URL {
        if let named = ProcessInfo.processInfo.environment["TIDEMARK_PROGRAMS"] { return URL(filePath: named) }
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let beside = URL(filePath: bundle).deletingLastPathComponent()
        let release = repository.appending(path: ".build/release")
        func built(_ directory: URL) -> Date? {
            let attributes = try? FileManager.default.attributesOfItem(atPath: directory.appending(path: "tidemark").path)
            return attributes?[.modificationDate] as? Date
        }
        guard let newer = built(release) else { return beside }
        return newer > built(beside) ?? .distantPast ? release : beside
    }

    static var repository: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// - Parameters:
    ///   - settings: `path=value`, laid over the profile.
    ///   - options: more of the command line.
    ///   - data: where brokers keep their files; nil: below `base`.
    convenience init(_ profile: String, settings: [String] = [], options: [String] = [], base: String? = nil, data: String? = nil) throws {
        try self.init(
            run: [Self.repository.appending(path: "Profiles/\(profile).yaml").path], options: settings.flatMap { ["--set", $0] } + options, base: base,
            data: data)
    }

    /// - Parameter what: is run: a profile's path, or what stands for one.
    init(run what: [String], options: [String] = [], base: String? = nil, data: String? = nil) throws {
        self.base = base ?? "/var/tmp/tidemark-test-\(UUID().uuidString)"
        self.data = data ?? self.base + "/data"
        try FileManager.default.createDirectory(atPath: self.base, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: self.data, withIntermediateDirectories: true)
        log = self.base + "/log-\(UUID().uuidString.prefix(8))"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.executableURL = Self.products.appending(path: "tidemark")
        process.arguments = ["run"] + what + ["--data-dir", self.data, "--results", self.base + "/results"] + options
        let handle = FileHandle(forWritingAtPath: log)!
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
    }

    /// Everything it printed so far.
    var printed: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func remove() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: base)
    }

    /// By how many milliseconds a machine may do late what it was asked to do at a time. Too early would be ours, so that side has no
    /// such room, and what the load felt is held against the times that the record has, not against those asked for.
    static let heldUpMilliseconds = 250.0

    /// Waits for its end; its exit code, or 128 + signal.
    func finish() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// Waits until its log says `text`.
    func wait(for text: String, seconds: Double = 60) throws {
        let deadline = Date().addingTimeInterval(seconds)
        while !printed.contains(text) {
            try #require(Date() < deadline && process.isRunning, "‘\(text)’ did not come; it said:\n\(printed)")
            usleep(5000)
        }
    }

    /// The process of the broker that it started.
    func broker() throws -> Int32 {
        let own = process.processIdentifier
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let pid = Int32(name), let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let close = stat.lastIndex(of: ")")
            else { continue }
            let fields = stat[stat.index(close, offsetBy: 2)...].split(separator: " ")
            if stat.contains("(tidemarkd") && Int32(fields[1]) == own { return pid }
        }
        throw CocoaError(.featureUnsupported)
    }

    /// The only result in its folder.
    func record() throws -> RunRecord {
        let store = ResultStore(root: URL(filePath: base + "/results"))
        return try store.load(try #require(store.list().first, "no result; it said:\n\(printed)"))
    }

    /// The segment files of its brokers, by now.
    var segments: [String] {
        let runs = data + "/tidemark-runs"
        return (FileManager.default.enumerator(atPath: runs)?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".log") }.map { runs + "/" + $0 }
    }

    /// Run folders that are still on the data disk.
    var leftFolders: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: data + "/tidemark-runs")) ?? []).filter { !$0.hasPrefix(".") }
    }
}

/// Whether a process lives (a zombie does not).
func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let close = stat.lastIndex(of: ")") else { return false }
    return stat[stat.index(close, offsetBy: 2)] != "Z"
}

extension RunRecord {
    func phase(_ kind: String) throws -> PhaseRecord { try #require(phases.last { $0.kind == kind }, "no phase ‘\(kind)’") }
}

extension LatencyHistogram {
    /// Samples at or above `nanoseconds`, as exact as the buckets are.
    func count(from nanoseconds: UInt64) -> UInt64 {
        zip(lowerBounds, counts).reduce(0) { $0 + ($1.0 >= nanoseconds ? $1.1 : 0) }
    }
}
