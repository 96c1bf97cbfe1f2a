// `tidemark ab --base REVISION`: found, built once, kept; and what is said where that fails.
import Foundation
import Results
import Testing

/// A repository whose `Scripts/build` makes a program that becomes the real broker, in no time.
private final class RevisionStage {
    let program: ABProgram
    let folder: URL

    init() throws {
        program = try ABProgram()
        folder = URL(filePath: program.base + "/repository")
        try write("Scripts/prerequisites", "")
        try write(".gitignore", ".build/\n*.log\n")
        try write(
            "Scripts/build",
            """
            set -eu
            [ "$1" = --package-path ] && [ "$3" = --scratch-path ] && [ "$5" = tidemarkd ]
            cat "$2/Sources/Broker/source" >>"$0.log"
            [ ! -e "$0.slow" ] || sleep 2
            if grep -q broken "$2/Sources/Broker/source"; then echo "source:1: error: it is broken"; exit 1; fi
            mkdir -p "$4/release"
            printf '#!/bin/sh\\nexec "%s" "$@"\\n' '\(ABProgram.ownBroker)' >"$4/release/tidemarkd"
            chmod +x "$4/release/tidemarkd"
            """)
        try sh("git init -q -b trunk .")
        for source in ["first", "broken", "third"] {
            try write("Sources/Broker/source", source + "\n")
            try sh("git add -A && git -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -q -m \(source)")
        }
    }

    func write(_ path: String, _ text: String) throws {
        let place = folder.appending(path: path)
        try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: place, atomically: true, encoding: .utf8)
    }

    @discardableResult func sh(_ line: String) throws -> String {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.currentDirectoryURL = folder
        shell.arguments = ["-c", "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE; { \(line); } 2>&1"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        try #require(shell.terminationStatus == 0, "\(line): \(said)")
        return said
    }

    /// Has the base built, and ends at the head, which is missing.
    func build(_ revision: String, environment: [String: String] = [:]) throws -> (code: Int32, said: String) {
        let code = try program.run(["--base", revision, "--head", "/nowhere/tidemarkd"], in: folder, environment: environment)
        return (code, program.printed)
    }

    /// The sources that were built, in order.
    var built: [String] {
        ((try? String(contentsOf: folder.appending(path: "Scripts/build.log"), encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    var kept: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/.build/ab")) ?? []).sorted() }
}

@Suite(.serialized) struct ABRevisionTests {
    @Test func `a revision that does not exist is a missing side`() throws {
        let stage = try RevisionStage()
        for revision in ["no-such-revision", "trunk~7", "--upload-pack=x"] {
            let (code, said) = try stage.build(revision)
            #expect(code == 5 || code == 64 && revision.hasPrefix("-"), "\(revision): \(said)")
            #expect(code == 64 || said.contains("‘\(revision)’ is neither a program nor a revision of repository"), "\(said)")
        }
        #expect(stage.built == [] && stage.kept == [])
        let program = try ABProgram()
        #expect(try program.run(["--base", "main"], in: URL(filePath: "/")) == 5)
        #expect(program.printed.contains("is in no git repository"), "\(program.printed)")
    }

    @Test func `a revision that does not build is a missing side, with the compiler's words, and leaves nothing that looks built`() throws {
        let stage = try RevisionStage()
        let (code, said) = try stage.build("HEAD^")
        #expect(code == 5 && said.contains("does not build") && said.contains("source:1: error: it is broken"), "\(said)")
        #expect(stage.built == ["broken"])
        #expect(stage.kept == ["lock", "logs", "worktree"])
        // Another revision builds afterwards, and this one once more is tried once more.
        #expect(try stage.build("HEAD").code == 5)
        #expect(try stage.build("HEAD^").code == 5)
        #expect(stage.built == ["broken", "third", "broken", "broken"], "what an earlier build left is not what condemns it")
    }

    @Test func `a build is kept and used again, by two that want it at once as well`() throws {
        let stage = try RevisionStage()
        try stage.write("Scripts/build.slow", "")
        let words = "'\(ABProgram.program)' ab '\(Harnessed.repository.path)/Profiles/ab-rate.yaml' --base HEAD --head /nowhere/tidemarkd"
        let said = try stage.sh("\(words) & \(words); wait")
        #expect(said.split(separator: "\n").count { $0.contains("the head side: ‘/nowhere/tidemarkd’ is no program") } == 2, "\(said)")
        #expect(said.contains("another build is under way"), "\(said)")
        #expect(stage.built == ["third"])
        let (code, again) = try stage.build("trunk")
        #expect(code == 5 && !again.contains("building"), "\(again)")
        #expect(stage.built == ["third"])
    }

    @Test func `neither a git hook's environment nor a worktree that git has forgotten leads it astray`() throws {
        let stage = try RevisionStage()
        let hook = ["GIT_DIR": stage.folder.path + "/.git", "GIT_INDEX_FILE": stage.folder.path + "/.git/index"]
        #expect(try stage.build("HEAD~2", environment: hook).code == 5)
        #expect(try stage.sh("git symbolic-ref HEAD; git status --porcelain") == "refs/heads/trunk\n")
        try stage.sh("rm -rf .git/worktrees")
        let (code, said) = try stage.build("HEAD")
        #expect(code == 5 && stage.built == ["first", "third"], "\(said)")
    }

    @Test func `the gate of this repository asks the program for what it can do, and shows what it said`() throws {
        let stage = try RevisionStage()
        for file in ["Scripts/gate", "Profiles/ab-max.yaml", "Profiles/ab-rate.yaml"] {
            try stage.write(file, try String(contentsOf: Harnessed.repository.appending(path: file), encoding: .utf8))
        }
        let short = ABProgram.settings(["gate.slice=600ms", "gate.discard=100ms", "gate.warmUp=100ms"]).joined(separator: " ")
        try stage.write(
            "short",
            """
            #!/bin/sh
            case $2 in *ab-rate*) set -- "$@" --set gate.rate=20000 ;; esac
            exec '\(ABProgram.program)' "$@" --groups 1 --data-dir '\(stage.program.base)/data' \(short)
            """)
        let said = try stage.sh("chmod +x short && TIDEMARK=./short bash Scripts/gate --parent HEAD~2")
        for name in ["ab-max", "ab-rate"] {
            #expect(said.contains("1 restart groups x 4 slices x 0.600 s") && said.contains("gate \(name): passed") || said.contains("gate \(name): exit 5"), "\(said)")
            let place = stage.folder.appending(path: ".build/gate/\(name).md")
            #expect(try String(contentsOf: place, encoding: .utf8).contains("### \(name)"))
        }
        #expect(stage.built == ["first"], "the second profile uses the first one's build")
    }

    @Test func `a revision is compared under its own name`() throws {
        let stage = try RevisionStage()
        let program = stage.program
        let code = try program.run(
            ["--base", "HEAD", "--head", ABProgram.ownBroker, "--groups", "1"] + ABProgram.settings(ABProgram.shortOwnSlices), in: stage.folder)
        let record = try CampaignStore(directory: try program.result()).load()
        #expect(code == program.expectedCode(record), "\(program.printed)")
        let commit = try stage.sh("git rev-parse HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(record.base.name == "\(commit.prefix(10)) (HEAD)" && record.base.identity.hasPrefix("commit=\(commit) toolchain="))
        #expect(record.groups.count == 1 && record.groups[0].base.audit["lost"] == 0)
    }
}
