// The stand-ins for Kafka's perf tools as programs: standard output has Kafka's lines, everything else is elsewhere.
import Foundation
import Testing

@Suite(.serialized) struct PeerToolTests {
    private func run(_ arguments: [String]) throws -> (code: Int32, said: [String], complained: String) {
        let folder = NSTemporaryDirectory() + "tidemark-test-peer-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        process.executableURL = Harnessed.products.appending(path: "tidemark")
        process.arguments = arguments
        let outputs = ["out", "err"].map { "\(folder)/\($0)" }
        for output in outputs { _ = FileManager.default.createFile(atPath: output, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: outputs[0])!
        process.standardError = FileHandle(forWritingAtPath: outputs[1])!
        try process.run()
        process.waitUntilExit()
        let said = try String(contentsOfFile: outputs[0], encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        return (process.terminationStatus, Array(said), try String(contentsOfFile: outputs[1], encoding: .utf8))
    }

    private static let send = ["producer-perf", "--topic", "t", "--num-records", "5000", "--record-size", "200", "--throughput", "-1"]

    @Test func `what can't be honoured is wrong usage, by its name, and nothing is said on standard output`() throws {
        let refused: [([String], String)] = [
            (Self.send + ["--bogus"], "--bogus"), (Self.send, "bootstrap.servers"), (Self.send + ["--producer-props", "bootstrap.servers=b:1", "acks=7"], "acks=7"),
            (Self.send + ["--bootstrap-server", "b:1", "--transactional-id", "t"], "--transactional-id t"),
            (Self.send + ["--bootstrap-server", "b:1", "--payload-monotonic"], "--payload-monotonic"),
            (["consumer-perf", "--bootstrap-server", "b:1", "--include", "t.*", "--messages", "1"], "--include"),
            (["consumer-perf", "--bootstrap-server", "b:1", "--topic", "t"], "--messages"),
            (["run", "Profiles/smoke.yaml", "--fio", "/nowhere/f.json"], "/nowhere/f.json"),
        ]
        for (arguments, name) in refused {
            let (code, said, complained) = try run(arguments.map { $0.hasPrefix("Profiles/") ? Harnessed.repository.appending(path: $0).path : $0 })
            #expect(code == 64 && said == [] && complained.contains(name), "\(arguments): \(code): \(complained)")
        }
        let (code, said, complained) = try run(Self.send.map { $0 == "5000" ? "5" : $0 } + ["--bootstrap-server", "127.0.0.1:1"])
        #expect(code == 1 && said == [] && complained.contains("127.0.0.1:1"), "\(code): \(complained)")
    }

    @Test func `what one produces the other consumes, as Kafka's scripts are called and read`() throws {
        let broker = try StandaloneBroker()
        let bootstrap = "127.0.0.1:\(broker.port)"
        let produced = try run(Self.send + ["--producer-props", "bootstrap.servers=\(bootstrap)", "acks=all", "metadata.max.age.ms=9"])
        #expect(produced.code == 0 && produced.said.count == 1, "\(produced)")
        #expect(produced.said[0].wholeMatch(of: /5000 records sent, .* MB\/sec\), .* ms avg latency, .* ms max latency, \d+ ms 50th, \d+ ms 95th, \d+ ms 99th, \d+ ms 99\.9th\./) != nil)
        #expect(produced.complained == "tidemark: without effect here: metadata.max.age.ms\n")

        let consumed = try run(["consumer-perf", "--bootstrap-server", bootstrap, "--topic", "t", "--messages", "5000", "--group", "g"])
        #expect(consumed.code == 0 && consumed.said.count == 2, "\(consumed)")
        let fields = consumed.said[1].components(separatedBy: ", ")
        #expect(consumed.said[0].components(separatedBy: ", ").count == fields.count && fields[2] == "0.9537" && fields[4] == "5000")
        #expect(consumed.complained.contains("no group is joined"))

        let missing = try run(["consumer-perf", "--bootstrap-server", bootstrap, "--topic", "not-there", "--messages", "1", "--hide-header"])
        #expect(missing.code == 1 && missing.said == [] && missing.complained.contains("there is no topic not-there"), "\(missing)")
        #expect(broker.stop() == 0)
    }
}
