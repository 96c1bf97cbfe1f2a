// A probe's file and a run made up for each other: every figure is known.
import Foundation
import Measurement
import Results

@testable import Harness

/// A broker that uses half a CPU while a load of ten seconds runs, and a fiftieth before and after it. The run's phase is from
/// `start` to `end` of its own monotonic clock.
struct ProbeSample {
    static let start: UInt64 = 1_000_000_000_000
    static let end: UInt64 = 1_010_000_000_000
    /// Wall clock less monotonic clock, of the run's machine.
    static let runOffset: UInt64 = 1_700_000_000_000_000_000
    /// How far the probe's monotonic clock is ahead of the run's; its wall clock is the run's.
    var ahead: UInt64 = 0
    var probeBoot = "b1"
    var clockError: UInt64? = 2_000_000
    /// Seconds before the phase and behind it that the probe covers.
    var before = 3.0, after = 3.0

    var header: ProbeHeader {
        ProbeHeader(
            id: "0123ab", startedAt: "2026-11-23T19:33:20Z", software: "tidemark 0.1.0", program: "java", probePID: 77,
            environment: EnvironmentRecord(hard: ["cpu_model": "a CPU"], runState: ["boot_hash": probeBoot]),
            disk: DiskRecord(
                name: "data directory", filesystem: "ext4", mountOptions: "rw", device: "vda", model: "unknown", transport: "virtio", diskClass: "virtual"))
    }

    /// CPU seconds used up to `time` of the run's clock, from the probe's start.
    func cpu(at time: UInt64) -> Double {
        let first = Double(Self.start) - before * 1e9
        func spent(_ from: Double, _ to: Double, _ rate: Double) -> Double { max(0, min(Double(time), to) - from) * rate }
        let (start, end) = (Double(Self.start), Double(Self.end))
        return (spent(first, start, 0.02) + spent(start, end, 0.5) + spent(end, .infinity, 0.02)) / 1e9
    }

    /// A reading every second, a mark every tenth of one; not in step with the phase.
    func lines(_ change: (Int, inout ProbeLine) -> Void = { _, _ in }) -> [ProbeLine] {
        let phaseShift: UInt64 = 370_000_000
        let first = Self.start - UInt64(before * 1e9) + phaseShift - 1_000_000_000
        let count = Int((before + 10 + after).rounded(.up)) + 2
        return (0..<count).map { n in
            var line = self.line(at: first + UInt64(n) * 1_000_000_000)
            change(n, &line)
            return line
        }
    }

    private func line(at time: UInt64) -> ProbeLine {
        let own = time + ahead
        func nanoseconds(_ time: UInt64) -> UInt64 { UInt64(cpu(at: time) * 1e9) }
        var process = ProcessTreeTotals(at: own)
        process.cpuNanoseconds = nanoseconds(time)
        (process.userTicks, process.systemTicks) = (time / 40_000_000, time / 40_000_000)
        (process.voluntarySwitches, process.residentBytes, process.peakResidentBytes) = (time / 1_000_000, 1 << 30, 2 << 30)
        process.deviceReadBytes = time / 10_000
        let marks = (1...9).reversed().map { n in
            ProbeLine.Mark(time: own - UInt64(n) * 100_000_000, cpuNanoseconds: nanoseconds(time - UInt64(n) * 100_000_000))
        }
        var host = HostSample.take()
        host.time = own
        return ProbeLine(
            clocks: ClockPair(
                monotonicNanoseconds: own, realtimeNanoseconds: time + Self.runOffset, widthNanoseconds: 100, errorNanoseconds: clockError),
            process: process, marks: marks, placement: [.init(cpu: 1, threads: 3, onCPUSeconds: 0.5)], hottest: [], host: host,
            segments: SegmentReading(
                files: 4, bytes: 4_000, countedFiles: 4, countedBytes: 4_000, residentBytes: 3_000, dirtyBytes: 0, instrument: "cachestat"),
            segmentsUnavailable: nil, probeCPUNanoseconds: (time + 10_000_000_000 - Self.start) / 100)
    }

    /// A finished run of a broker of somebody else's: a million records, a GB in and two GB out.
    static func run(boot: String = "b1", clocks: Bool = true) -> RunRecord {
        var record = RunRecord(
            identity: RunIdentity(date: "2026-11-23", startedAt: "2026-11-23T19:33:28Z", profileName: "smoke", shortID: "7f3a9c"),
            software: Software(commit: "c", version: "v", broker: "external broker on another host, port 9092"),
            profile: ProfileRecord(name: "smoke", question: "Q?", tier: "quick", text: ""),
            environment: EnvironmentRecord(runState: ["boot_hash": boot]))
        record.complete = true
        if clocks {
            func pair(_ time: UInt64) -> ClockPair {
                ClockPair(monotonicNanoseconds: time, realtimeNanoseconds: time + runOffset, widthNanoseconds: 200, errorNanoseconds: 3_000_000)
            }
            record.clocks = RunClocks(start: pair(start - 5_000_000_000), end: pair(end + 5_000_000_000))
        }
        var phase = PhaseRecord(name: "steady", kind: "steady", startedNanoseconds: start, endedNanoseconds: end)
        phase.counters = ["window_acknowledged_records": 1_000_000, "window_acknowledged_bytes": 1_000_000_000, "window_consumed_bytes": 2_000_000_000]
        let missing = "the broker is not a process of this run"
        phase.costs = CostTable(
            phase: "steady", rows: CostRows(broker: nil, clients: 3, unattributed: 6, idle: 11, capacity: 20),
            metrics: CostFigures(recordsIn: 1_000_000, bytesIn: 1_000_000_000, bytesOut: 2_000_000_000, missing: missing).metrics())
        record.phases = [phase]
        return record
    }

    /// Writes the probe's file into a fresh directory, removed afterwards.
    func withFile<T>(_ lines: [ProbeLine]? = nil, tail: String = "", _ body: (String) throws -> T) throws -> T {
        let directory = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var text = try String(decoding: JSONEncoder().encode(header), as: UTF8.self) + "\n"
        for line in lines ?? self.lines() { text += try String(decoding: JSONEncoder().encode(line), as: UTF8.self) + "\n" }
        try (text + tail).write(toFile: directory + "/probe.ndjson", atomically: true, encoding: .utf8)
        return try body(directory + "/probe.ndjson")
    }
}
