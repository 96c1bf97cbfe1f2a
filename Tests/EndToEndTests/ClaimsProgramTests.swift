// `tidemark claims` with the real broker, on experiments that are as short as they can be.
import Foundation
import Results
import Testing

@Suite(.serialized) struct ClaimsProgramTests {
    private static let restart = """
        question: What becomes of what was acknowledged?
        name: restart
        tier: quick
        topic: {partitions: 2, segmentBytes: 8MiB}
        producers: {mode: open, rate: 500, recordBytes: 128, keys: {uniform: 100}, seed: 1}
        consumers: {kind: tail}
        phases: {warmUp: 200ms, steadyWait: 0s, steady: 2s, coolDown: 0s}
        perturb: [{at: 500ms, kill: true}]
        contract: exactly-once
        """
    private static let committed = """
        question: Are positions there?
        name: committed
        tier: quick
        topic: {segmentBytes: 1MiB}
        headlines: {ask: [committed]}
        """

    private func run(_ arguments: [String]) throws -> (code: Int32, said: String) {
        let process = Process()
        process.executableURL = Harnessed.products.appending(path: "tidemark")
        process.arguments = ["claims"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    @Test func `a claim is measured, judged, written down, and written down again the same`() throws {
        let base = "/var/tmp/tidemark-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: base) }
        try FileManager.default.createDirectory(atPath: base + "/profiles/quick", withIntermediateDirectories: true)
        try Self.restart.write(toFile: base + "/profiles/quick/restart.yaml", atomically: true, encoding: .utf8)
        try Self.committed.write(toFile: base + "/profiles/quick/committed.yaml", atomically: true, encoding: .utf8)
        let (code, said) = try run(["--only", "durability", "--quick", "--quiet", "--profiles", base + "/profiles", "--results", base + "/results", "--data-dir", base + "/data"])
        #expect(code == 0, "\(said)")
        #expect(said.contains("n  Data survive a restart") && said.contains("hold as well, which were not decided") && said.contains("(2 of 6 parts not decided)"), "\(said)")
        let book = try #require(try FileManager.default.contentsOfDirectory(atPath: base + "/results").first { $0.contains("-claims-") })
        let report = base + "/results/\(book)/claims.md"
        let first = try Data(contentsOf: URL(filePath: report))
        #expect(String(decoding: first, as: UTF8.self).contains("## n. durability"))
        try FileManager.default.removeItem(atPath: report)
        let again = try run(["--render", base + "/results/\(book)"])
        #expect(again.code == 0, "\(again.said)")
        #expect(try Data(contentsOf: URL(filePath: report)) == first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: base + "/results/\(book)/runs").count == 2)
    }

    @Test func `what is no claim, and a place without a book, are refused`() throws {
        #expect(try run(["--only", "luck"]).code == 64)
        #expect(try run(["--render", "/var/tmp", "--quick"]).code == 64)
        #expect(try run(["--render", "/var/tmp"]).code == 5)
    }
}
