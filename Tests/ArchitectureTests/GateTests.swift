import Foundation
import Testing

/// What Scripts/test would say after one step that left with `status` and wrote `log`, its lines parted by `|`:
/// an argument with line breaks would show in the output of this very run and be counted.
private func gate(status: Int, log: String) throws -> (status: Int32, lastLine: String) {
    let path = Repository.root.appending(path: ".build/gate-\(UUID().uuidString)").path
    try log.replacingOccurrences(of: "|", with: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let script = "set -euo pipefail; . Scripts/tally; tally step \(status) '\(path)'; summary"
    let (code, text) = try Repository.output(of: "bash", ["-c", script])
    return (code, text.split(separator: "\n").last.map(String.init) ?? "")
}

@Suite struct GateTests {
    @Test(arguments: [
        (1, "✔ Test \"a\" passed after 0.1 seconds.|✘ Test \"b\" failed after 0.1 seconds with 1 issue.|✘ Test run with 2 tests failed", "1 passed, 1 failed"),
        (0, "ok one|FAIL two: it broke", "1 passed, 1 failed"),
        (139, "✔ Test \"a\" passed after 0.1 seconds.|error: signal 11", "1 passed, 1 failed"),
        (0, "", "0 passed, 1 failed"),
        (0, "✔ Test \"a\" passed after 0.1 seconds.|➜ Test \"b\" skipped", "1 passed, 1 failed"),
    ])
    func `a failure, a crash, an empty step and a test that skips itself fail the gate`(status: Int, log: String, last: String) throws {
        let said = try gate(status: status, log: log)
        #expect(said.status != 0)
        #expect(said.lastLine == last)
    }

    @Test func `a good step passes and is counted without the run's own line`() throws {
        let log = "✔ Test \"a\" passed after 0.1 seconds.|✔ Test run() passed after 0.1 seconds.|✔ Test run with 2 tests in 1 suite passed"
        let said = try gate(status: 0, log: log)
        #expect(said.status == 0)
        #expect(said.lastLine == "2 passed, 0 failed")
    }

    @Test func `tests whose lines ran into one another are counted by what is said of all of them`() throws {
        let log = "◇ Test \"a\" st✔ Test \"a\" passed after 0.1 seconds.|✔ Test \"b\" passed after 0.1 seconds.|✔ Test run with 2 tests in 1 suite passed"
        #expect(try gate(status: 0, log: log).lastLine == "2 passed, 0 failed")
    }

    @Test func `steps beside one another are counted as steps in a row are, whatever becomes of one`() throws {
        let out = Repository.root.appending(path: ".build/gate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: out) }
        let lanes = #"together "a echo ok one\#nb false\#nskipped false" "c echo FAIL two\#nd no-such-program\#ne echo ok three" >/dev/null 2>&1"#
        let script = "set -euo pipefail; . Scripts/tally; out='\(out.path)' skipped=(skipped); \(lanes); summary"
        let (code, text) = try Repository.output(of: "bash", ["-c", script])
        #expect(code != 0)
        #expect(text.split(separator: "\n").last == "2 passed, 3 failed")
        #expect(text.contains("d: left with 127"))
    }

    @Test func `a skip is listed in the last line`() throws {
        let script = "set -euo pipefail; . Scripts/tally; passed=3; summary interop package"
        let (_, text) = try Repository.output(of: "bash", ["-c", script])
        #expect(text == "3 passed, 0 failed, 2 skipped: interop package\n")
    }

    @Test func `a flag that nobody knows is refused before anything runs`() throws {
        #expect(try Repository.output(of: "Scripts/test", ["--skip-everything"]).status != 0)
    }
}
