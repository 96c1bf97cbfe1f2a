import Foundation
import Gate
@testable import Results
import Testing

private func refusal(_ record: CampaignRecord) -> HistoryError? {
    do {
        _ = try HistoryLine(record)
        return nil
    } catch { return error }
}

/// The record with `text` replaced in its JSON, as somebody would who edits the file.
private func edited(_ record: CampaignRecord, _ text: String, _ other: String) throws -> CampaignRecord {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let before = String(decoding: try encoder.encode(record), as: UTF8.self)
    let after = before.replacing(text, with: other)
    #expect(after != before, "\(text)")
    return try JSONDecoder().decode(CampaignRecord.self, from: Data(after.utf8))
}

@Suite struct HistoryCheckTests {
    @Test func `what did not end, was invalid or is not comparable gets no line`() throws {
        let good = try HistorySample.record(groups: 5)
        #expect(refusal(good) == nil)
        var record = good
        record.complete = false
        #expect(refusal(record)?.description.contains("did not end") == true)
        record = good
        record.report = nil
        #expect(refusal(record)?.exitCode == 5)
        record = good
        record.campaign.spoil("the head side: it died")
        record.report = record.campaign.report(ending: .spoiled)
        #expect(refusal(record)?.description.contains("it is invalid: the head side: it died") == true)
        record.report = .refused(plan: good.campaign.plan, reasons: ["cpu_model differs"])
        #expect(refusal(record) == .notComparable(id: good.identity.directoryName, reasons: ["cpu_model differs"]))
        #expect(refusal(record)?.exitCode == 4)
        record = good
        record.groups.removeAll()
        #expect(refusal(record)?.description.contains("not those that were measured") == true)
    }

    @Test func `a verdict, a ratio, an outcome and groups that were changed afterwards are noticed`() throws {
        let record = try HistorySample.record(ratio: 1.1)
        let ratio = try #require(record.report?.rows[0].estimate?.ratio)
        for (text, other) in [
            ("\"verdict\":\"regressed\"", "\"verdict\":\"same\""), ("\"outcome\":\"regression\"", "\"outcome\":\"same\""), ("\"ratio\":\(ratio)", "\"ratio\":1.01"),
            ("\"base\":[100,100.4]", "\"base\":[110,110.4]"), ("\"groupsKept\":", "\"groupsKept\":1"),
        ] {
            #expect(refusal(try edited(record, text, other))?.description.contains("it was changed") == true, "\(text)")
        }
        // One of the two places where a group stands.
        var twoTruths = record
        twoTruths.groups[0] = twoTruths.groups[1]
        #expect(refusal(twoTruths)?.description.contains("it was changed") == true)
    }

    @Test func `a line says what the comparison said`() throws {
        let record = try HistorySample.record(night: 3, ratio: 1.1)
        let report = try #require(record.report)
        let line = try HistoryLine(record, headCommittedAt: "2026-11-02T00:00:00Z")
        #expect(line.id == "2026-11-03-ab-ab-max-abc003" && line.time == "2026-11-03T05:00:00Z" && line.seed == 3)
        #expect(line.base.commit == HistorySample.release && line.base.short == "1111111111" && line.head.committedAt == "2026-11-02T00:00:00Z")
        #expect(line.machine.hard == record.environment.digests.hard && line.machine.label == "EPYC, 2 CPUs" && line.toolchain == "6.3")
        #expect(line.outcome == .regression && line.thresholds == .creep && line.groups == record.groups.count)
        let metric = try #require(line["broker CPU"])
        #expect(metric.ratio == report.rows[0].estimate?.ratio && metric.lower == report.rows[0].estimate?.lower && metric.decides)
        #expect(metric.verdict == .regressed && metric.p == report.rows[0].p && abs(metric.ratio - 1.1) < 0.005)
        #expect(try JSONDecoder().decode(HistoryLine.self, from: line.encoded()) == line)
    }

    @Test func `a machine after an update, a newer compiler and other comments are the same series; other settings are not`() throws {
        func key(_ change: (inout CampaignRecord) -> Void) throws -> String {
            var record = try HistorySample.record()
            change(&record)
            return try HistoryLine(record).seriesKey
        }
        let key0 = try key { _ in }
        for (field, value) in [("kernel", "Linux 7.1"), ("memory", "23.4 GiB"), ("memory_bytes", "25"), ("microcode", "0xa"), ("mount_options", "rw,lowerdir=…")] {
            #expect(try key { $0.environment.hard[field] = value } == key0, "\(field)")
        }
        #expect(try key { $0.profile.text = "# What is this?\n\n" + $0.profile.text + "\n  # why\n" } == key0)
        #expect(try key { $0.profile.text += "\n# --set gate.slice=5s" } != key0)
        #expect(try key { $0.environment.hard["cpu_model"] = "Xeon" } != key0)
        let newer = try HistorySample.line()
        #expect(try HistorySample.line(toolchain: "0badf00d").seriesKey == newer.seriesKey)
    }

    @Test func `a build's commit is told by its revision or by its version, and of a command by nobody`() {
        func commit(_ identity: String, _ version: String?) -> String? { HistoryBuild.commit(of: ContenderRecord(name: "n", identity: identity, version: version)) }
        #expect(commit("commit=1a2b3c4d5e toolchain=00", "tidemarkd 0.1.0 (ffffffffffff)") == "1a2b3c4d5e")
        #expect(commit("tidemarkd crc32c=39880520 bytes=1", "tidemarkd 0.1.0 (69da4d7a1c4c-modified)") == "69da4d7a1c4c-modified")
        #expect(commit("tidemarkd crc32c=39880520 bytes=1", "tidemarkd 0.1.0 (unknown)") == nil)
        #expect(commit("command broker {port}", nil) == nil)
    }

    // MARK: the nightly gate

    @Test func `a cumulative regression above 5 % is 2, one of 3 % is none`() throws {
        let worse = HistoryCheck(try HistorySample.record(ratio: 1.1), after: [])
        #expect(worse.exitCode == 2 && worse.line?.outcome == .regression && worse.remark == nil)
        let little = HistoryCheck(try HistorySample.record(ratio: 1.03), after: [])
        #expect(little.exitCode == 0 && little.line?.outcome == .same)
    }

    @Test func `the third inconclusive night in a row is 3, whatever the order of the lines`() throws {
        let night = try HistorySample.record(night: 9, groups: 5)
        func blind(_ lines: [HistoryLine]) -> (Int32, [String]) {
            let check = HistoryCheck(night, after: lines)
            #expect((check.remark != nil) == (check.exitCode == 3) && check.line != nil)
            return (check.exitCode, check.blind)
        }
        // Of the series of `record`, not of `line`.
        func nights(_ numbers: ClosedRange<Int>, thresholds: EffectThresholds = .creep) throws -> [HistoryLine] {
            try numbers.map { try HistoryLine(HistorySample.record(night: $0, groups: 5, thresholds: thresholds)) }
        }
        #expect(blind([]) == (0, []))
        #expect(blind(try nights(8...8)) == (0, []))
        #expect(blind(try nights(7...8)) == (3, ["broker CPU"]))
        #expect(blind(try nights(7...8).reversed()) == (3, ["broker CPU"]))
        // Nights to come, under other thresholds, of other series, and this one itself are not the nights before.
        #expect(blind(try nights(8...11)) == (0, []))
        #expect(blind(try nights(7...8, thresholds: .time)) == (0, []))
        #expect(blind(try [HistorySample.line(night: 7, verdict: .inconclusive), HistorySample.line(night: 8, verdict: .inconclusive)]) == (0, []))
        // A night that saw something breaks the row.
        let clear = try HistoryLine(HistorySample.record(night: 7))
        #expect(clear.outcome == .same)
        #expect(blind(try nights(5...6) + [clear] + nights(8...8)) == (0, []))
        #expect(blind(try [clear] + nights(5...6)) == (0, []))
    }

    @Test func `an invalid night is 5 and is not added`() throws {
        var record = try HistorySample.record(groups: 5)
        record.campaign.spoil("the head side: it died")
        record.report = record.campaign.report(ending: .spoiled)
        let check = HistoryCheck(record, after: [])
        #expect(check.exitCode == 5 && check.line == nil && check.remark?.contains("it died") == true)
    }

    // MARK: names

    @Test func `a comparison is named by its directory, its ab.json or a part of its name, and never guessed`() throws {
        try withHistory { file in
            let root = URL(filePath: file.path).deletingLastPathComponent()
            for night in 1...2 {
                let record = try HistorySample.record(night: night, groups: 1)
                try CampaignStore(directory: root.appending(path: record.identity.directoryName)).finish(record)
            }
            let place = root.appending(path: "2026-11-02-ab-ab-max-abc002")
            for name in ["abc002", place.path, place.appending(path: "ab.json").path] {
                #expect(try CampaignStore.named(name, under: root).load().identity.shortID == "abc002", "\(name)")
            }
            #expect(throws: ResultError.notFound(name: "ab-max", reason: "it could be 2026-11-01-ab-ab-max-abc001 or 2026-11-02-ab-ab-max-abc002")) {
                try CampaignStore.named("ab-max", under: root)
            }
            #expect(throws: ResultError.self) { try CampaignStore.named("abc003", under: root) }
            #expect(throws: ResultError.self) { try CampaignStore.named("./abc002", under: root) }
        }
    }
}
