// A comparison on disk: what a kill leaves, and what is refused.
import Foundation
import Gate
import Measurement
import Testing

@testable import Results

@Suite struct CampaignStoreTests {
    private let directory = URL(filePath: NSTemporaryDirectory() + "tidemark-test-campaign-" + UUID().uuidString)
    private let metric = GatedMetric("broker CPU", unit: "ns/rec", polarity: .lowerIsBetter, role: .gated)

    private func record() throws -> CampaignRecord {
        CampaignRecord(
            identity: RunIdentity(date: "2026-11-23", startedAt: "2026-11-23T00:00:00Z", profileName: "ab-p", shortID: "abcdef"),
            software: Software(commit: "c", version: "1", broker: "b"),
            profile: ProfileRecord(name: "p", question: "q", tier: "quick", text: "t", seeds: [:], expect: [], durability: "none"),
            environment: EnvironmentRecord(hard: ["cpus": "2"], soft: [:], runState: [:], traits: []), disks: [],
            base: ContenderRecord(name: "a", identity: "a", version: nil), head: ContenderRecord(name: "b", identity: "b", version: nil),
            campaign: GateCampaign(plan: try GatePlan(profile: "p", base: "a", head: "b", metrics: [metric], seed: 5)),
            reproduce: "tidemark ab p")
    }

    private func group(_ index: Int) -> GroupRecord {
        let arrangement = GroupArrangement(seed: 5, group: index, slicesPerSide: 2)
        let group = RestartGroup(
            index: index, attempt: 0, arrangement: arrangement, values: ["broker CPU": SliceValues(base: [100, 101], head: [99, 102.5])],
            noise: NoiseFacts(stealShare: 0, foreignStallShare: nil, calibrationRatio: 1), seconds: 12)
        var slice = SliceRecord(side: .base, startedNanoseconds: UInt64.max - 7, seconds: 2.5)
        slice.windows = [1, 2.5]
        let side = SideRecord(startSeconds: 0.1, warmUpRecords: 3, audit: ["lost": 0])
        return GroupRecord(
            group: group, startedAt: "2026-11-23T00:00:01Z", slices: [slice], base: side, head: side, foreignShare: nil, probeNanoseconds: 9)
    }

    @Test func `what a kill leaves is the document, the lines of the groups since, and no torn line`() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = CampaignStore(directory: directory)
        try store.write(try record())
        for n in 0..<3 { try store.append(group(n)) }
        let lines = directory.appending(path: CampaignStore.linesName)
        let handle = try FileHandle(forWritingTo: lines)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"group\":{\"ind".utf8))
        try handle.close()
        let loaded = try store.load()
        #expect(loaded.groups == (0..<3).map(group))
        #expect(loaded.campaign.groups.count == 3 && !loaded.complete)
        try store.finish(loaded)
        #expect(!FileManager.default.fileExists(atPath: lines.path))
        #expect(try store.load().groups == loaded.groups)
    }

    @Test func `what was changed in a stored comparison, finished or not, is seen, and a seal taken off as well`() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = CampaignStore(directory: directory)
        #expect(throws: ResultError.self, "nothing is there") { try store.load() }
        let place = directory.appending(path: CampaignStore.recordName)
        for complete in [false, true] {
            var record = try record()
            record.complete = complete
            record.notes = ["a note"]
            try store.write(record)
            let text = try String(contentsOf: place, encoding: .utf8)
            #expect(try store.load().notes == ["a note"])
            for (original, planted) in [("a note", "another note"), ("\"seed\" : 5", "\"seed\" : 6"), ("\"sha256\"", "\"sha512\"")] {
                try text.replacing(original, with: planted).write(to: place, atomically: true, encoding: .utf8)
                #expect { try store.load() } throws: { if case ResultError.tampered = $0 { true } else { false } }
            }
            // Layout is nobody's business.
            try text.replacing("\n", with: " ").write(to: place, atomically: true, encoding: .utf8)
            #expect(try store.load().complete == complete)
        }
    }

    @Test func `comparisons that just began, that ended and that a machine recorded fit the schema; what it does not name does not`() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = CampaignStore(directory: directory)
        let place = directory.appending(path: CampaignStore.recordName)
        var record = try record()
        try store.write(record)
        let begun = try String(contentsOf: place, encoding: .utf8)
        for n in 0..<10 {
            record.groups.append(group(n))
            _ = try record.campaign.record(group(n).group)
        }
        record.rate = PinnedRate(recordsPerSecond: 9, saturationRecordsPerSecond: nil, requestsPerSecond: 4, refused: [10])
        record.probeNanoseconds = 8
        record.report = record.campaign.report(ending: .budget)
        record.complete = true
        try store.finish(record)
        let ended = try String(contentsOf: place, encoding: .utf8)
        let recorded = try String(contentsOfFile: repositoryFile("Tests/Golden/results/ab-1.json"), encoding: .utf8)
        #expect(try validated([begun, ended, recorded], schema: "ab-1") == ["ok", "ok", "ok"])
        let planted = [
            ended.replacing("\"complete\" : true", with: "\"complete\" : true, \"extra\" : 1"), ended.replacing("\"sha256\"", with: "\"sha512\""),
            ended.replacing("\"report\"", with: "\"reports\""), ended.replacing("\"slicesPerSide\" : 2", with: "\"slicesPerSide\" : 0"),
            ended.replacing("\"lowerIsBetter\"", with: "\"smaller\""),
        ]
        #expect(planted.allSatisfy { $0 != ended })
        #expect(try validated(planted, schema: "ab-1").allSatisfy { $0 != "ok" })
        // What was recorded reads back whole, seal and groups.
        try recorded.write(to: place, atomically: true, encoding: .utf8)
        let read = try store.load()
        #expect(read.complete && read.groups.count == 2 && read.report?.noise.groupsRun == 2)
    }

    @Test func `groups out of order, lines that are no group and other schemas are refused`() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = CampaignStore(directory: directory)
        try store.write(try record())
        try store.append(group(1))
        #expect(throws: GateFault.self) { try store.load() }
        let lines = directory.appending(path: CampaignStore.linesName)
        try Data("no group\n".utf8).write(to: lines)
        #expect(throws: ResultError.self) { try store.load() }
        try FileManager.default.removeItem(at: lines)
        var other = try record()
        other.schema = "tidemark.ab.v2"
        try store.write(other)
        #expect(throws: ResultError.self) { try store.load() }
        try Data("{}".utf8).write(to: directory.appending(path: CampaignStore.recordName))
        #expect(throws: ResultError.self) { try store.load() }
    }

    @Test func `a selftest's sessions are kept apart by profile and machine, and read back whole`() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let machine = EnvironmentRecord(hard: ["cpus": "2"], soft: [:], runState: [:], traits: [])
        let store = SelftestStore(root: directory.path, profile: "p", machine: machine)
        #expect(try store.sessions() == [])
        let plan = try record().campaign.plan
        let header = SelftestStore.Header(startedAt: "2026-11-23T00:00:00Z", build: "a", plan: plan, machine: machine.hard)
        for n in 0..<2 { try store.append(group(n).group, to: "s1", header: header) }
        try store.append(group(0).group, to: "s2", header: header)
        let sessions = try store.sessions()
        #expect(sessions.map(\.groups.count) == [2, 1] && sessions[0].header == header)
        #expect(sessions[0].groups[1] == group(1).group)
        let elsewhere = EnvironmentRecord(hard: ["cpus": "4"], soft: [:], runState: [:], traits: [])
        #expect(try SelftestStore(root: directory.path, profile: "p", machine: elsewhere).sessions() == [])
        #expect(try SelftestStore(root: directory.path, profile: "q", machine: machine).sessions() == [])
    }
}
