// The completion scripts of `tidemark`, as shells read them.
import Foundation
import Testing

@Suite struct CompletionTests {
    private func run(_ program: String, _ arguments: String...) throws -> (code: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    private func script(_ shell: String) throws -> String {
        let (code, said) = try run(Harnessed.products.appending(path: "tidemark").path, "--generate-completion-script", shell)
        #expect(code == 0)
        return said
    }

    @Test func `bash reads its script, and is offered the verbs and their options`() throws {
        let bash = try script("bash")
        func offered(_ words: String) throws -> [Substring] {
            let count = words.split(separator: " ", omittingEmptySubsequences: false).count
            let array = words.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }.joined(separator: " ")
            let query = """
                \(bash)
                COMP_WORDS=(tidemark \(array)); COMP_CWORD=\(count); COMP_LINE='tidemark \(words)'; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
                _tidemark tidemark "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; printf '%s\\n' "${COMPREPLY[@]}"
                """
            return try run("/bin/bash", "--norc", "-c", query).said.split(separator: "\n")
        }
        #expect(try offered("to").map { $0.trimmingCharacters(in: .whitespaces) } == ["topics"])
        #expect(try offered("topics sh").map { $0.trimmingCharacters(in: .whitespaces) } == ["show"])
        #expect(try offered("cat orders --fo").map { $0.trimmingCharacters(in: .whitespaces) }.sorted() == ["--follow", "--format"])
    }

    @Test(arguments: ["zsh", "fish"])
    func `there is a script for the other shells too`(shell: String) throws {
        let said = try script(shell)
        #expect(said.contains("topics") && said.contains("follow"))
    }
}
