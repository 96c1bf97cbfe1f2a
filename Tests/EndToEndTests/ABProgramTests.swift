// What `tidemark ab` ends with: every exit code through the real program, and the outputs beside it.
import Foundation
import Gate
import Glibc
import Measurement
import Results
import Testing

@Suite(.serialized) struct ABProgramTests {
    @Test(arguments: [
        [], ["--base", "main", "--base-command", "b {port}"], ["--base", "main", "--head", "x", "--head-command", "b {port}"],
        ["--base", "main", "--budget", "10"], ["--base", "main", "--groups", "0"], ["--base", "main", "--inconclusive", "perhaps"],
        ["--base-command", "b {port}", "--base-arguments", "--loops 2"], ["--base", "main", "--out", "html=x"], ["--base", "main", "--fail-above", "ten"],
    ])
    func `wrong usage is 64`(arguments: [String]) throws {
        let program = try ABProgram()
        #expect(try program.run(arguments) == 64, "\(program.printed)")
    }

    @Test func `a profile that cannot be compared under is 64, one that is missing is 5`() throws {
        let program = try ABProgram()
        #expect(try program.run(["--base-command", "b {port}", "--set", "gate.slcie=1s"]) == 64)
        #expect(program.printed.contains("did you mean ‘slice’?"), "\(program.printed)")
        #expect(try program.run(["--base-command", "b {port}", "--head-command", "b {port}"], profile: "smoke") == 64)
        #expect(program.printed.contains("‘gate’ section"), "\(program.printed)")
        #expect(try program.run(["--base-command", "b {port}"], profile: "/nowhere/p.yaml") == 5)
        #expect(program.printed.contains("there is no profile ‘/nowhere/p.yaml’"), "\(program.printed)")
    }

    @Test func `a missing side is 5, names it, and is in every report that was asked for`() throws {
        let program = try ABProgram()
        let outputs = ["--out", "junit=\(program.base)/f.xml,md=\(program.base)/f.md,json=\(program.base)/f.json"]
        #expect(try program.run(["--base", "/nowhere/tidemarkd"] + outputs) == 5)
        #expect(program.printed.contains("the base side: ‘/nowhere/tidemarkd’ is no program"), "\(program.printed)")
        for name in ["f.xml", "f.md", "f.json"] { #expect(try program.text(name).contains("is no program"), "\(name)") }
        #expect(try program.text("f.xml").contains("errors=\"1\""))
        #expect(try program.run(["--base-command", "b {port}", "--head", "./Package.swift"]) == 5)
        #expect(program.printed.contains("the head side: ‘./Package.swift’ is no program"), "\(program.printed)")
        #expect(try program.run(["--base-command", "broker of no port"]) == 5)
        #expect(program.printed.contains("has no {port}"), "\(program.printed)")
        #expect(try program.compare(["--resume", "/nowhere/result"]) == 5)
        #expect(program.printed.contains("no result `result`"), "\(program.printed)")
    }

    @Test func `a command that starts no broker is 5 and names the side`() throws {
        let program = try ABProgram()
        #expect(try program.compare(head: "echo no broker on {port} >&2; exit 3") == 5)
        #expect(program.printed.contains("the head side: group 1: head ended with exit code 3"), "\(program.printed)")
        #expect(program.printed.contains("no broker on"), "its last lines are shown: \(program.printed)")
        #expect(program.leftFolders == [])
    }

    @Test func `a broker that is killed is 5 and names the side, in the log of GitHub, too, and the result is spoiled for good`() throws {
        let program = try ABProgram()
        let mortal = "timeout -s KILL 1 \(ABProgram.memoryBroker())"
        let github = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": program.base + "/summary.md"]
        #expect(try program.compare(head: mortal, ["--groups", "3", "--out", "junit=\(program.base)/k.xml"], environment: github) == 5)
        #expect(program.printed.contains("the head side: group 1: head ended"), "\(program.printed)")
        #expect(program.printed.contains("RESULT invalid") && program.printed.contains("exit 5"))
        #expect(program.printed.contains("::error title=ab-rate::invalid"), "\(program.printed)")
        #expect(try program.text("summary.md").hasPrefix("⛔ **Invalid") && program.text("k.xml").contains("type=\"invalid\""))
        #expect(program.leftFolders == [])
        #expect(try program.compare(head: mortal, ["--groups", "3", "--resume", program.result().path]) == 5)
        #expect(program.printed.contains("invalid"), "\(program.printed)")
    }

    @Test func `a broker that loses acknowledged records is 5, whatever its speed`() throws {
        let program = try ABProgram()
        #expect(try program.compare(head: ABProgram.memoryBroker("--fault drop:20"), ["--groups", "1"]) == 5)
        #expect(program.printed.contains("the head side: group 1: the audit failed"), "\(program.printed)")
    }

    @Test func `two equal brokers prove no regression, and every output says so`() throws {
        let program = try ABProgram()
        let formats = [("md", "### ab-rate"), ("junit", "<testsuite "), ("json", "\"tidemark.ab.v1\""), ("gobench", "Benchmark"), ("gab", "broker CPU")]
        let out = formats.map { "\($0.0)=\(program.base)/out.\($0.0)" }.joined(separator: ",")
        let code = try program.compare(["--groups", "1", "--seed", "11", "--out", out])
        let store = CampaignStore(directory: try program.result())
        #expect(code == program.expectedCode(try store.load()), "\(program.printed)")
        for text in ["restart groups x 4 slices x 0.400 s, seed 11", "broker CPU", "[gate]", "RESULT in", "exit \(code)", "--seed 11", "power: "] {
            #expect(program.printed.contains(text), "‘\(text)’ in\n\(program.printed)")
        }
        #expect(program.leftFolders == [])
        // The two formats of benchmarks hold values of groups that count: on a busy machine the only one may have been dropped.
        let counts = try store.load().groups.contains { $0.group.dropped == nil }
        for (format, words) in formats where counts || !["gobench", "gab"].contains(format) {
            #expect(try program.text("out.\(format)").contains(words), "\(format)")
        }
        #expect(try Data(contentsOf: store.directory.appending(path: CampaignStore.recordName)) == Data(program.text("out.json").utf8))
        try refusesChanges(program, store.directory)
        try pools(program, store)
    }

    /// A stored comparison is not pooled with once anything in it was changed.
    private func refusesChanges(_ program: ABProgram, _ place: URL) throws {
        let file = place.appending(path: CampaignStore.recordName)
        let text = try String(contentsOf: file, encoding: .utf8)
        for (original, planted, words) in [
            ("\"firstPort\" : \"", "\"firstPort\" : \"x", "cannot be read"), ("\"question\" : \"", "\"question\" : \"Not so. ", "was changed after it was written"),
            ("\"seconds\" : 0.", "\"seconds\" : 1.", "was changed after it was written"), ("\"sha256\"", "\"sha265\"", "was taken off"),
        ] {
            try text.replacing(original, with: planted).write(to: file, atomically: true, encoding: .utf8)
            #expect(try program.compare(["--groups", "1", "--resume", place.path]) == 5)
            #expect(program.printed.contains(words), "\(planted): \(program.printed)")
        }
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    /// A second attempt goes on in the order that the seed drew; with another question it is refused.
    private func pools(_ program: ABProgram, _ store: CampaignStore) throws {
        let place = store.directory.path
        #expect(try program.compare(["--seed", "8", "--resume", place]) == 4)
        #expect(try program.compare(head: ABProgram.memoryBroker("--busy-ns 1000"), ["--resume", place]) == 4)
        #expect(program.printed.contains("head build differs"), "\(program.printed)")
        #expect(try program.compare(["--set", "producers.seed=1", "--resume", place]) == 4)
        #expect(program.printed.contains("RESULT not comparable"), "\(program.printed)")
        let code = try program.compare(["--groups", "1", "--inconclusive", "fail", "--resume", place])
        let record = try store.load()
        #expect(code == program.expectedCode(record, inconclusive: 3), "\(program.printed)")
        #expect(record.complete && record.groups.count == 2 && record.campaign.groups.count == 2)
        #expect(record.campaign.attempts == 2 && record.groups.map(\.group.attempt) == [0, 1])
        #expect(record.report?.plan.seed == 11 && record.rate?.recordsPerSecond == 2000)
        for group in record.groups {
            #expect(group.group.arrangement == GroupArrangement(seed: 11, group: group.group.index, slicesPerSide: 2))
            #expect(group.slices.map(\.side) == group.group.arrangement.slices)
            #expect(group.slices.allSatisfy { $0.records > 200 && $0.brokerCPUNanoseconds ?? 0 > 0 && $0.response?.count ?? 0 > 200 })
            #expect(group.base.audit["lost"] == 0 && group.head.audit["acknowledged"] ?? 0 > 1_000)
        }
    }

    /// The groups are planted, all but the last; whether it counts, or the machine was busy, thirteen are enough beside it.
    @Test func `a proven regression is 2, in a shell as well, and 0 where it is too small to fail`() throws {
        let program = try ABProgram()
        _ = try program.compare(["--groups", "1", "--seed", "11"])
        let store = CampaignStore(directory: try program.result())
        var record = try store.load()
        let real = try #require(record.groups.first)
        for index in 1..<16 {
            let cost = 600 + Double(index)
            var group = real
            group.group = RestartGroup(
                index: index, attempt: 0, arrangement: GroupArrangement(seed: 11, group: index, slicesPerSide: 2),
                values: real.group.values.merging(["broker CPU": SliceValues(base: [cost, cost + 1], head: [1.3 * cost, 1.31 * cost])]) { $1 },
                noise: NoiseFacts(stealShare: 0, foreignStallShare: 0, calibrationRatio: 1), seconds: 3)
            _ = try record.campaign.record(group.group)
            record.groups.append(group)
        }
        try store.write(record)
        let github = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": program.base + "/summary.md"]
        #expect(try program.compare(["--groups", "1", "--resume", store.directory.path], environment: github) == 2, "\(program.printed)")
        #expect(program.printed.contains("RESULT regression") && program.printed.contains("exit 2") && program.printed.contains("::error title=ab-rate%3A broker CPU regressed"), "\(program.printed)")
        #expect(try program.text("summary.md").hasPrefix("❌ **Regression."))
        #expect(try program.compare(["--groups", "1", "--resume", store.directory.path, "--fail-above", "90%"]) == 0, "\(program.printed)")
        #expect(program.printed.contains("none above 90 %"), "\(program.printed)")
    }

    @Test func `an interrupted comparison is 5 and can be resumed with the groups that had ended`() throws {
        let program = try ABProgram()
        let code = try program.compare(["--groups", "30", "--seed", "3"]) { process, said in
            let deadline = Date().addingTimeInterval(60)
            while !said().contains("group 1:"), Date() < deadline, process.isRunning { usleep(20_000) }
            kill(process.processIdentifier, SIGINT)
        }
        #expect(code == 5, "\(program.printed)")
        #expect(program.printed.contains("interrupted after"), "\(program.printed)")
        #expect(program.leftFolders == [])
        let store = CampaignStore(directory: try program.result())
        let before = try store.load()
        #expect(!before.complete && before.groups.count >= 1)
        let after = try program.compare(["--groups", "1", "--resume", store.directory.path])
        let record = try store.load()
        #expect(after == program.expectedCode(record), "\(program.printed)")
        #expect(record.complete && record.groups.count == before.groups.count + 1)
    }

    @Test func `a broker that burns CPU on purpose shows it in its own account, and what retention removed is not lost`() throws {
        let program = try ABProgram()
        let code = try program.run(
            ["--base", ABProgram.ownBroker, "--head", ABProgram.ownBroker, "--head-arguments=--burn-percent 400", "--groups", "1"]
                + ABProgram.settings(ABProgram.shortOwnSlices))
        let record = try CampaignStore(directory: try program.result()).load()
        #expect(code == program.expectedCode(record), "\(program.printed)")
        let group = try #require(record.groups.first, "\(program.printed)")
        let cost = try #require(group.group.values["broker CPU"])
        let ratio = cost.head.reduce(0, +) / cost.base.reduce(0, +)
        // The loops burn; the threads that roll and remove segments, most of the work of so small a load, do not.
        #expect((1.3...5.5).contains(ratio), "\(cost)")
        for side in [group.base, group.head] {
            let retired = side.audit["retired"] ?? 0
            #expect(retired > 0 && side.audit["lost"] == 0 && retired + side.audit["seen"]! >= side.audit["acknowledged"]!, "\(side)")
        }
        #expect(group.slices.allSatisfy { $0.counters["retention_segments"] ?? 0 >= 3 && $0.counters["log_appends"] ?? 0 > 0 })
        #expect(group.slices.allSatisfy { $0.idleShare ?? 1 < 0.2 }, "\(group.slices.map(\.idleShare))")
        #expect(record.head.name.hasSuffix("--burn-percent 400") && record.base.version?.hasPrefix("tidemarkd") == true)
    }

    @Test func `a selftest keeps its groups, and says what they are too few for`() throws {
        let program = try ABProgram()
        #expect(try program.run(["--groups", "0", "--resume"], command: "selftest") == 5)
        #expect(program.printed.contains("no group of ab-rate is stored"), "\(program.printed)")
        let settings = ABProgram.settings(ABProgram.shortOwnSlices)
        let code = try program.run(["--groups", "1", "--burn", "0"] + settings, command: "selftest")
        // A machine that is busy with other things loses the group, and says so.
        guard code == 0 else { return #expect(code == 5 && program.printed.contains("groups dropped"), "\(program.printed)") }
        #expect(program.printed.contains("1 groups of a build compared with itself, 1 session"), "\(program.printed)")
        #expect(program.printed.contains("10 groups are the fewest that error rates can be told from"), "\(program.printed)")
        #expect(try program.run(["--groups", "0", "--resume"] + settings, command: "selftest") == 0, "\(program.printed)")
    }
}
