// Whoever read along has gone: `tidemark run … 2>&1 | head`.
import Foundation
import Results
import Testing

@Suite(.serialized) struct BrokenPipeTests {
    /// Runs a command whose standard output and error nobody reads any more.
    private func run(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = Harnessed.products.appending(path: "tidemark")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try pipe.fileHandleForReading.close()
        try process.run()
        process.waitUntilExit()
        return process
    }

    @Test func `a command that is refused says so by its status`() throws {
        let refused = try run(["profiles", "check", "/nowhere.yaml"])
        #expect(refused.terminationReason == .exit && refused.terminationStatus == 64)
    }

    @Test func `a run goes on and keeps its result`() throws {
        let base = "/var/tmp/tidemark-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: base) }
        let profile = Harnessed.repository.appending(path: "Profiles/smoke.yaml").path
        try FileManager.default.createDirectory(atPath: "\(base)/data", withIntermediateDirectories: true)
        let ended = try run(["run", profile, "--data-dir", "\(base)/data", "--results", "\(base)/results", "--set", "phases.steady=1s"])
        #expect(ended.terminationReason == .exit && [0, 5].contains(ended.terminationStatus), "\(ended.terminationReason) \(ended.terminationStatus)")
        let store = ResultStore(root: URL(filePath: "\(base)/results"))
        let record = try store.load(try #require(store.list().first))
        #expect(record.phases.contains { $0.kind == "steady" && $0.complete } && record.verdict != nil)
    }
}
