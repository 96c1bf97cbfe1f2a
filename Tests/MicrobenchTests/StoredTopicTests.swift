import Foundation
import Testing

/// The engine appends behind what lies in its logs, tiny. The rates mean nothing here; sizes do.
@Suite(.serialized) struct StoredTopicTests {
    private func append(_ options: [String], in scratch: Scratch) throws -> [String: Any] {
        try MicrobenchRun([
            "engine-append", "--dir", scratch.path, "--seconds", "0.05", "--pairs", "3", "--most-mebibytes", "4", "--segment-bytes", "1048576", "--gather", "4", "--json",
        ] + options).object()
    }

    @Test(arguments: [["--flush", "none"], ["--flush", "every-append"], ["--flush", "ms:5"], ["--partitions", "3"], ["--no-preallocate"]])
    func `before each pass as much lies in the logs as was asked for, and no pass leaves more`(options: [String]) throws {
        let scratch = try Scratch()
        let object = try append(options + ["--stored-bytes", "6291456"], in: scratch)
        // When the last pass began: up to a tick of four batches more, and nothing of the passes before it.
        let stored = try #require(object["storedBytes"] as? Int)
        #expect(stored >= 6_291_456 && stored < 6_291_456 + 4 * 65_536)
        let engine = try #require(object["engine"] as? [String: Any])
        #expect(try #require(engine["bytes"] as? Double) > 0)
        #expect(scratch.isEmpty)
    }

    @Test func `by default every pass has empty logs`() throws {
        let scratch = try Scratch()
        #expect(try append([], in: scratch)["storedBytes"] as? Int == 0)
        #expect(scratch.isEmpty)
    }

    @Test(arguments: ["-1", "much", "1099511627777"])
    func `a size that nobody stores is refused`(bytes: String) throws {
        #expect(try MicrobenchRun(["engine-append", "--dir", ".", "--stored-bytes=\(bytes)"]).status == 64)
    }
}
