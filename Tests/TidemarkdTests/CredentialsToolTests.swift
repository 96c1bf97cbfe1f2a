// `tidemarkd credentials` as its users run it.
import Foundation
import Testing

@Suite struct CredentialsToolTests {
    private let secret = "correct horse battery staple"

    @Test(arguments: [
        [], ["add"], ["drop"], ["add", "--data-dir", "d", "--user", "a"], ["add", "--data-dir", "d", "--mechanism", "SCRAM-SHA-256"],
        ["add", "--user", "a", "--mechanism", "SCRAM-SHA-256"], ["add", "--data-dir", "d", "--user", "a", "--mechanism", "PLAIN"],
        ["add", "--data-dir", "d", "--user", "a", "--mechanism", "SCRAM-SHA-256", "--iterations", "4095"],
        ["add", "--data-dir", "d", "--user", "a", "--mechanism", "SCRAM-SHA-256", "--iterations", "16385"],
        ["add", "--data-dir", "d", "--user", "a", "--user", "b", "--mechanism", "SCRAM-SHA-256"],
        ["list", "--data-dir", "d", "--user", "a"], ["remove", "--data-dir", "d", "--user", "a", "--iterations", "5000"],
        ["remove", "--data-dir", "d"], ["list", "--data-dir"], ["list", "extra"],
    ])
    func `a command line that is wrong is refused before anything is touched`(arguments: [String]) throws {
        let run = try ProgramRun(["credentials"] + arguments, input: secret)
        #expect(run.status == 2, "\(run)")
        #expect(run.standardError.hasPrefix("tidemarkd: "))
        #expect(!FileManager.default.fileExists(atPath: "d"))
    }

    @Test func `a password in the command line is refused, and not repeated`() throws {
        let run = try ProgramRun(
            ["credentials", "add", "--data-dir", "d", "--user", "a", "--mechanism", "SCRAM-SHA-256", "--password", secret])
        #expect(run.status == 2)
        #expect(run.standardError.contains("never stands in a command line") && !run.standardError.contains(secret))
    }

    @Test(arguments: ["", "\n", "two\nlines\n", "nul\u{0}", String(repeating: "x", count: 1_025)])
    func `a password that can't be one is refused`(password: String) throws {
        let scratch = try Scratch()
        let run = try ProgramRun(
            ["credentials", "add", "--data-dir", "\(scratch.path)/data", "--user", "a", "--mechanism", "SCRAM-SHA-256"], input: password)
        #expect(run.status == 1)
        #expect(run.standardError == "tidemarkd: a password is one line of UTF-8 text, 1 to 1024 bytes long\n")
    }

    @Test func `while a broker runs nothing is changed`() throws {
        let scratch = try Scratch()
        let served = try Served("\(scratch.path)/data")
        let run = try ProgramRun(
            ["credentials", "add", "--data-dir", "\(scratch.path)/data", "--user", "a", "--mechanism", "SCRAM-SHA-256"], input: secret)
        #expect(run.status == 1 && run.standardError.contains("in use by another broker"))
        served.stop()
        #expect(try ProgramRun(["credentials", "list", "--data-dir", "\(scratch.path)/data"]).standardOutput == "")
    }

    @Test func `users come, are listed and go, and no file holds their passwords`() throws {
        let scratch = try Scratch()
        let data = "\(scratch.path)/data"
        let file = "\(scratch.path)/password"
        try Data("\(secret)\n".utf8).write(to: URL(fileURLWithPath: file))
        let add = ["credentials", "add", "--data-dir", data, "--user", "alice"]
        #expect(try ProgramRun(add + ["--mechanism", "SCRAM-SHA-512", "--iterations=8192"], input: "\(secret)\n").status == 0)
        #expect(try ProgramRun(add + ["--mechanism", "SCRAM-SHA-256", "--password-file", file]).status == 0)
        let listed = try ProgramRun(["credentials", "list", "--data-dir", data])
        #expect(listed.lines == ["alice: SCRAM-SHA-256 with 4096 iterations", "alice: SCRAM-SHA-512 with 8192 iterations"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(data)/catalogue")).range(of: Data(secret.utf8)) == nil)

        let remove = ["credentials", "remove", "--data-dir", data, "--user", "alice"]
        #expect(try ProgramRun(remove + ["--mechanism", "SCRAM-SHA-256"]).status == 0)
        #expect(try ProgramRun(remove).status == 0)
        let again = try ProgramRun(remove)
        #expect(again.status == 1 && again.standardError == "tidemarkd: alice has no credential\n")
    }
}
