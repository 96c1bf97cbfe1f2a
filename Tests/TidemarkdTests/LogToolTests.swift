import Foundation
import Testing

/// `tidemarkd log` on directories that tidemarkd wrote.
@Suite struct LogToolTests {
    /// Two segments of a topic and a clean end.
    private func served(_ scratch: Scratch) throws -> String {
        let directory = scratch.path + "/data"
        let broker = try Served(directory, arguments: ["--set", "log.segment.bytes=4096"])
        for _ in 0..<12 { try broker.produce(20) }
        broker.stop()
        return directory
    }

    private func logs(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/t-0").filter { $0.hasSuffix(".log") }.sorted()
    }

    @Test(arguments: [["log"], ["log", "mend", "."], ["log", "verify"], ["log", "dump", ".", "."], ["log", "verify", ".", "--records"]])
    func `a wrong command line is refused`(arguments: [String]) throws {
        let run = try ProgramRun(arguments)
        #expect(run.status == 2)
        #expect(run.standardError.hasPrefix("tidemarkd: ") && run.standardOutput.isEmpty)
    }

    @Test(arguments: ["dump", "verify"])
    func `a directory that is not there, and one that is no log, can't be read`(action: String) throws {
        let scratch = try Scratch()
        for path in ["/nowhere", scratch.path] {
            let run = try ProgramRun(["log", action, path])
            #expect(run.status == 2)
            #expect(run.standardError.contains(path) && run.standardOutput.isEmpty)
        }
    }

    @Test func `a flipped bit is named with file and byte, in text and in JSON`() throws {
        let scratch = try Scratch()
        let directory = try served(scratch)
        let path = "\(directory)/t-0/\(try logs(directory)[1])"
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seek(toOffset: 70)
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: 70)
        try handle.write(contentsOf: [byte ^ 1])
        try handle.close()
        let run = try ProgramRun(["log", "verify", directory])
        #expect(run.status == 1)
        #expect(run.lines.first?.hasPrefix("\(path) at byte 17: found checksum 0x") == true, "\(run.standardOutput)")
        let found = try ProgramRun(["log", "verify", directory, "--json"]).objects()
        #expect(found.first?["line"] as? String == "inconsistency")
        #expect(found.first?["file"] as? String == path && found.first?["position"] as? Int == 17)
        #expect(found.last?["inconsistencies"] as? Int == 1)
    }

    @Test func `what a broker wrote and closed is clean, and is shown whole`() throws {
        let scratch = try Scratch()
        let directory = try served(scratch)
        let verified = try ProgramRun(["log", "verify", directory])
        #expect(verified.status == 0, "\(verified.standardOutput)")
        #expect(verified.lines.count == 1)
        #expect(verified.lines.last?.contains("batches=12 records=240") == true)
        #expect(try logs(directory).count > 1)
        let dumped = try ProgramRun(["log", "dump", directory, "--records", "--json"])
        #expect(dumped.status == 0)
        let objects = try dumped.objects()
        #expect(objects.filter { $0["line"] as? String == "batch" }.count == 12)
        let records = objects.filter { $0["line"] as? String == "record" }
        #expect(records.compactMap { $0["offset"] as? Int } == Array(0..<240))
        #expect(records[21]["key"] as? String == "key-1" && records[21]["value"] as? String == "value 1")
        let text = try ProgramRun(["log", "dump", directory + "/t-0"])
        #expect(text.lines.filter { $0.hasPrefix("batch position=") }.count == 12)
        #expect(!text.standardOutput.contains("record offset="))
    }

    @Test func `a running broker's log is clean too, and said to be live`() throws {
        let scratch = try Scratch()
        let broker = try Served(scratch.path + "/data")
        for _ in 0..<5 { try broker.produce(20) }
        let run = try ProgramRun(["log", "verify", scratch.path + "/data"])
        #expect(run.status == 0, "\(run.standardOutput)")
        #expect(run.lines.first?.contains("a broker runs on it") == true)
        #expect(run.lines.last?.contains("records=100") == true)
        try broker.produce(20)
        broker.stop()
    }
}
