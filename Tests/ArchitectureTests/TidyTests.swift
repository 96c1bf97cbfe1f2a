import Foundation
import Testing

private let textSuffixes = [".swift", ".c", ".h", ".md", ".yaml", ".py", ".sh", "/run", ".modulemap"]

private func everyFile() -> [RepositoryFile] {
    ["Sources", "Tests", "Profiles"].flatMap { Repository.files(under: $0, suffixes: textSuffixes) }
        + Repository.files(under: "Scripts", suffixes: [""])
        + ["Package.swift", "README.md"].compactMap { path in
            (try? Repository.read(path)).map { RepositoryFile(path: path, text: $0) }
        }
}

private func planted(_ text: String) -> RepositoryFile { RepositoryFile(path: "Sources/Planted.swift", text: text) }

@Suite struct TidyTests {
    @Test func `a file of 401 lines is caught, one of 400 is not`() {
        #expect(TidyCheck.length(planted(String(repeating: "x\n", count: 401))).count == 1)
        #expect(TidyCheck.length(planted(String(repeating: "x\n", count: 400))).isEmpty)
    }

    @Test func `a mark of unfinished work is caught`() {
        #expect(TidyCheck.marks(planted("let a = 1\n// TO" + "DO: finish")).count == 1)
        #expect(TidyCheck.marks(planted("let mastodon = 1")).isEmpty)
    }

    @Test func `a machine path is caught`() {
        #expect(TidyCheck.machinePaths(planted("open(\"/ro" + "ot/data\")")).count == 1)
        #expect(TidyCheck.machinePaths(planted("open(\"/tmp/tidemark-test-1\")")).isEmpty)
    }

    @Test func `an unlisted unchecked Sendable is caught, and a stale row too`() {
        let file = planted("final class A: @unchecked Sendable {}")
        #expect(TidyCheck.uncheckedSendable(file, listed: [:]).count == 1)
        #expect(TidyCheck.uncheckedSendable(file, listed: [file.path: "one thread"]).isEmpty)
        #expect(TidyCheck.staleUncheckedSendable([planted("let a = 1")], listed: [file.path: "one thread"]).count == 1)
    }

    @Test func `a source without an opening line is caught`() {
        #expect(TidyCheck.opening(planted("import Bytes\n\nstruct Late {}")).count == 1)
    }

    @Test func `a directory the README forgets and a stray top-level file are caught`() {
        #expect(TidyCheck.unnamedDirectories(["Bytes", "Planted"], readme: "Bytes/ reads") == ["Sources/Planted is not named in Sources/README.md"])
        #expect(TidyCheck.topLevel(["Sources", "notes.txt", ".gitignore"]) == ["notes.txt does not belong at the top level"])
    }

    @Test func `no file is too long`() {
        #expect(everyFile().filter { !$0.path.hasSuffix(".md") }.flatMap(TidyCheck.length) == [])
    }

    @Test func `no file holds a mark of unfinished work or a machine path`() {
        #expect(everyFile().flatMap(TidyCheck.marks) == [])
        #expect(everyFile().flatMap(TidyCheck.machinePaths) == [])
    }

    @Test func `every unchecked Sendable has its reason`() {
        let files = everyFile().filter { $0.path.hasPrefix("Sources/") && $0.path.hasSuffix(".swift") }
        #expect(files.flatMap { TidyCheck.uncheckedSendable($0, listed: uncheckedSendableFiles) } == [])
        #expect(TidyCheck.staleUncheckedSendable(files, listed: uncheckedSendableFiles) == [])
    }

    @Test func `every source says what it is`() {
        let files = everyFile().filter { $0.path.hasPrefix("Sources/") && !$0.path.hasSuffix(".md") && !$0.path.hasSuffix(".modulemap") }
        #expect(files.flatMap(TidyCheck.opening) == [])
    }

    @Test func `the README names every directory of Sources`() throws {
        let directories = try Repository.entries(of: "Sources").filter { !$0.contains(".") }
        #expect(TidyCheck.unnamedDirectories(directories, readme: try Repository.read("Sources/README.md")) == [])
    }

    @Test func `the top level is bare`() throws {
        #expect(TidyCheck.topLevel(try Repository.entries(of: ".")) == [])
    }
}
