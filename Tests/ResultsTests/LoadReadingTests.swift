import Measurement
@testable import Results
import Testing

/// A run of nothing but its own load: 5,000 records/s asked for, 20 ms a request, five seconds.
private func loadRun(_ change: (inout PhaseRecord) -> Void = { _ in }) -> RunRecord {
    var record = Sample.start()
    var phase = Sample.steadyPhase()
    phase.counters = [
        "scheduled_records": 25_000, "acknowledged_records": 24_950, "acknowledged_bytes": 25_548_800, "acknowledged_requests": 3_000, "consumed_records": 24_900,
        "polls": 400,
    ]
    phase.histograms["end_to_end"] = Sample.histogram()
    phase.histograms["schedule_lag"] = LatencyHistogram()
    phase.notes = ["open loop"]
    change(&phase)
    record.phases = [phase]
    record.facts = [VerdictFacts(phase: "steady", load: .openLoop)]
    record.complete = true
    return record
}

@Suite struct LoadReadingTests {
    @Test func `a load that was cut off, or a headline's, is no load to print`() {
        #expect(LoadReading(loadRun { ($0.complete, $0.endedNanoseconds) = (false, $0.startedNanoseconds) }) == nil)
        #expect(LoadReading(loadRun { $0.name = "append steady" }) == nil)
        #expect(LoadReading(loadRun { $0.counters = [:] }) == nil)
        #expect(LoadReading(Sample.start()) == nil)
    }

    @Test func `rates are counts over the whole phase`() throws {
        let load = try #require(LoadReading(loadRun()))
        #expect(load.askedPerSecond == 5_000 && load.acknowledgedPerSecond == 4_990 && load.consumedPerSecond == 4_980)
        #expect(load.megabytesPerSecond == 5.10976)
        // The costs are read a moment later than the load ends.
        let exact = try #require(LoadReading(loadRun { $0.counters["load_nanoseconds"] = 4_990_000_000 }))
        #expect(exact.acknowledgedPerSecond == 5_000)
    }

    @Test func `late records are told with their share of the schedule, and those that found a queue full`() {
        func line(_ change: (inout PhaseRecord) -> Void) -> String? {
            ResultTable.text(loadRun(change), .full).split(separator: "\n").first { $0.contains("late: ") }.map(String.init)
        }
        #expect(line { $0.counters.merge(["late_records": 500, "beyond_queue_records": 400]) { $1 } }
            == "  late: 500 records, 2.00 % of the schedule; 400 of them found a lane's queue full")
        #expect(line { $0.counters["late_records"] = 25 } == "  late: 25 records, 0.10 % of the schedule")
        #expect(line {
            $0.notes = ["mixed loop"]
            $0.counters["late_records"] = 25
        } == "  late: 25 records")
        #expect(line { $0.counters["late_records"] = 0 } == nil)
    }

    @Test func `a tail is held back by the polls that carry it, not by the records in them`() throws {
        let load = try #require(LoadReading(loadRun()))
        // 400 polls are too few for 50 above p99; 3,000 requests are too few for p99.9.
        #expect(load.cell("end_to_end", 0.99)?.reading == .unavailable(samples: 400))
        #expect(load.cell("response", 0.999)?.reading == .unavailable(samples: 3_000))
        #expect(load.cell("end_to_end", 0.5)?.reading.nanoseconds != nil)
    }

    @Test func `what was done to the broker stands in the table, with how long it was away`() {
        let start = Sample.steadyPhase().startedNanoseconds
        let text = ResultTable.text(loadRun { phase in
            phase.perturbations = ["kill", "churn", "dropCache"].map {
                PerturbationRecord(kind: $0, startedNanoseconds: start + 1_500_000_000, endedNanoseconds: start + 1_900_000_000)
            }
            phase.perturbations![0].restartedNanoseconds = start + 1_600_000_000
            phase.perturbations![1].connections = 1_234
        }, .full)
        #expect(text.contains("kill at 1.5 s for 400 ms (ready 300 ms after its start): "), "\(text)")
        #expect(text.contains("churn at 1.5 s for 400 ms (1,234 connections): ") && text.contains("dropCache at 1.5 s: "))
    }

    @Test func `the table of a load says what was asked, what came, and how long it took, and no headline that nobody asked for`() {
        let text = ResultTable.text(loadRun(), .full)
        #expect(text.contains("LOAD open loop   asked rec/s  acknowledged rec/s  MB/s  consumed rec/s"))
        #expect(text.contains("  steady, 5.0 s        5,000               4,990  5.11           4,980"))
        #expect(text.contains("response") && text.contains("end-to-end") && text.contains("timer overshoot"))
        #expect(!text.contains("not measured"))
    }

    @Test func `a closed loop is called closed where its times stand, and asks for nothing`() {
        let text = ResultTable.text(loadRun { $0.notes = ["closed loop"] }, .full)
        #expect(text.contains("LOAD closed loop") && text.contains("response (closed loop)"))
        let row = text.split(separator: "\n").first { $0.hasPrefix("  steady, ") }
        #expect(row?.split(separator: " ") == ["steady,", "5.0", "s", "–", "4,990", "5.11", "4,980"])
    }

    @Test func `a saturated load makes no latency claim`() {
        var record = loadRun()
        record.verdict = Verdict(reasons: [Verdict.Reason(rule: "keptUp", outcome: .saturated, phase: "steady", text: "it did not")])
        let text = ResultTable.text(record, .full)
        #expect(text.contains("  saturated: no latency claim") && !text.contains("p99"))
    }
}

@Suite struct SweepTableTests {
    @Test func `a matrix is a line a point, failed ones included, without columns that nobody fills`() {
        let rows = [
            SweepTable.Row(values: ["16KiB", "1"], outcome: .measured(loadRun())),
            SweepTable.Row(values: ["64KiB", "1"], outcome: .failed("the disk is full")),
        ]
        let lines = SweepTable.text(axes: ["producers.batchBytes", "topic.partitions"], rows).split(separator: "\n").map(String.init)
        #expect(lines[0] == "SWEEP  producers.batchBytes × topic.partitions, 2 points")
        #expect(lines[1].split(separator: " ") == ["batchBytes", "partitions", "rec/s", "MB/s", "p50", "p99", "broker", "ns/rec", "verdict"])
        #expect(lines[2].split(separator: " ").prefix(4) == ["16KiB", "1", "4,990", "5.11"] && lines[2].hasSuffix("7f3a9c"))
        #expect(lines[3].contains("FAILED: the disk is full"))
    }

    @Test func `a loop without a schedule is named, and so are a run that its generator held back and one that was interrupted`() {
        var closed = loadRun { $0.notes = ["closed loop"] }
        closed.verdict = Verdict(reasons: [])
        closed.metrics = [.measured(RunRecord.ceilingShareName, 0.81, unit: "ratio", polarity: .neutral)]
        var cut = loadRun { $0.complete = false }
        cut.complete = false
        let rows = [SweepTable.Row(values: ["1"], outcome: .measured(closed)), SweepTable.Row(values: ["2"], outcome: .measured(cut))]
        let lines = SweepTable.text(axes: ["producers.inFlight"], rows).split(separator: "\n").map(String.init)
        #expect(lines[1].split(separator: " ").prefix(3) == ["inFlight", "loop", "rec/s"])
        #expect(lines[2].split(separator: " ").prefix(2) == ["1", "closed"] && lines[2].hasSuffix("VALID 7f3a9c, client-bound"), "\(lines)")
        #expect(lines[3].split(separator: " ").prefix(2) == ["2", "open"] && lines[3].hasSuffix("INTERRUPTED 7f3a9c"), "\(lines)")
        closed.metrics = [.measured(RunRecord.ceilingShareName, 0.8, unit: "ratio", polarity: .neutral)]
        #expect(!closed.isClientBound)
    }

    @Test func `a matrix of heights has each of them and what held it back, as text and as Markdown`() {
        let rows = [SweepTable.Row(values: ["64KiB"], outcome: .measured(Sample.finished())), SweepTable.Row(values: ["1|2"], outcome: .failed("no\ndisk"))]
        let axes = ["headlines.append.batchBytes"]
        let lines = SweepTable.text(axes: axes, rows, width: 300).split(separator: "\n").map(String.init)
        for head in ["device MB/s", "engine MB/s", "engine limited by", "append MB/s", "limited by"] { #expect(lines[1].contains(head), "\(lines[1])") }
        for cell in ["1,902", "6,310", "page-cache copy and CRC", "2,480", "  cpu  "] { #expect(lines[2].contains(cell), "\(lines[2])") }
        let markdown = SweepTable.markdown(axes: axes, rows).split(separator: "\n").map(String.init)
        #expect(markdown.count == 5 && markdown[0] == "**SWEEP  headlines.append.batchBytes, 2 points**")
        #expect(markdown[1].contains("| engine limited by |") && markdown[2].contains("--:|---|") && markdown[3].contains("| page-cache copy and CRC | 2,480 | cpu |"))
        #expect(markdown[4].hasPrefix("| 1\\|2 |") && markdown[4].hasSuffix("FAILED: no disk |"))
    }
}
