// What a shell sees of the commands that read stored results: exit codes and words.
import Foundation
import Measurement
import Results
import Testing

/// Stored results in a folder of their own, and a shell that stands in it.
private final class Shelf {
    let folder = URL(filePath: "/var/tmp/tidemark-test-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder.appending(path: "Results"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A sealed copy of the golden run with changes. Its name ends in `id`.
    func add(_ id: String, _ change: (inout RunRecord) -> Void = { _ in }) throws {
        let golden = folder.appending(path: "golden")
        try FileManager.default.createDirectory(at: golden, withIntermediateDirectories: true)
        let source = Harnessed.repository.appending(path: "Tests/Golden/results/run-1-calibrated.json")
        try Data(contentsOf: source).write(to: golden.appending(path: "run.json"))
        var record = try ResultStore(root: folder).load(golden)
        record.identity = RunIdentity(date: "2026-11-23", startedAt: "2026-11-23T10:00:00Z", profileName: "quickstart", shortID: id)
        change(&record)
        try RunWriter(store: ResultStore(root: folder.appending(path: "Results")), record: record).finish(record)
    }

    func place(_ id: String) -> URL { folder.appending(path: "Results/2026-11-23-quickstart-\(id)/run.json") }

    /// Runs one line in `/bin/sh`, with `tidemark` standing for the built program.
    func sh(_ line: String) throws -> (code: Int32, said: String) {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.currentDirectoryURL = folder
        shell.arguments = ["-c", "tidemark() { \"\(Harnessed.products.appending(path: "tidemark").path)\" \"$@\"; }; \(line)"]
        let output = Pipe()
        shell.standardOutput = output
        shell.standardError = output
        try shell.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        return (shell.terminationStatus, said)
    }
}

@Suite struct ShellTests {
    @Test func `missing, changed, unreadable and INVALID sides end with 5, and say which`() throws {
        let shelf = try Shelf()
        for id in ["aaaaaa", "bbbbbb", "cccccc"] { try shelf.add(id) }
        try shelf.add("dddddd") { $0.verdict = Verdict(reasons: [.init(rule: "steal", outcome: .invalid, phase: nil, text: "steal 9 % (5 % allowed)")]) }
        let text = try String(contentsOf: shelf.place("bbbbbb"), encoding: .utf8)
        try text.replacing("1174.37", with: "9174.37").write(to: shelf.place("bbbbbb"), atomically: true, encoding: .utf8)
        try Data("{}".utf8).write(to: shelf.place("cccccc"))
        for (line, words) in [
            ("tidemark compare aaaaaa eeeeee", "no result `eeeeee`"), ("tidemark compare aaaaaa bbbbbb", "changed after it was written"),
            ("tidemark compare aaaaaa cccccc", "is missing"), ("tidemark compare dddddd aaaaaa", "steal 9 %"), ("tidemark report bbbbbb", "was changed"),
            ("tidemark results show bbbbbb", "its seal says"), ("tidemark explain aaaaaa eeeeee", "no result"),
            ("tidemark explain aaaaaa bbbbbb", "changed after it was written"),
        ] {
            let (code, said) = try shelf.sh(line)
            #expect(code == 5 && said.contains(words), "\(line): \(code): \(said)")
        }
        #expect(try !shelf.sh("tidemark results show bbbbbb").said.contains("9174"), "a changed figure is not printed")
        let (code, said) = try shelf.sh(
            "GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=s.md tidemark compare aaaaaa eeeeee --out md=c.md,json=c.json; code=$?; cat s.md c.md c.json; exit $code")
        #expect(code == 5 && said.contains("::error title=compare::no result") && said.contains("⛔ **Invalid") && said.contains("tidemark.ab.failure.v1"), "\(said)")
        let refused = try shelf.sh("GITHUB_ACTIONS=true tidemark compare dddddd aaaaaa")
        #expect(refused.code == 5 && refused.said.contains("::error title=compare::"), "\(refused.said)")
    }

    @Test func `two experiments and two machines end with 4, the machines with 0 where that is asked for`() throws {
        let shelf = try Shelf()
        try shelf.add("aaaaaa")
        try shelf.add("bbbbbb") { $0.profile.durability = "every-append" }
        try shelf.add("cccccc") { $0.environment.hard["hypervisor"] = "none" }
        #expect(try shelf.sh("tidemark compare aaaaaa bbbbbb").code == 4)
        let (code, said) = try shelf.sh("tidemark compare aaaaaa cccccc")
        #expect(code == 4 && said.contains("DIFFERENT") && said.contains("hypervisor") && said.contains("RELATIVE TO EACH MACHINE'S OWN LIMITS"), "\(said)")
        #expect(try shelf.sh("tidemark compare aaaaaa cccccc --across-machines").code == 0)
        #expect(try shelf.sh("tidemark compare aaaaaa bbbbbb --col durability").code == 0)
        #expect(try shelf.sh("tidemark explain aaaaaa cccccc").said.contains("a virtual machine on one side only"))
    }

    @Test func `results of one machine end with 0, JSON and reports on the side; wrong usage with 64`() throws {
        let shelf = try Shelf()
        try shelf.add("aaaaaa")
        try shelf.add("bbbbbb")
        let (code, said) = try shelf.sh("tidemark compare aaaaaa bbbbbb --out md=c.md,json=c.json,gobench=c.txt,gab=c.gab && ls c.md c.json c.txt c.gab")
        #expect(code == 0 && said.contains("SIMILAR") && said.hasSuffix("c.gab\nc.json\nc.md\nc.txt\n"), "\(said)")
        for line in ["tidemark compare aaaaaa", "tidemark compare aaaaaa bbbbbb --out html=x", "tidemark compare aaaaaa bbbbbb --row metric --col metric"] {
            #expect(try shelf.sh(line).code == 64, "\(line)")
        }
        let summary = try shelf.sh("GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=s.md tidemark compare aaaaaa bbbbbb > /dev/null; cat s.md")
        #expect(summary.said.hasPrefix("**B against A"))
    }

    @Test func `comparisons of builds are listed, shown and pruned like runs`() throws {
        let shelf = try Shelf()
        try shelf.add("aaaaaa")
        let place = shelf.folder.appending(path: "Results/2026-11-24-ab-max-f8561e")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Harnessed.repository.appending(path: "Tests/Golden/reports/ab.json"), to: place.appending(path: "ab.json"))
        let listed = try shelf.sh("tidemark results list").said
        #expect(listed.contains("2026-11-24-ab-max-f8561e") && listed.contains("regression") && listed.contains("3f2c1a0 (main) → 9be710c"), "\(listed)")
        let (code, said) = try shelf.sh("tidemark results show f8561e")
        #expect(code == 0 && said.contains("ab-max   base 3f2c1a0 (main)   head 9be710c") && said.contains("RESULT regression"), "\(said)")
        #expect(try !shelf.sh("tidemark results prune --worthless").said.contains("f8561e"))
        let file = place.appending(path: "ab.json")
        try String(contentsOf: file, encoding: .utf8).replacing("\"question\" : \"", with: "\"question\" : \"Not so. ").write(to: file, atomically: true, encoding: .utf8)
        #expect(try shelf.sh("tidemark results show f8561e").code == 5)
        #expect(try shelf.sh("tidemark results prune --worthless --yes").said.contains("removed 2026-11-24-ab-max-f8561e: changed"))
        #expect(try shelf.sh("ls Results").said.split(separator: "\n").count == 1)
    }

    @Test func `results are listed, and pruned only with --yes`() throws {
        let shelf = try Shelf()
        for id in ["aaaaaa", "bbbbbb"] { try shelf.add(id) }
        try Data("{}".utf8).write(to: shelf.place("aaaaaa"))
        #expect(try shelf.sh("tidemark results list").said.contains("unreadable"))
        #expect(try shelf.sh("tidemark results prune").code == 64)
        let would = try shelf.sh("tidemark results prune --worthless && ls Results")
        #expect(would.said.contains("would remove 2026-11-23-quickstart-aaaaaa: unreadable") && would.said.contains("--yes removes them"))
        #expect(FileManager.default.fileExists(atPath: shelf.place("aaaaaa").path))
        #expect(try shelf.sh("tidemark results prune --worthless --yes").code == 0)
        #expect(!FileManager.default.fileExists(atPath: shelf.place("aaaaaa").path) && FileManager.default.fileExists(atPath: shelf.place("bbbbbb").path))
    }
}
