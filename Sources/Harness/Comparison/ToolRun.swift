// Commands that prepare a comparison, git and the compiler: run to their end, what they say kept.
internal import Foundation
internal import Glibc
internal import Host

/// What became of one command.
struct ToolOutcome {
    let succeeded: Bool
    /// Standard output and standard error, without white space around them.
    let output, complaint: String
}

struct ToolRun {
    let interruption: Interruption

    /// How long what was interrupted may take to end by itself: the compiler then ends its own children.
    static let endingNanoseconds: UInt64 = 5_000_000_000
    /// A hook of git's names its repository so; here that would turn the wrong working tree around.
    private static let foreignVariables = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"]

    /// - Parameters:
    ///   - log: where `<log>.out` and `<log>.err` stay; nil: they go. Two at a time must not share one.
    /// - Throws: `.interrupted`; `SystemError` where nothing can be started.
    func run(_ words: [String], log: String? = nil, seconds: Double) throws -> ToolOutcome {
        let place = log.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory.appending(path: "tidemark-tool-\(UUID().uuidString)/tool")
        let directory = place.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { if log == nil { try? FileManager.default.removeItem(at: directory) } }
        let child = try ChildProcess(
            name: place.lastPathComponent, program: "/usr/bin/env", arguments: Self.foreignVariables.flatMap { ["-u", $0] } + words,
            logDirectory: directory.path)
        defer { end(child) }
        let data = try? child.finish(seconds: seconds, interruption)
        try interruption.check()
        func text(_ path: String) -> String {
            ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return ToolOutcome(succeeded: data != nil, output: text(child.outputPath), complaint: text(child.errorPath))
    }

    /// What Ctrl-C ends must not go on building.
    private func end(_ child: ChildProcess) {
        guard child.isRunning else { return }
        _ = Glibc.kill(-child.pid, SIGINT)
        let deadline = MonotonicClock.now() + Self.endingNanoseconds
        while child.isRunning, MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 10_000_000) }
        child.kill()
    }
}
