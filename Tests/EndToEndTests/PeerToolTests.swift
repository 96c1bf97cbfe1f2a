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
            (Self.send + ["--bootstrap-server", "b:1", "--transaction-duration-ms", "0"], "--transaction-duration-ms"),
            (Self.send + ["--transactional-id", "t", "--producer-props", "bootstrap.servers=b:1", "acks=1"], "acks=1"),
            (Self.send + ["--bootstrap-server", "b:1", "--payload-monotonic"], "--payload-monotonic"),
            (["consumer-perf", "--bootstrap-server", "b:1", "--include", "t.*", "--topic", "t", "--messages", "1"], "exactly one of --topic and --include"),
            (["consumer-perf", "--bootstrap-server", "b:1", "--include", "t(", "--messages", "1"], "--include t("),
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
        let broker = try StandaloneBroker(settings: Self.quickGroups)
        let bootstrap = "127.0.0.1:\(broker.port)"
        let produced = try run(Self.send + ["--producer-props", "bootstrap.servers=\(bootstrap)", "acks=all", "metadata.max.age.ms=9"])
        #expect(produced.code == 0 && produced.said.count == 1, "\(produced)")
        #expect(produced.said[0].wholeMatch(of: /5000 records sent, .* MB\/sec\), .* ms avg latency, .* ms max latency, \d+ ms 50th, \d+ ms 95th, \d+ ms 99th, \d+ ms 99\.9th\./) != nil)
        #expect(produced.complained == "tidemark: without effect here: metadata.max.age.ms\n")

        let consume = ["consumer-perf", "--bootstrap-server", bootstrap, "--topic", "t", "--group", "g", "--messages"]
        let consumed = try run(consume + ["5000", "--threads", "4"])
        #expect(consumed.code == 0 && consumed.said.count == 3 && consumed.complained == "", "\(consumed)")
        #expect(consumed.said[0] == "WARNING: option [threads] and [num-fetch-threads] have been deprecated and will be ignored by the test")
        let fields = consumed.said[2].components(separatedBy: ", ")
        #expect(consumed.said[1].components(separatedBy: ", ").count == fields.count && fields[2] == "0.9537" && fields[4] == "5000")
        // The broker holds a first member back for 150 ms, which is no time of fetching.
        let (rebalance, fetch) = (try #require(Int(fields[6])), try #require(Int(fields[7])))
        #expect((150..<3_000).contains(rebalance) && fetch >= 0, "\(fields)")

        // What the group has committed is not read again, by itself or behind what was added.
        let again = try run(consume + ["1", "--timeout", "600", "--hide-header"])
        #expect(again.said.count == 2 && again.said[1].contains(", 0.0000, 0.0000, 0, 0.0000, "), "\(again)")
        #expect(try run(Self.send + ["--bootstrap-server", bootstrap]).code == 0)
        let further = try run(consume + ["5000", "--hide-header"])
        #expect(further.said.count == 1 && further.said[0].contains(", 5000, "), "\(further)")

        // One member of one group reads both topics, and what it has committed of either is not read again.
        #expect(try run(Self.send.map { $0 == "t" ? "tt" : $0 } + ["--bootstrap-server", bootstrap]).code == 0)
        let include = ["consumer-perf", "--bootstrap-server", bootstrap, "--include", "t{1,2}", "--group", "h", "--hide-header", "--messages"]
        let matched = try run(include + ["15000"])
        #expect(matched.code == 0 && matched.said.count == 1 && matched.said[0].contains(", 15000, ") && matched.complained == "", "\(matched)")
        let rest = try run(include + ["1", "--timeout", "600"])
        #expect(rest.said.count == 2 && rest.said[1].contains(", 0.0000, 0.0000, 0, 0.0000, "), "\(rest)")

        let missing = try run(["consumer-perf", "--bootstrap-server", bootstrap, "--topic", "not-there", "--messages", "1", "--hide-header"])
        #expect(missing.code == 1 && missing.said == [] && missing.complained.contains("there is no topic not-there"), "\(missing)")
        #expect(broker.stop() == 0)
    }

    private static let quickGroups = ["group.initial.rebalance.delay.ms=150"]

    @Test func `transactions are committed by their time, and readers of what is committed wait for no other`() throws {
        let broker = try StandaloneBroker(settings: Self.quickGroups)
        let bootstrap = "127.0.0.1:\(broker.port)"
        func committed(_ records: String, _ isolation: String) throws -> (code: Int32, said: [String], complained: String) {
            try run(["consumer-perf", "--bootstrap-server", bootstrap, "--topic", "t", "--messages", records, "--timeout", "700", "--hide-header",
                "--command-property", "isolation.level=\(isolation)"])
        }
        // Of half a second, in transactions of 100 ms.
        let send = ["producer-perf", "--topic", "t", "--num-records", "2000", "--record-size", "100", "--bootstrap-server", bootstrap, "--throughput"]
        let produced = try run(send + ["4000", "--transactional-id", "payments", "--transaction-duration-ms", "100"])
        #expect(produced.code == 0 && produced.complained == "" && produced.said.first?.hasPrefix("2000 records sent, ") == true, "\(produced)")
        let read = try committed("2000", "read_committed")
        #expect(read.code == 0 && read.said.count == 1 && read.said[0].contains(", 2000, "), "\(read)")

        // Killed with a minute's transaction open: nobody has ended that yet.
        let process = Process()
        process.executableURL = Harnessed.products.appending(path: "tidemark")
        process.arguments = send + ["500", "--transaction-duration-ms", "60000"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: 1.5)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let all = try committed("2001", "read_uncommitted")
        #expect(all.said.count == 1 && !all.said[0].contains("WARNING"), "\(all)")
        let still = try committed("2001", "read_committed")
        #expect(still.said.count == 2 && still.said[0].hasPrefix("WARNING: ") && still.said[1].contains(", 2000, "), "\(still)")
        #expect(broker.stop() == 0)
    }
}
