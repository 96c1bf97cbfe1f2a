// `tidemark profiles` as a user calls it: what it prints, and what it ends with.
import Foundation
import Testing

/// Calls `tidemark profiles` in a directory.
private func profiles(_ arguments: [String], in directory: URL) throws -> (code: Int32, said: String, complained: String) {
    let process = Process(), output = Pipe(), errors = Pipe()
    process.executableURL = Harnessed.products.appending(path: "tidemark")
    process.arguments = ["profiles"] + arguments
    process.currentDirectoryURL = directory
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // What is complained of is a line or two, which a pipe holds.
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complained = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said, complained)
}

/// A directory of profiles, gone with this.
private final class Shelf {
    private let folder = URL(filePath: "/var/tmp/tidemark-test-profiles-\(UUID().uuidString)")

    init(_ files: [(name: String, text: String)]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try add(name, text) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func add(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }

    func run(_ arguments: String...) throws -> (code: Int32, said: String, complained: String) { try profiles(arguments, in: folder) }
}

@Suite struct ProfilesProgramTests {
    private static let good = "question: Is it right?\nname: right\nproducers: {rate: 100}\n"
    /// Its second line has a slip of the hand.
    private static let wrong = "question: Is it wrong?\nnaem: wrong\nproducers: {rate: 100}\n"

    private func shipped(_ arguments: String...) throws -> (code: Int32, said: String, complained: String) {
        try profiles(arguments, in: Harnessed.repository)
    }

    private static func unquoted(_ text: String) -> String { text.filter { $0 != "\"" && $0 != "'" } }

    @Test func `list tells every shipped profile with its question`() throws {
        let (code, said, complained) = try shipped("list")
        #expect(code == 0 && complained == "", "\(complained)")
        let directory = Harnessed.repository.appending(path: "Profiles").path
        let files = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yaml") }.sorted()
        let lines = said.split(separator: "\n").map(String.init)
        try #require(lines.count == files.count && files.count >= 20, "\(said)")
        for (line, file) in zip(lines, files) {
            let text = try String(contentsOfFile: directory + "/" + file, encoding: .utf8)
            let question = String(text.prefix { $0 != "\n" }.dropFirst("question: ".count))
            let name = String(file.dropLast(".yaml".count))
            #expect(line.hasPrefix(name + " ") && line.hasSuffix("?") && Self.unquoted(line).hasSuffix("  " + Self.unquoted(question)), "\(line)")
        }
    }

    @Test func `list of a directory with a wrong profile tells the others too and is wrong usage, as is one of none`() throws {
        let shelf = try Shelf([("a.yaml", Self.wrong), ("b.yaml", Self.good), ("notes.txt", "no profile")])
        let (code, said, _) = try shelf.run("list", ".")
        let right = "right".padding(toLength: 24, withPad: " ", startingAt: 0) + "  Is it right?\n"
        #expect(code == 64 && said.contains("a.yaml:2:1: unknown key ‘naem’") && said.hasSuffix(right), "\(code): \(said)")
        #expect(!said.contains("notes"))
        let none = try shelf.run("list", "nowhere")
        #expect(none.code == 64 && none.said == "" && none.complained.contains("there is no directory"), "\(none)")
    }

    @Test func `show prints the one profile that several files and settings make, which shows as itself again`() throws {
        let shelf = try Shelf([
            ("base.yaml", "# What both have.\ntopic: {partitions: 3}\nproducers:\n  rate: 100   # a second\n"),
            ("p.yaml", "question: Is it put together?\nname: together\ninclude: base.yaml\nproducers: {recordBytes: 1KiB}\n"),
        ])
        let (code, said, complained) = try shelf.run("show", "p.yaml", "--set", "producers.rate=250")
        #expect(code == 0 && complained == "")
        #expect(
            said == """
                question: "Is it put together?"
                topic:
                  partitions: 3
                producers:
                  rate: 250
                  recordBytes: 1KiB
                name: together

                """)
        try shelf.add("whole.yaml", said)
        #expect(try shelf.run("show", "whole.yaml").said == said)
    }

    @Test func `check tells what each point takes, a setting takes its axis away, and a gate is told`() throws {
        let (code, said, complained) = try shipped("check", "Profiles/append-by-batch.yaml", "Profiles/ab-max.yaml")
        #expect(code == 0 && complained == "", "\(said)\(complained)")
        #expect(said.hasPrefix("Profiles/append-by-batch.yaml: append-by-batch: What does the size of a batch do"))
        for (number, size) in ["2KiB", "16KiB", "64KiB", "256KiB", "1MiB"].enumerated() {
            #expect(said.contains("\npoint \(number + 1) of 5: producers.batchBytes=\(size)\n"), "\(size)")
        }
        #expect(said.contains("  together ") && said.contains(" s of load and at most ") && said.contains("  estimated: "))
        #expect(said.contains("\nProfiles/ab-max.yaml: ab-max: ") && said.contains("gate (tidemark ab): max, throughput + cpu at 5"), "\(said)")
        let one = try shipped("check", "Profiles/append-by-batch.yaml", "--set", "producers.batchBytes=64KiB")
        #expect(one.code == 0 && !one.said.contains("point 1 of"), "\(one.said)")
    }

    @Test func `a wrong profile is wrong usage for check and show as for run, with its line, and does not keep check from the others`() throws {
        let shelf = try Shelf([("a.yaml", Self.wrong), ("b.yaml", Self.good)])
        let checked = try shelf.run("check", "a.yaml", "b.yaml")
        let place = "a.yaml:2:1: unknown key ‘naem’"
        #expect(checked.code == 64 && checked.said.hasPrefix(place) && checked.said.contains("b.yaml: right: Is it right?"), "\(checked)")
        let shown = try shelf.run("show", "a.yaml")
        #expect(shown.code == 64 && shown.said == "" && shown.complained.contains(place), "\(shown)")
        for verb in ["check", "show"] {
            let set = try shelf.run(verb, "b.yaml", "--set", "producers.rat=3")
            #expect(set.code == 64 && (set.said + set.complained).contains("did you mean ‘rate’?"), "\(set)")
            let missing = try shelf.run(verb, "nowhere.yaml")
            #expect(missing.code == 64 && (missing.said + missing.complained).contains("nowhere.yaml: cannot be read"), "\(missing)")
        }
    }
}
