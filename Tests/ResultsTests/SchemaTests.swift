import Foundation
import Measurement
@testable import Results
import Testing

private func text(_ record: RunRecord, complete: Bool) throws -> String {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: root) }
    let writer = try RunWriter(store: ResultStore(root: root), record: record)
    if complete { try writer.finish(record) }
    return try String(contentsOf: writer.directory.appendingPathComponent("run.json"), encoding: .utf8)
}

extension SecondRecord {
    /// With what only some loads have.
    fileprivate mutating func fill() {
        (scheduleLagP99Nanoseconds, scheduleLagMaximumNanoseconds, serviceP99Nanoseconds, serviceMaximumNanoseconds) = (1, 2, 3, 4)
        (lateRecords, consumedRecords, consumedBytes, deviceReadBytes, deviceWrittenBytes) = (0, 5, 500, 0, 4_096)
        (hitRate, hitRateSampledBytes) = (1, 8_192)
    }
}

@Suite struct SchemaTests {
    @Test func `a full record, one that just began, one with every verdict, one that searched and one of the page cache fit the schema`() throws {
        var invalid = Sample.finished()
        invalid.facts[0].audit = .failed(["partition 0: sequence 7 is missing"])
        invalid.facts[0].stealFraction = 0.2
        invalid.facts[0].acknowledgedEvents = 1
        invalid.facts[0].handedOverEvents = 100
        invalid.verdict = nil
        let documents = try [text(Sample.finished(), complete: true), text(Sample.start(), complete: false), text(invalid, complete: true), text(Sample.searched(), complete: true), text(Sample.searchedWithIntervals(), complete: true), text(Sample.cacheStudy(), complete: true)]
        #expect(try validated(documents) == Array(repeating: "ok", count: 6))
    }

    @Test func `a record with everything that can be done to a broker, and with a probe of one, fits the schema`() throws {
        var record = Sample.finished()
        record.phases[0].perturbations = ["pause", "dropCache", "kill", "churn", "memberChurn", "diskLimit", "freeze"].map {
            PerturbationRecord(kind: $0, startedNanoseconds: 5_000_000_000, endedNanoseconds: 6_000_000_000)
        }
        record.phases[0].perturbations![2].restartedNanoseconds = 5_500_000_000
        record.phases[0].perturbations![3].connections = 200
        record.phases[0].perturbations![4].memberChanges = 4
        record.phases[0].perturbations![5].means = "20.0 MB/s of vda by cgroup v2"
        record.phases[0].perturbations![6].means = "by freezing its file system: writes and syncs wait, reads do not"
        record.phases[0].markSeconds()
        record.phases[0].series[0].perturbations = ["pause"]
        record.phases[0].series[0].fill()
        let pair = ClockPair(monotonicNanoseconds: 5, realtimeNanoseconds: 7, widthNanoseconds: 1, errorNanoseconds: nil)
        record.clocks = RunClocks(start: pair, end: pair)
        record.probes = [
            ProbeRecord(
                id: "0123ab", startedAt: "2026-11-23T19:33:28Z", software: "tidemark 0.1.0", program: "java", environment: record.environment,
                disk: record.disks[0], clock: .wallClocks, clockUncertaintyNanoseconds: 5,
                phases: [.init(name: "steady", lines: 6, cpuSeconds: 2, cpuUncertaintyShare: 0.01, cpuSecondsByCPU: ["0": 1, "1": 1], probeCPUShare: 0.004)])
        ]
        #expect(try validated([text(record, complete: true)]) == ["ok"])
    }

    @Test func `a record of a phase that crept fits the schema`() throws {
        var record = Sample.finished()
        record.phases[0].drift = [DriftReading.Figure.records, .responseP99, .brokerCPU, .brokerMemory].map {
            DriftReading(figure: $0, change: ConfidenceInterval(estimate: 0.3, lower: 0.2, upper: 0.4, method: .orderStatistics, samples: 60))
        }
        #expect(try validated([text(record, complete: true)]) == ["ok"])
    }

    @Test func `a record of disks side by side, with a log on each, fits the schema`() throws {
        var record = Sample.finished()
        record.disks[0].log = DiskLog(append: Sample.append, acknowledged: Sample.latency.rows[0])
        record.disks.append(record.disks[0])
        record.disks[1].name = "other"
        record.disks[1].numaNode = 1
        record.disks[0].behaviour = DiskBehaviourRecord(like: "ssd", words: "behaves like ssd", figures: "random read 95.0 µs")
        record.disks[1].behaviour = DiskBehaviourRecord(like: nil, words: "between ssd and nvme", figures: "random read 95.0 µs")
        #expect(try validated([text(record, complete: true)]) == ["ok"])
    }

    @Test func `results of version 1 fit their own schema, and the present one once they are brought up to date`() throws {
        let stored = try ["run-1-first", "run-1-calibrated"].map { try String(contentsOfFile: repositoryFile("Tests/Golden/results/\($0).json"), encoding: .utf8) }
        #expect(try validated(stored, schema: "run-1") == ["ok", "ok"])
        let migrated = try stored.map { try text(try RecordCoding.record(Data($0.utf8), at: "golden").record, complete: true) }
        #expect(try validated(migrated) == ["ok", "ok"])
        #expect(try validated(stored).allSatisfy { $0 != "ok" })
    }

    @Test func `what the schema does not name, what it misses and a figure with two truths are caught`() throws {
        let good = try text(Sample.finished(), complete: true)
        let planted = [
            good.replacing("\"complete\" : true", with: "\"complete\" : true, \"extra\" : 1"),
            good.replacing("\"shortID\" : \"7f3a9c\"", with: "\"shortID\" : \"seven\""),
            good.replacing("\"durable\" : {", with: "\"durable\" : {\"unavailable\" : \"and yet\","),
            good.replacing("\"complete\" : true", with: "\"completed\" : true"),
            good.replacing("\"sha256\"", with: "\"sha512\""),
            good.replacing("\"digests\"", with: "\"digest\""),
        ]
        #expect(planted.allSatisfy { $0 != good })
        #expect(try validated(planted).allSatisfy { $0 != "ok" })
    }
}
