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
