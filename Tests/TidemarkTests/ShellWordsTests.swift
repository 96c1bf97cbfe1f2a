// The line that makes a comparison again, and the screen that prints it.
import Foundation
import Gate
import Results
import Testing

@testable import tidemark

@Suite struct ShellWordsTests {
    /// What `/bin/sh` makes of a line, a word a line.
    private func words(_ line: String) throws -> [String] {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "for word in \(line); do printf '%s\\n' \"$word\"; done"]
        shell.environment = ["HOME": "/nowhere"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        return said.split(separator: "\n").map(String.init)
    }

    @Test func `a shell reads every word as it was`() throws {
        let typed = ["ab", "Profiles/ab-max.yaml", "--base-command", "'/opt/x y/broker' --port {port} --dir \"{dir}\" $HOME `id`", "--set=topic={partitions: 2}", "a;b", "*", "it's"]
        #expect(try words(ShellWords.again(typed)) == ["tidemark"] + typed)
        #expect(ShellWords.again(["ab", "p.yaml", "--base", "main"]) == "tidemark ab p.yaml --base main")
        #expect(try words(ShellWords.quoted("~/results of mine")) == ["/nowhere/results of mine"])
        #expect(ShellWords.quoted("") == "''")
    }

    @Test func `a seed and a comparison to go on with belong to one attempt; a branch becomes its commit`() {
        let typed = ["ab", "p.yaml", "--seed", "7", "--base", "main", "--resume=Results/x", "--head=topic", "--seed=8", "--quiet"]
        #expect(ShellWords.again(typed, pinned: ["--base": "1234567890", "--head": "abc"]) == "tidemark ab p.yaml --base 1234567890 --head=abc --quiet")
        #expect(ShellWords.again(["ab", "p.yaml", "--base", "main", "--resume"], pinned: ["--base": nil]) == "tidemark ab p.yaml --base main")
    }

    @Test func `the screen that a comparison ends with is the golden one`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden/reports")
        let record = try CampaignStore(directory: folder).load()
        let report = try #require(record.report)
        let text = ABTable.text(record, report, exitCode: report.exitCode(.warn), failAbove: nil, stored: "Results/2026-11-24-ab-max-f8561e")
        let golden = folder.appending(path: "ab.txt")
        if ProcessInfo.processInfo.environment["TIDEMARK_REWRITE_GOLDEN"] == "1" { try text.write(to: golden, atomically: true, encoding: .utf8) }
        #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
    }
}
