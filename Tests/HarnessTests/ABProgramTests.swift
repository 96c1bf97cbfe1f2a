// What `tidemark ab` ends with: every exit code through the real program.
import Foundation
import Gate
import Glibc
import Measurement
import Results
import Testing

@testable import Harness

@Suite(.serialized) struct ABProgramTests {
    @Test(arguments: [
        [], ["--base", "main", "--base-command", "b {port}"], ["--base", "main", "--head", "x", "--head-command", "b {port}"],
        ["--base", "main", "--budget", "10"], ["--base", "main", "--groups", "0"], ["--base", "main", "--inconclusive", "perhaps"],
        ["--base-command", "b {port}", "--base-arguments", "--loops 2"],
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

    @Test func `a missing side is 5 and names it`() throws {
        let program = try ABProgram()
        #expect(try program.run(["--base", "/nowhere/tidemarkd"]) == 5)
        #expect(program.printed.contains("the base side: ‘/nowhere/tidemarkd’ is no program"), "\(program.printed)")
        #expect(try program.run(["--base-command", "b {port}", "--head", "./Package.swift"]) == 5)
        #expect(program.printed.contains("the head side: ‘./Package.swift’ is no program"), "\(program.printed)")
        #expect(try program.run(["--base-command", "broker of no port"]) == 5)
        #expect(program.printed.contains("has no {port}"), "\(program.printed)")
    }

    @Test func `a revision that does not exist is the tool's error`() throws {
        let program = try ABProgram()
        #expect(try program.run(["--base", "no-such-revision"]) == 1, "\(program.printed)")
        #expect(program.printed.contains("‘no-such-revision’ is neither a program nor a revision"), "\(program.printed)")
    }

    @Test func `a command that starts no broker is 5 and names the side`() throws {
        let program = try ABProgram()
        #expect(try program.compare(head: "echo no broker on {port} >&2; exit 3") == 5)
        #expect(program.printed.contains("the head side: group 1: head ended with exit code 3"), "\(program.printed)")
        #expect(program.printed.contains("no broker on"), "its last lines are shown: \(program.printed)")
        #expect(program.leftFolders == [])
    }

    @Test func `a broker that is killed is 5 and names the side, and the result is spoiled for good`() throws {
        let program = try ABProgram()
        let mortal = "timeout -s KILL 1 \(try ABProgram.memoryBroker())"
        #expect(try program.compare(head: mortal, ["--groups", "3"]) == 5)
        #expect(program.printed.contains("the head side: group 1: head ended"), "\(program.printed)")
        #expect(program.printed.contains("RESULT invalid") && program.printed.contains("exit 5"))
        #expect(program.leftFolders == [])
        #expect(try program.compare(head: mortal, ["--groups", "3", "--resume", program.result().path]) == 5)
        #expect(program.printed.contains("invalid"), "\(program.printed)")
    }

    @Test func `a broker that loses acknowledged records is 5, whatever its speed`() throws {
        let program = try ABProgram()
        #expect(try program.compare(head: ABProgram.memoryBroker("--fault drop:20"), ["--groups", "1"]) == 5)
        #expect(program.printed.contains("the head side: group 1: the audit failed"), "\(program.printed)")
    }

    @Test func `two equal brokers prove no regression; few groups are inconclusive, a failure where that is asked for`() throws {
        let program = try ABProgram()
        let code = try program.compare(["--groups", "1", "--seed", "11"])
        let store = CampaignStore(directory: try program.result())
        #expect(code == program.expectedCode(try store.load()), "\(program.printed)")
        for text in ["restart groups x 4 slices x 0.400 s, seed 11", "broker CPU", "[gate]", "RESULT in", "exit \(code)", "--seed 11", "power: "] {
            #expect(program.printed.contains(text), "‘\(text)’ in\n\(program.printed)")
        }
        #expect(program.leftFolders == [])
        let again = try program.compare(["--groups", "1", "--inconclusive", "fail", "--resume", store.directory.path])
        #expect(again == program.expectedCode(try store.load(), inconclusive: 3), "\(program.printed)")
    }

    @Test func `a second attempt pools with the first, in the order that the seed drew`() throws {
        let program = try ABProgram()
        _ = try program.compare(["--groups", "1", "--seed", "7"])
        let place = try program.result()
        let code = try program.compare(["--groups", "2", "--resume", place.path])
        let record = try CampaignStore(directory: place).load()
        #expect(code == program.expectedCode(record), "\(program.printed)")
        #expect(record.complete && record.groups.count == 3 && record.campaign.groups.count == 3)
        #expect(record.campaign.attempts == 2 && record.groups.map(\.group.attempt) == [0, 1, 1])
        #expect(record.report?.plan.seed == 7)
        for group in record.groups {
            #expect(group.group.arrangement == GroupArrangement(seed: 7, group: group.group.index, slicesPerSide: 2))
            #expect(group.slices.map(\.side) == group.group.arrangement.slices)
            #expect(group.slices.allSatisfy { $0.records > 200 && $0.brokerCPUNanoseconds ?? 0 > 0 && $0.response?.count ?? 0 > 200 })
            #expect(group.base.audit["lost"] == 0 && group.head.audit["acknowledged"] ?? 0 > 1_000)
        }
        #expect(record.rate?.recordsPerSecond == 2000)
        // Another seed, other builds or another profile is another question.
        #expect(try program.compare(["--seed", "8", "--resume", place.path]) == 4)
        #expect(try program.compare(head: ABProgram.memoryBroker("--busy-ns 1000"), ["--resume", place.path]) == 4)
        #expect(program.printed.contains("head build differs"), "\(program.printed)")
        #expect(try program.compare(["--set", "producers.seed=1", "--resume", place.path]) == 4)
        #expect(program.printed.contains("RESULT not comparable"), "\(program.printed)")
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
        let tidemarkd = try Programs.path(of: "tidemarkd")
        let code = try program.run(
            ["--base", tidemarkd, "--head", tidemarkd, "--head-arguments=--burn-percent 400", "--groups", "1", "--set", "gate.metrics=[cpu]"]
                + ABProgram.shortOwnSlices.flatMap { ["--set", $0] })
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
        let settings = ABProgram.shortOwnSlices.flatMap { ["--set", $0] }
        let code = try program.run(["--groups", "1", "--burn", "0"] + settings, command: "selftest")
        // A machine that is busy with other things loses the group, and says so.
        guard code == 0 else { return #expect(code == 5 && program.printed.contains("groups dropped"), "\(program.printed)") }
        #expect(program.printed.contains("1 groups of a build compared with itself, 1 session"), "\(program.printed)")
        #expect(program.printed.contains("10 groups are the fewest that error rates can be told from"), "\(program.printed)")
        #expect(try program.run(["--groups", "0", "--resume"] + settings, command: "selftest") == 0, "\(program.printed)")
    }

    @Test func `a result that was altered is not pooled with`() throws {
        let program = try ABProgram()
        _ = try program.compare(["--groups", "1", "--seed", "7"])
        let file = try program.result().appending(path: CampaignStore.recordName)
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing("\"firstPort\" : \"", with: "\"firstPort\" : \"x").write(to: file, atomically: true, encoding: .utf8)
        #expect(try program.compare(["--groups", "1", "--resume", program.result().path]) == 5)
        #expect(program.printed.contains("cannot be read"), "\(program.printed)")
    }
}
