// Runs the built `tidemark ab` as a user would, on brokers that keep records in memory.
import Foundation
import Gate
import Results
import Testing

/// One run of the program in a folder of its own.
final class ABProgram {
    let base = "/var/tmp/tidemark-test-ab-\(UUID().uuidString)"
    private let log: String

    /// Slices so short that nothing can be concluded: what is tested is everything around them.
    static let shortSlices = [
        "gate.rate=2000", "gate.slice=400ms", "gate.discard=100ms", "gate.warmUp=100ms", "producers.recordBytes=256", "gate.metrics=[cpu]",
        "topic={partitions: 2}",
    ]

    /// The same for our own broker, whose log rolls and forgets within such a slice.
    static let shortOwnSlices = [
        "gate.rate=20000", "gate.slice=600ms", "gate.discard=100ms", "gate.warmUp=200ms", "gate.metrics=[cpu]", "producers.recordBytes=1KiB",
        "topic={partitions: 2, segmentBytes: 1MiB, retentionBytes: 2MiB}", "broker.settings={log.retention.check.interval.ms: 50, log.segment.delete.delay.ms: 50}",
    ]

    static var program: String { Harnessed.products.appending(path: "tidemark").path }
    static var ownBroker: String { Harnessed.products.appending(path: "tidemarkd").path }

    static func settings(_ settings: [String]) -> [String] { settings.flatMap { ["--set", $0] } }

    /// A broker that keeps records in memory, as a command for a side.
    static func memoryBroker(_ more: String = "") -> String {
        "'\(program)' null-broker --listen 127.0.0.1:{port} --keep-records --partitions 2 \(more)"
    }

    init() throws {
        log = base + "/log"
        try FileManager.default.createDirectory(atPath: base + "/data", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: base) }

    private(set) var printed = ""

    /// Runs `tidemark ab` to its end; its exit code, or 128 + signal.
    ///
    /// - Parameters:
    ///   - directory: where it is typed; nil: the repository.
    ///   - environment: beside this process's.
    ///   - command: `ab` or `selftest`.
    ///   - whileRunning: called once it runs, with what it has said so far at hand.
    func run(
        _ arguments: [String], profile: String? = "ab-rate", in directory: URL? = nil, environment: [String: String] = [:], command: String = "ab",
        whileRunning: (Process, () -> String) -> Void = { _, _ in }
    ) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: Self.program)
        process.currentDirectoryURL = directory ?? Harnessed.repository
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let file = profile.map { $0.contains("/") ? $0 : Harnessed.repository.appending(path: "Profiles/\($0).yaml").path }
        process.arguments =
            [command] + (file.map { [$0] } ?? []) + ["--data-dir", base + "/data", "--results", base + "/results"] + arguments
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = FileHandle(forWritingAtPath: log)!
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        whileRunning(process) { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
        process.waitUntilExit()
        printed = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// `--base-command … --head-command …` with the settings for short slices.
    func compare(
        base: String? = nil, head: String? = nil, _ more: [String] = [], environment: [String: String] = [:],
        whileRunning: (Process, () -> String) -> Void = { _, _ in }
    ) throws -> Int32 {
        let sides = ["--base-command", base ?? Self.memoryBroker(), "--head-command", head ?? Self.memoryBroker()]
        return try run(sides + Self.settings(Self.shortSlices) + more, environment: environment, whileRunning: whileRunning)
    }

    /// The only result.
    func result() throws -> URL {
        let results = try FileManager.default.contentsOfDirectory(at: URL(filePath: base + "/results"), includingPropertiesForKeys: nil)
        return try #require(results.count == 1 ? results.first : nil, "\(results); it said:\n\(printed)")
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(base)/\(name)", encoding: .utf8) }

    /// What the exit code must be, going by the groups that are stored: a machine that is busy with other things loses groups.
    func expectedCode(_ record: CampaignRecord, inconclusive: Int32 = 0) -> Int32 {
        let dropped = record.groups.count { $0.group.dropped != nil }
        return Double(dropped) > 0.3 * Double(record.groups.count) ? 5 : inconclusive
    }

    /// Folders of groups that are still on the data disk.
    var leftFolders: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: base + "/data/tidemark-runs")) ?? []).filter { !$0.hasPrefix(".") }
    }
}
