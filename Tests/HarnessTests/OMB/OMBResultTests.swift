// A run as OMB writes it: every field by its name, in its unit.
import Foundation
import Measurement
import Results
import Testing

@testable import Harness

/// The names of OMB's TestResult.java and of Redpanda's, as its readers look for them.
private enum OMBFieldNames {
    static func names(_ kind: String) throws -> [String] {
        try String(contentsOfFile: "\(OMBFixtures.root)/fields.txt", encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.first == Substring(kind) ? words.last.map(String.init) : nil
        }
    }
}

@Suite struct OMBResultTests {
    private func histogram(_ milliseconds: [Int64]) -> LatencyRecorder {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 4, windowQuantiles: true)
        for (second, value) in milliseconds.enumerated() { recorder.record(value * 1_000_000, count: 100, at: UInt64(second) * nanosecondsPerSecond) }
        return recorder
    }

    private func record() throws -> (RunRecord, OMBPlan) {
        let plan = try OMBFixtures.plan("omb") { $0.timeScale = 0.01 }
        let identity = RunIdentity(date: "2026-11-30", startedAt: "2026-11-30T05:00:00Z", endedAt: "2026-11-30T05:01:00Z", profileName: "omb", shortID: "0123ab")
        var record = RunRecord(
            identity: identity, software: Software(commit: "c", version: "v", broker: "tidemarkd 0.1"),
            profile: ProfileRecord(name: "omb", question: "Q?", tier: "quick", text: ""), environment: EnvironmentRecord())
        let clocks = ["response": histogram([2, 4]), "schedule_lag": histogram([1, 1]), "end_to_end": histogram([3, 3])]
        var steady = PhaseRecord(name: "steady", kind: "steady", startedNanoseconds: 0, endedNanoseconds: 2 * nanosecondsPerSecond)
        steady.histograms = clocks.mapValues { $0.snapshot() }
        steady.intervals = LoadIntervals.records([clocks], seconds: 2, length: 1)
        steady.series = (0..<2).map { second in
            var one = SecondRecord(second: second, records: 1_000, bytes: 256_000, consumedRecords: 2_000, lagRecords: 7)
            one.unreadRecords = 12
            if second == 1 { one.failedRecords = 5 }
            return one
        }
        var backlog = PhaseRecord(name: "backlog", kind: "backlog", startedNanoseconds: 0, endedNanoseconds: nanosecondsPerSecond)
        backlog.series = [SecondRecord(second: 0, records: 1_000, bytes: 256_000, consumedRecords: 0, lagRecords: 1_007)]
        backlog.intervals = LoadIntervals.records([["response": histogram([5])]], seconds: 1, length: 1)
        record.phases = [PhaseRecord(name: "warm-up", kind: "warm-up", startedNanoseconds: 0, endedNanoseconds: 1), steady, backlog]
        return (record, plan)
    }

    @Test func `every field that OMB's readers look for is there, and no other`() throws {
        let (record, plan) = try record()
        let read = try #require(try JSONSerialization.jsonObject(with: OMBResult(record, plan).document()) as? [String: Any])
        let (arrays, scalars, maps) = (try OMBFieldNames.names("array"), try OMBFieldNames.names("scalar"), try OMBFieldNames.names("map"))
        let all = Set(arrays + scalars + maps)
        #expect(Set(read.keys) == all, "\(Set(read.keys).symmetricDifference(all))")
        for name in arrays { #expect((read[name] as? [Double])?.count == 3, "\(name)") }
        for name in scalars { #expect(read[name] as? Double != nil || read[name] as? String != nil, "\(name)") }
        for name in maps { #expect((read[name] as? [String: Double])?.count == 106, "\(name)") }
        #expect((read["aggregatedPublishLatencyQuantiles"] as? [String: Double])?.keys.contains("99.0") == true)
    }

    @Test func `times are in OMB's units, rates a second, and samples follow the phases`() throws {
        let (record, plan) = try record()
        let fields = OMBResult(record, plan).fields()
        func near(_ name: String, _ expected: [Double]) {
            let values = (fields[name] as? [Any] ?? []).compactMap { value -> Double? in
                if let whole = value as? Int64 { return Double(whole) }
                return value as? Double
            }
            #expect(values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= 0.032 * max($1, 1e-9) }, "\(name): \(values)")
        }
        near("publishLatency99pct", [2, 4, 5])
        near("publishLatencyMax", [2, 4, 5])
        near("publishDelayLatency50pct", [1_000, 1_000, 0])
        near("endToEndLatencyAvg", [3, 3, 0])
        near("scheduleLatencyMax", [1, 1, 0])
        #expect(fields["publishRate"] as? [Double] == [1_000, 1_000, 1_000] && fields["consumeRate"] as? [Double] == [2_000, 2_000, 0])
        #expect(fields["publishErrorRate"] as? [Double] == [0, 5, 0] && fields["backlog"] as? [UInt64] == [12, 12, 1_007])
        #expect(fields["messageSize"] as? Int == 256 && fields["topics"] as? Int == 2 && fields["partitions"] as? Int == 3)
        #expect(fields["producersPerTopic"] as? Int == 2 && fields["consumersPerTopic"] as? Int == 2 && fields["sampleRateMillis"] as? Int == 1_000)
        // Of the steady phase alone: a backlog is not measured.
        let highest = try #require(fields["aggregatedPublishLatencyMax"] as? Double)
        #expect(abs(highest - 4) < 0.01 && fields["aggregatedPublishDelayLatencyMax"] as? Int64 == 1_000)
    }

    @Test func `the file has OMB's default name, and no directory of a driver's making`() throws {
        let (record, plan) = try record()
        #expect(OMBResult(record, plan).fileName.wholeMatch(of: /omb-Kafka-all-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.json/) != nil, "\(OMBResult(record, plan).fileName)")
    }
}
