// Scripts/gate, with a planted answer from the program that compares: what fails a build, what is only printed.
import Foundation
import Testing

/// A repository of two commits with the gate in it, and a `tidemark` that answers what it is told to.
private final class GateStage {
    let folder = Repository.root.appending(path: ".build/gate-\(UUID().uuidString)")

    /// - Parameters:
    ///   - changing: what the second commit touches; nil: there is one commit only.
    ///   - max, rate: what the program ends with for either profile.
    init(changing path: String? = "Sources/Broker/Door.swift", max: Int32 = 0, rate: Int32 = 0) throws {
        try write("Scripts/gate", try Repository.read("Scripts/gate"))
        try write("Scripts/test", "#!/bin/sh\necho '== step'\necho '7 passed, 0 failed, 1 skipped: interop'\n")
        try write(".ci/run", try Repository.read(".ci/run"))
        try write("README.md", "one")
        try write(
            ".build/release/tidemark",
            """
            #!/bin/sh
            echo "$@" >>calls
            echo "table of $2"
            echo "[0.1 s] progress" >&2
            echo "tidemark: the reason" >&2
            case "$2" in *ab-max*) exit \(max) ;; *) exit \(rate) ;; esac
            """)
        try write(".gitignore", ".build/\ncalls\n")
        _ = try run("git init -q . && git add -A && \(Self.commit)")
        guard let path else { return }
        try write(path, "two")
        _ = try run("git add -A && \(Self.commit)")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static let commit = "git -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -q -m c"

    func write(_ path: String, _ text: String) throws {
        let place = folder.appending(path: path)
        try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: place, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
    }

    func run(_ line: String) throws -> (status: Int32, text: String) {
        // In the stage, whatever repository a hook says it runs for.
        let bare = "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE TIDEMARK TIDEMARK_GATE TIDEMARK_GATE_SECONDS; cd \"$0\" && { \(line); } 2>&1"
        return try Repository.output(of: "bash", ["-c", bare, folder.path])
    }

    /// How the program was called, a line a time.
    var calls: [String] {
        ((try? String(contentsOf: folder.appending(path: "calls"), encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}

@Suite struct RegressionGateTests {
    @Test(arguments: [(2, 0), (0, 2), (2, 5), (5, 2)] as [(Int32, Int32)])
    func `a proven regression under either profile fails, whatever the other says`(max: Int32, rate: Int32) throws {
        let stage = try GateStage(max: max, rate: rate)
        let (status, text) = try stage.run("Scripts/gate")
        #expect(status == 2 && text.contains("FAILED: a regression above 10%"), "\(text)")
        #expect(stage.calls.count == 2, "the other one is run all the same")
    }

    @Test(arguments: [1, 3, 4, 5, 64, 124, 137] as [Int32])
    func `no other ending fails, and each is shown with its reason`(code: Int32) throws {
        let (status, text) = try GateStage(max: code).run("Scripts/gate")
        #expect(status == 0, "\(text)")
        for words in ["table of Profiles/ab-max.yaml", "tidemark: the reason", "gate ab-max: exit \(code) proves no regression", "gate ab-rate: passed"] {
            #expect(text.contains(words), "‘\(words)’ in \(text)")
        }
        #expect(!text.contains("progress"))
    }

    @Test func `the head is compared with its parent, and a smaller regression may pass`() throws {
        let stage = try GateStage()
        #expect(try stage.run("Scripts/gate").status == 0)
        let parent = try stage.run("git rev-parse HEAD^").text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(stage.calls.map { $0.split(separator: " ")[1] } == ["Profiles/ab-max.yaml", "Profiles/ab-rate.yaml"])
        #expect(stage.calls.allSatisfy { $0.hasPrefix("ab ") && $0.contains("--base \(parent) ") && $0.contains("--fail-above 10% ") })
        let deadlines = stage.calls.compactMap { $0.firstMatch(of: #/--deadline (\d+)s /#).flatMap { Int($0.1) } }
        #expect(deadlines.count == 2 && deadlines.allSatisfy { (600...720).contains($0) }, "\(stage.calls)")
    }

    @Test(arguments: ["README.md", "Sources/StorageEngine/FORMAT.md", "Tests/BrokerTests/Door.swift", "Sources/Reports/Reports.swift"])
    func `what is not measured is not compared`(path: String) throws {
        let stage = try GateStage(changing: path, max: 2)
        let (status, text) = try stage.run("Scripts/gate")
        #expect(status == 0 && text.contains("nothing that is measured changed") && stage.calls.isEmpty, "\(text)")
    }

    @Test func `without a parent or a repository it passes, and says so`() throws {
        let first = try GateStage(changing: nil, max: 2)
        var (status, text) = try first.run("Scripts/gate")
        #expect(status == 0 && text.contains("there is no HEAD^ here") && first.calls.isEmpty, "\(text)")
        let bare = try GateStage(max: 2)
        (status, text) = try bare.run("rm -rf .git; GIT_CEILING_DIRECTORIES=\"$(dirname \"$PWD\")\" Scripts/gate")
        #expect(status == 0 && text.contains("git finds no commit here") && bare.calls.isEmpty, "\(text)")
    }

    @Test(arguments: ["Scripts/gate --off", "TIDEMARK_GATE=off Scripts/gate"])
    func `it can be turned off, visibly`(line: String) throws {
        let stage = try GateStage(max: 2)
        let (status, text) = try stage.run(line)
        #expect(status == 0 && text.contains("turned off; nothing was compared") && stage.calls.isEmpty, "\(text)")
    }

    @Test func `time that would not bring it to a decision is not spent, a flag that nobody knows is refused`() throws {
        let stage = try GateStage(max: 2)
        let (status, text) = try stage.run("TIDEMARK_GATE_SECONDS=100 Scripts/gate")
        #expect(status == 0 && text.contains("gate ab-max: not run: ") && text.contains("gate ab-rate: not run: ") && stage.calls.isEmpty, "\(text)")
        #expect(try stage.run("Scripts/gate --skip").status == 64)
    }

    @Test func `every module that the broker is made of is watched`() throws {
        var parts: Set<String> = ["tidemarkd"]
        while true {
            let more = Set(layers.filter { parts.contains($0.target) }.flatMap(\.imports))
            if more.isSubset(of: parts) { break }
            parts.formUnion(more)
        }
        let stage = try GateStage()
        let words = try stage.run("eval \"$(sed -n '/^profiles=/p; /^measured=/,/)$/p' Scripts/gate)\"; printf '%s\\n' \"${measured[@]}\"").text
        let watched = Set(words.split(separator: "\n").map(String.init))
        // The answer to --version changes with every commit, and is not measured.
        #expect(parts.subtracting(["BuildInfo"]).allSatisfy { watched.contains("Sources/\($0)") }, "\(parts.filter { !watched.contains("Sources/\($0)") })")
        #expect(watched.allSatisfy { FileManager.default.fileExists(atPath: Repository.root.appending(path: $0).path) }, "\(watched)")
    }

    @Test func `in CI the count of the tests stays the last line, and a failed gate is counted in it`() throws {
        let good = try GateStage().run(".ci/run")
        #expect(good.status == 0 && good.text.hasSuffix("\n7 passed, 0 failed, 1 skipped: interop\n"), "\(good.text)")
        let bad = try GateStage(rate: 2).run(".ci/run")
        #expect(bad.status == 2 && bad.text.hasSuffix("\n7 passed, 1 failed, 1 skipped: interop\n"), "\(bad.text)")
        let broken = try GateStage()
        try broken.write("Scripts/test", "#!/bin/sh\necho '6 passed, 1 failed'\nexit 1\n")
        let (status, text) = try broken.run(".ci/run")
        #expect(status == 1 && text.hasSuffix("6 passed, 1 failed\n") && broken.calls.isEmpty, "\(text)")
    }
}
