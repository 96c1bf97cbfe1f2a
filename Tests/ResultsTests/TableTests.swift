import Measurement
@testable import Results
import Testing

@Suite struct ResultTableTests {
    @Test func `a full record prints as the golden table`() {
        let text = ResultTable.text(Sample.finished(), .full)
        #expect(text == goldenTable, "printed:\n\(text)")
    }

    @Test func `a modelled machine says so above every figure, on one screen too`() {
        var record = Sample.finished()
        record.environment.hard["modelled"] = "lab-vm; 7200 rpm"
        for style in [ResultTable.text(record, .full), ResultTable.text(record, .oneScreen(inFull: "x"))] {
            #expect(style.split(separator: "\n").prefix(6).contains("MODELLED, no figure of hardware: lab-vm; 7200 rpm"))
        }
    }

    @Test(arguments: [80, 96, 120])
    func `no line is wider than the screen`(width: Int) {
        let lines = ResultTable.text(Sample.finished(), .full, width: width).split(separator: "\n")
        #expect(lines.filter { $0.count > width } == [])
    }

    @Test func `a run that was cut off says so and keeps its sections`() {
        let text = ResultTable.text(Sample.start(), .full)
        #expect(text.contains("VERDICT   none: the run ended before its end (run.json is marked incomplete)"))
        for name in ["APPEND THROUGHPUT", "PAGE-CACHE HIT RATE", "ZERO-COPY", "LATENCY"] { #expect(text.contains("\(name)   not measured")) }
        #expect(text.contains("AUDIT     none"))
    }

    @Test func `an invalid run names every broken rule and the phase`() {
        var record = Sample.finished()
        record.facts[0].stealFraction = 0.12
        record.facts[0].audit = .failed(["partition 0: sequence 7 is missing"])
        record.verdict = Verdict.judge(record.facts)
        let text = ResultTable.text(record, .full)
        #expect(text.contains("VERDICT   INVALID: the generator or the machine spoiled it; not to be compared\n"))
        #expect(text.contains("· steady: audit failed: partition 0: sequence 7 is missing\n"))
        #expect(text.contains("· steady: the hypervisor took 12 % of the CPUs (5 % allowed)\n"))
        #expect(text.contains("AUDIT     FAILED in steady"))
    }

    @Test func `a saturated run makes no latency claim`() {
        var record = Sample.finished()
        (record.facts[0].handedOverEvents, record.facts[0].acknowledgedEvents) = (1_000, 500)
        record.verdict = Verdict.judge(record.facts)
        let text = ResultTable.text(record, .full)
        #expect(text.contains("VERDICT   SATURATED: the load came on time, the broker did not keep up; no latency claim\n"))
        #expect(text.contains("acknowledged 50 % of what it was handed in time (99 % needed)"))
    }

    @Test func `placements that do not fit side by side continue below`() {
        var record = Sample.finished()
        record.headlines.latency!.rows += record.headlines.latency!.rows
        let lines = ResultTable.text(record, .full).split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("  p99.9 ") } == 2)
        #expect(lines.allSatisfy { $0.count <= 96 })
    }

    @Test func `each reason is given once, in the order of its marks`() {
        var reasons = Reasons()
        let marks = ["a", "b", "a"].map { reasons.cell(.unavailable("m", unit: "x", polarity: .neutral, reason: $0)) }
        #expect(marks == ["n/a¹", "n/a²", "n/a¹"])
        #expect(reasons.lines(80) == ["  ¹ a", "  ² b"])
    }

    @Test(arguments: [
        (0, "%", "0.0"), (99.96, "%", "100.0"), (1_234_567, "count", "1,234,567"), (1_902, "MB/s", "1,902"),
        (536_870_912, "bytes", "512 MiB"), (0.05031, "CPU-s/GB", "0.0503"),
    ] as [(Double, String, String)])
    func `figures have the digits they deserve`(value: Double, unit: String, text: String) { #expect(figure(value, unit: unit) == text) }
}
