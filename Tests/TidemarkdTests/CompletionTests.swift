// What a shell offers while tidemarkd's command line is typed.
import Foundation
import Testing

@testable import tidemarkd

/// What bash offers for the words typed so far, the last of which is not complete.
private func offered(_ words: String...) throws -> [String] {
    let script = try ProgramRun(["completion", "bash"]).standardOutput
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/bash")
    let array = (["tidemarkd"] + words).map { "'\($0)'" }.joined(separator: " ")
    // compopt works only where the shell itself asks.
    let query = "compopt() { :; }\n\(script)\nCOMP_WORDS=(\(array)); COMP_CWORD=\(words.count); _tidemarkd; printf '%s\\n' \"${COMPREPLY[@]}\""
    shell.arguments = ["--norc", "-c", query]
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    return said.split(separator: "\n").map(String.init)
}

@Suite struct CompletionTests {
    @Test func `a shell that is not known is refused`() throws {
        let run = try ProgramRun(["completion", "csh"])
        #expect(run.status == 2 && run.standardError.contains("completion bash"))
    }

    @Test func `commands, their options, keys of the table and directories are offered`() throws {
        #expect(try offered("").contains("serve") && offered("s") == ["serve"])
        #expect(try offered("log", "") == ["dump", "verify"])
        #expect(try offered("log", "dump", "--").sorted() == ["--json", "--records"])
        #expect(try offered("serve", "--da") == ["--data-dir"])
        #expect(try offered("serve", "--set", "log.segment.b") == ["log.segment.bytes="])
        #expect(try offered("serve", "--data-dir", "/us") == ["/usr"])
        #expect(try offered("log", "verify", "/us") == ["/usr"])
        #expect(try offered("serve", "--loops", "") == [])
    }

    @Test func `every option that serve takes and the usage shows is offered`() throws {
        let forms = Synopsis.parse(usage: Command.usage)
        let serve = try #require(forms.first { $0.words == ["serve"] })
        let undocumented: Set = ["--burn-percent", "--help"]
        #expect(Set(serve.options.map(\.name)) == Set(Command.flags).subtracting(undocumented))
        #expect(serve.options.allSatisfy { $0.argument != nil })
    }

    @Test func `a synopsis over several lines is read as one`() {
        let forms = Synopsis.parse(usage: "usage: tidemarkd a b DIR [--x FILE] …\n       [--y]\n       tidemarkd --version | --help\n\n  --z not a form")
        #expect(
            forms == [
                Synopsis(words: ["a", "b"], options: [.init(name: "--x", argument: "FILE"), .init(name: "--y", argument: nil)], operand: "DIR"),
                Synopsis(options: [.init(name: "--version", argument: nil), .init(name: "--help", argument: nil)]),
            ])
    }
}
