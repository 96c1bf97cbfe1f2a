// What `tidemark history` ends with: every exit code through the real program.
import Foundation
import Gate
import Glibc
import Measurement
@testable import Results
import Testing


/// Runs the built `tidemark history` in a folder of its own.
private final class HistoryProgram {
    let folder = NSTemporaryDirectory() + "tidemark-test-history-" + UUID().uuidString
    var file: String { folder + "/history.jsonl" }
    private(set) var printed = ""
    private(set) var complained = ""

    init() throws { try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: ABProgram.program)
        process.currentDirectoryURL = Harnessed.repository
        process.arguments = ["history"] + arguments
        let outputs = ["out", "err"].map { "\(folder)/\($0)" }
        for output in outputs { _ = FileManager.default.createFile(atPath: output, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: outputs[0])!
        process.standardError = FileHandle(forWritingAtPath: outputs[1])!
        try process.run()
        process.waitUntilExit()
        printed = try String(contentsOfFile: outputs[0], encoding: .utf8)
        complained = try String(contentsOfFile: outputs[1], encoding: .utf8)
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// A stored comparison of so few groups that it is inconclusive; its directory.
    func comparison(night: Int, base: String = "1111111", complete: Bool = true) throws -> URL {
        let metric = GatedMetric("broker CPU", unit: "ns/rec", polarity: .lowerIsBetter, role: .gated)
        let identities = [base, "aaaaaaa"].map { "commit=\($0) toolchain=0badcafe" }
        let plan = try GatePlan(profile: "ab-rate", base: identities[0], head: identities[1], metrics: [metric], seed: 5)
        var record = CampaignRecord(
            identity: RunIdentity(date: "2026-11-0\(night)", startedAt: "2026-11-0\(night)T05:00:00Z", profileName: "ab-ab-rate", shortID: "abc00\(night)"),
            software: Software(commit: "c", version: "1", broker: "b"),
            profile: ProfileRecord(name: "ab-rate", question: "q", tier: "quick", text: "t", seeds: [:], expect: [], durability: "none"),
            environment: EnvironmentRecord(hard: ["cpus": "2 CPUs"], soft: [:], runState: [:], traits: []), disks: [],
            base: ContenderRecord(name: base, identity: identities[0], version: nil), head: ContenderRecord(name: "aaaaaaa", identity: identities[1], version: nil),
            campaign: GateCampaign(plan: plan), reproduce: "tidemark ab p")
        let side = SideRecord(startSeconds: 0.1, warmUpRecords: 3, audit: ["lost": 0])
        for index in 0..<3 {
            let group = RestartGroup(
                index: index, attempt: 0, arrangement: GroupArrangement(seed: 5, group: index, slicesPerSide: 2),
                values: ["broker CPU": SliceValues(base: [100, 101], head: [99 + Double(night), 102])],
                noise: NoiseFacts(stealShare: 0, foreignStallShare: nil, calibrationRatio: 1), seconds: 12)
            _ = try record.campaign.record(group)
            record.groups.append(
                GroupRecord(group: group, startedAt: "2026-11-01T05:00:01Z", slices: [], base: side, head: side, foreignShare: nil, probeNanoseconds: 9))
        }
        record.report = record.campaign.report(ending: .budget)
        record.complete = complete
        let store = CampaignStore(directory: URL(filePath: folder).appending(path: "results/\(record.identity.directoryName)"))
        if complete { try store.finish(record) } else { try store.write(record) }
        return store.directory
    }
}

@Suite(.serialized) struct HistoryProgramTests {
    @Test(arguments: [
        ["add"], ["sum"], ["show", "--csv", "otava", "--json", "nyrkio"], ["show", "--csv", "excel"], ["show", "--last", "0"], ["check", "--groups", "0"],
        ["check", "--budget", "10"], ["check", "--set", "gate.slcie=1s", "--pinned", "main"],
    ])
    func `wrong usage is 64`(arguments: [String]) throws {
        let program = try HistoryProgram()
        let file = arguments.count > 1 ? ["--file", program.file] : []
        #expect(try program.run(arguments + file) == 64, "\(program.printed)\(program.complained)")
    }

    @Test func `a check without a release to hold to is 64, one without its profile or with a damaged history is 5, before any load`() throws {
        let program = try HistoryProgram()
        let check = ["check", "--file", program.file, "--data-dir", program.folder + "/data", "--results", program.folder + "/results"]
        #expect(try program.run(check) == 64)
        #expect(program.complained.contains("say with --pinned what the release is"), "\(program.complained)")
        #expect(try program.run(check + ["Profiles/none.yaml", "--pinned", "main"]) == 5)
        #expect(try program.run(check + ["--pinned", "/nowhere/tidemarkd"]) == 5)
        #expect(program.complained.contains("the base side: ‘/nowhere/tidemarkd’ is no program"), "\(program.complained)")
        try "half a line".write(toFile: program.file, atomically: true, encoding: .utf8)
        #expect(try program.run(check + ["--pinned", "main"]) == 5)
        #expect(program.complained.contains("history.jsonl:1: is no line of a history"), "\(program.complained)")
        #expect(!FileManager.default.fileExists(atPath: program.folder + "/results"))
    }

    @Test func `what is missing, unfinished or changed is not added, and neither is what stands beside it`() throws {
        let program = try HistoryProgram()
        let good = try program.comparison(night: 1).path
        let unfinished = try program.comparison(night: 2, complete: false).path
        #expect(try program.run(["add", good, unfinished, "--file", program.file]) == 5)
        #expect(program.complained.contains("did not end") && program.complained.contains("RESULT invalid   exit 5"), "\(program.complained)")
        #expect(try program.run(["add", good, "none", "--file", program.file, "--results", program.folder + "/results"]) == 5)
        let changed = try program.comparison(night: 3).appending(path: "ab.json")
        let text = try String(contentsOf: changed, encoding: .utf8)
        try text.replacing("\"outcome\" : \"inconclusive\"", with: "\"outcome\" : \"same\"").write(to: changed, atomically: true, encoding: .utf8)
        #expect(try program.run(["add", good, changed.path, "--file", program.file]) == 5, "\(program.complained)")
        #expect(!FileManager.default.fileExists(atPath: program.file))
    }

    @Test func `comparisons that were added are shown and exported, each series by itself`() throws {
        let program = try HistoryProgram()
        let add = ["add", "--file", program.file, "--results", program.folder + "/results"]
        #expect(try program.run(["show", "--file", program.file]) == 5)
        let places = try (1...3).map { try program.comparison(night: $0).path }
        #expect(try program.run(add + [places[1], "abc001", places[2]]) == 0, "\(program.complained)")
        #expect(program.printed.contains("begins series") && program.printed.contains("is comparison 3 of series"), "\(program.printed)")
        #expect(try program.run(add + [places[1]]) == 0)
        #expect(program.printed.contains("is in \(program.file) already"), "\(program.printed)")
        #expect(try program.run(["show", "--file", program.file]) == 0)
        for text in ["ab-rate · head ÷ 1111111", "3 comparisons", "2026-11-01 05:00", "broker CPU ns/rec ↓", " ?", "never a gate"] {
            #expect(program.printed.contains(text), "‘\(text)’ in\n\(program.printed)")
        }
        #expect(try program.run(["show", "--file", program.file, "--csv", "otava"]) == 0)
        #expect(program.printed.hasPrefix("time,commit,base,toolchain,comparison,broker_CPU\n2026-11-01 05:00:00 +0000,aaaaaaa,1111111,"), "\(program.printed)")
        #expect(try program.run(["show", "--file", program.file, "--json", "nyrkio", "--git-repo", "https://example.org/r"]) == 0)
        #expect(program.printed.contains("\"git_repo\" : \"https://example.org/r\""), "\(program.printed)")
        #expect(try program.run(["show", "--file", program.file, "--metric", "speed"]) == 5)
        #expect(try program.run(["show", "--file", program.file, "--profile", "other"]) == 5)
        #expect(try program.run(add + [program.comparison(night: 4, base: "2222222").path]) == 0)
        #expect(try program.run(["show", "--file", program.file, "--csv", "otava"]) == 64)
        let key = try #require(program.complained.firstMatch(of: /([0-9a-f]{8}) \(ab-rate against 2222222\)/)?.1)
        #expect(try program.run(["show", "--file", program.file, "--csv", "otava", "--series", String(key)]) == 0)
        #expect(program.printed.split(separator: "\n").count == 2)
    }

    @Test func `damaged lines are named beside what can be shown, and nothing is exported`() throws {
        let program = try HistoryProgram()
        #expect(try program.run(["add", program.comparison(night: 1).path, "--file", program.file]) == 0)
        let line = try String(contentsOfFile: program.file, encoding: .utf8)
        try (line + line.replacing("\"version\":1", with: "\"version\":9")).write(toFile: program.file, atomically: true, encoding: .utf8)
        #expect(try program.run(["show", "--file", program.file]) == 5)
        #expect(program.printed.contains("1 comparison ·") && program.complained.contains("history.jsonl:2: is of schema `tidemark.history 9`"), "\(program.complained)")
        #expect(try program.run(["show", "--file", program.file, "--csv", "otava"]) == 5)
        #expect(program.printed == "")
    }

    @Test func `a check runs the comparison under the limits of creep and adds its line, unless it is told not to`() throws {
        let program = try HistoryProgram()
        let tidemarkd = ABProgram.ownBroker
        let check =
            [
                "check", "Profiles/ab-rate.yaml", "--pinned", tidemarkd, "--file", program.file, "--data-dir", program.folder + "/data", "--results",
                program.folder + "/results", "--groups", "1", "--quiet",
            ] + ABProgram.shortOwnSlices.flatMap { ["--set", $0] }
        let code = try program.run(check + ["--no-add"])
        // A machine that is busy with other things loses the group, and says so.
        guard code == 0 else { return #expect(code == 5 && program.printed.contains("groups dropped"), "\(program.printed)\(program.complained)") }
        #expect(program.printed.contains("RESULT inconclusive") && !FileManager.default.fileExists(atPath: program.file), "\(program.printed)")
        let place = try #require(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/results").first)
        #expect(try CampaignStore(directory: URL(filePath: "\(program.folder)/results/\(place)")).load().campaign.plan.thresholds == .creep)
        let again = try program.run(check + ["--resume", place])
        guard again == 0 else { return #expect(again == 5 && program.printed.contains("groups dropped"), "\(program.printed)\(program.complained)") }
        #expect(program.printed.contains("\(place) begins series"), "\(program.printed)")
        let lines = try HistoryFile(path: program.file).read().lines
        #expect(lines.map(\.id) == [place] && lines[0].groups == 2 && lines[0].thresholds == .creep && lines[0].base.commit != nil)
        // Two nights before it that saw nothing either: with the third in a row the gate is blind, and says so in every report.
        for night in 1...2 {
            let text = String(decoding: try JSONEncoder().encode(lines[0]), as: UTF8.self)
                .replacing(lines[0].id, with: "2020-01-0\(night)-ab-ab-rate-00000\(night)").replacing(lines[0].time, with: "2020-01-0\(night)T00:00:00Z")
            _ = try HistoryFile(path: program.file).add(JSONDecoder().decode(HistoryLine.self, from: Data(text.utf8)).sealed())
        }
        let third = try program.run(check + ["--resume", place, "--no-add", "--out", "junit=\(program.folder)/third.xml"])
        guard third == 3 else { return #expect(third == 5 && program.printed.contains("groups dropped"), "\(program.printed)\(program.complained)") }
        #expect(program.printed.contains("3 comparisons in a row were inconclusive on broker CPU"), "\(program.printed)")
        #expect(try String(contentsOfFile: program.folder + "/third.xml", encoding: .utf8).contains("<failure"))
        // A program's checksum leads to no program.
        let pinned = check.filter { $0 != "--pinned" && $0 != tidemarkd }
        #expect(try program.run(pinned) == 64)
        #expect(program.complained.contains("give its path with --pinned"), "\(program.complained)")
    }
}
