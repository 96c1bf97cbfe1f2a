// Comparisons with a pinned release, and their lines.
import Foundation
import Gate
@testable import Results

enum HistorySample {
    static let cpu = GatedMetric("broker CPU", unit: "ns/rec", polarity: .lowerIsBetter, role: .gated)
    static let release = String(repeating: "1", count: 40)

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    static func line(
        night: Int = 1, ratio: Double = 1, verdict: MetricVerdict = .same, groups: Int = 20, base: String = release, machine: String = "a", soft: String = "a",
        profile: String = "question: q", thresholds: EffectThresholds = .creep, toolchain: String = "0badcafe"
    ) throws -> HistoryLine {
        try HistoryLine(
            id: "2026-11-\(two(night))-ab-ab-max-0000\(two(night))", time: "2026-11-\(two(night))T05:00:00Z",
            base: HistoryBuild(name: "1111111111 (v0.1.0)", identity: "commit=\(base) toolchain=\(toolchain)", commit: base),
            head: HistoryBuild(name: "abcdef0123", identity: "commit=abcdef0123\(night) toolchain=0badcafe", commit: "abcdef0123\(night)", committedAt: "2026-11-\(two(night))T01:02:03Z"),
            profile: HistoryProfile(name: "ab-max", digest: SHA256.hex(profile)),
            machine: HistoryMachine(label: "EPYC, 2 CPUs", hard: SHA256.hex(machine), soft: SHA256.hex(soft)), toolchain: "6.3", recordsPerSecond: nil,
            thresholds: thresholds, outcome: verdict == .inconclusive ? .inconclusive : verdict == .regressed ? .regression : .same, groups: groups, seed: .max,
            metrics: [
                HistoryMetric(
                    name: "broker CPU", unit: "ns/rec", polarity: .lowerIsBetter, role: .gated, decides: true, verdict: verdict, ratio: ratio,
                    lower: ratio - 0.01, upper: ratio + 0.01, p: 0.2, smallestDetectable: 0.023, groups: groups)
            ]
        ).sealed()
    }

    static func text(_ line: HistoryLine) throws -> String { String(decoding: try line.encoded(), as: UTF8.self) }

    /// A comparison that has ended: after five groups without a verdict, after ten or more with one.
    static func record(night: Int = 1, ratio: Double = 1, groups: Int = 50, thresholds: EffectThresholds = .creep) throws -> CampaignRecord {
        let identities = ["base", "head"].map { $0 == "base" ? "commit=\(release) toolchain=0badcafe" : "commit=\(String(repeating: "a", count: 40)) toolchain=0badcafe" }
        let plan = try GatePlan(
            profile: "ab-max", base: identities[0], head: identities[1], metrics: [cpu], seed: UInt64(night), thresholds: thresholds)
        var record = CampaignRecord(
            identity: RunIdentity(date: "2026-11-\(two(night))", startedAt: "2026-11-\(two(night))T05:00:00Z", profileName: "ab-ab-max", shortID: "abc0\(two(night))"),
            software: Software(commit: "c", version: "1", broker: "b"),
            profile: ProfileRecord(name: "ab-max", question: "q", tier: "quick", text: "question: q", seeds: [:], expect: [], durability: "none"),
            environment: EnvironmentRecord(hard: ["cpu_model": "EPYC", "cpus": "2 CPUs", "disk_model": "unknown"], soft: ["swift": "6.3"], runState: [:], traits: []), disks: [],
            base: ContenderRecord(name: "1111111111 (v0.1.0)", identity: identities[0], version: "tidemarkd 0.1.0 (111111111111)"),
            head: ContenderRecord(name: "aaaaaaaaaa", identity: identities[1], version: nil), campaign: GateCampaign(plan: plan), reproduce: "tidemark ab p")
        while record.campaign.step == .runGroup, record.groups.count < groups {
            let group = Self.group(record.groups.count, seed: UInt64(night), ratio)
            _ = try record.campaign.record(group.group)
            record.groups.append(group)
        }
        record.report = record.campaign.report(ending: record.campaign.step == .runGroup ? .budget : .settled)
        record.complete = true
        return record
    }

    private static func group(_ index: Int, seed: UInt64, _ ratio: Double) -> GroupRecord {
        let wobble = 1 + 0.003 * Double((index * 7 + 3) % 11 - 5) / 5
        let values = SliceValues(base: [100, 100.4], head: [100.1 * ratio * wobble, 100.2 * ratio * wobble])
        let side = SideRecord(startSeconds: 0.1, warmUpRecords: 3, audit: ["lost": 0])
        return GroupRecord(
            group: RestartGroup(
                index: index, attempt: 0, arrangement: GroupArrangement(seed: seed, group: index, slicesPerSide: 2), values: ["broker CPU": values],
                noise: NoiseFacts(stealShare: 0, foreignStallShare: nil, calibrationRatio: 1), seconds: 12),
            startedAt: "2026-11-01T05:00:01Z", slices: [], base: side, head: side, foreignShare: nil, probeNanoseconds: 9)
    }
}

/// A fresh directory, removed afterwards.
func withHistory(_ lines: [String] = [], _ body: (HistoryFile) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "tidemark-test-history-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = HistoryFile(path: folder + "/history.jsonl")
    if !lines.isEmpty { try (lines.joined(separator: "\n") + "\n").write(toFile: file.path, atomically: true, encoding: .utf8) }
    try body(file)
}
