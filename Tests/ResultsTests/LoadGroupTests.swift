// Several groups in one load: a row each, their own times, and no figure of all that would be one of none.
import Foundation
import Measurement
@testable import Results
import Testing

/// The load of `Sample.groups()` as a reader of the terminal sees it. Change it on purpose only.
private let goldenLoad = """
    LOAD mixed loop       asked rec/s  acknowledged rec/s   MB/s  consumed rec/s
      small, open loop          5,000               4,990  0.499               –
            records of 64 to 136 bytes, 100.0 on average
      bulk, max loop                –              19,800   81.5               –
            compressed 2.00 to 1: 41.0 MB/s sent and stored
      live, tail                    –                   –   82.0          24,790
      archive, slow                 –                   –   3.31           1,000
            119,950 records behind at the end
      all: steady, 5.0 s            –              24,790   82.0          25,590
                                    small response                         small service
      p50     ≤ 350 µs (machine floor, 4 episodes)  ≤ 350 µs (machine floor, 4 episodes)
      p90      ≤ 470 µs (machine floor, 1 episode)   ≤ 470 µs (machine floor, 1 episode)
      p99      ≤ 497 µs (machine floor, 1 episode)   ≤ 497 µs (machine floor, 1 episode)
      p99.9                     n/a (6000 samples)                    n/a (6000 samples)
      p99.99                    n/a (6000 samples)                    n/a (6000 samples)
      max                                   500 µs                                500 µs
                          bulk response (max loop)                          bulk service
      p50     ≤ 350 µs (machine floor, 4 episodes)  ≤ 350 µs (machine floor, 4 episodes)
      p90      ≤ 470 µs (machine floor, 1 episode)   ≤ 470 µs (machine floor, 1 episode)
      p99                       n/a (3000 samples)                    n/a (3000 samples)
      p99.9                     n/a (3000 samples)                    n/a (3000 samples)
      p99.99                    n/a (3000 samples)                    n/a (3000 samples)
      max                                   500 µs                                500 µs
                                   live end-to-end      timer overshoot
      p50     ≤ 350 µs (machine floor, 4 episodes)  350 µs (4 episodes)
      p90      ≤ 470 µs (machine floor, 1 episode)   470 µs (1 episode)
      p99                       n/a (4000 samples)   n/a (3000 samples)
      p99.9                     n/a (4000 samples)   n/a (3000 samples)
      p99.99                    n/a (4000 samples)   n/a (3000 samples)
      max                                   500 µs               500 µs
    """

@Suite struct LoadGroupTests {
    @Test func `a group that did not keep up makes no latency claim, and the others keep theirs`() {
        var record = Sample.groups {
            $0.groups![0].reasons = [Verdict.Reason(rule: "keptUp", outcome: .saturated, phase: "steady, small", text: "it did not")]
        }
        record.verdict = Verdict(reasons: record.phases[0].groups![0].reasons)
        let lines = LoadSection(load: LoadReading(record), isSaturated: true).full(100)
        #expect(lines.contains { $0.contains("saturated: no latency claim") })
        #expect(!lines.contains { $0.contains("small response") } && lines.contains { $0.contains("bulk response (max loop)") })
    }

    @Test func `a broken rule names the group it is of`() {
        var facts = VerdictFacts(phase: "steady", load: .openLoop)
        facts.group = "bulk"
        facts.unexpectedErrors = ["NOT_LEADER_OR_FOLLOWER": 2]
        #expect(Verdict.judge(facts).reasons.map(\.phase) == ["steady, bulk"])
    }

    @Test func `the load prints as the golden section`() {
        let text = LoadSection(load: LoadReading(Sample.groups()), isSaturated: false).full(96).joined(separator: "\n")
        #expect(text == goldenLoad, "printed:\n\(text)")
    }

    @Test(arguments: [80, 96, 120])
    func `no line of it is wider than the screen`(width: Int) {
        #expect(ResultTable.text(Sample.groups(), .full, width: width).split(separator: "\n").filter { $0.count > width } == [])
    }

    @Test func `the audit is told once, of all groups together`() {
        #expect(ResultTable.text(Sample.groups(), .full).contains("AUDIT     every record accounted for in steady\n"))
    }

    @Test func `each group's quantiles count its own requests`() throws {
        let groups = try #require(LoadReading(Sample.groups())).groups
        #expect(groups.map(\.name) == ["small", "bulk", "live", "archive"])
        #expect(groups[0].askedPerSecond == 5_000 && groups[1].askedPerSecond == nil && groups[1].acknowledgedPerSecond == 19_800)
        #expect(groups[2].consumedPerSecond == 24_790 && groups[2].behind == nil && groups[3].behind == 119_950)
        // In the four seconds between two looks at it, not in the schedule's five.
        #expect(groups[3].consumedPerSecond == 1_000)
        // 3,000 requests are too few for p99.9, whatever the whole has.
        #expect(groups[1].cell("response", 0.999)?.reading == .unavailable(samples: 3_000))
        #expect(groups[0].cell("response", 0.99)?.reading.nanoseconds != nil && groups[3].cell("end_to_end", 0.5) == nil)
    }

    @Test func `a record with groups fits the schema and reads back`() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let record = Sample.groups()
        let writer = try RunWriter(store: ResultStore(root: root), record: record)
        try writer.finish(record)
        let data = try Data(contentsOf: writer.directory.appendingPathComponent("run.json"))
        #expect(try validated([String(decoding: data, as: UTF8.self)]) == ["ok"])
        let read = try RecordCoding.record(data, at: "groups").record
        #expect(read.phases[0].groups == record.phases[0].groups && read.facts.map(\.group) == [nil, "small"])
    }

    @Test func `a matrix shows the times of each group, not of all together`() {
        let rows = [SweepTable.Row(values: ["1"], outcome: .measured(Sample.groups())), SweepTable.Row(values: ["2"], outcome: .failed("no disk"))]
        let lines = SweepTable.text(axes: ["producers.bulk.rate"], rows, width: 200).split(separator: "\n").map(String.init)
        #expect(lines[1].split(separator: " ") == ["rate", "loop", "rec/s", "MB/s", "small", "p50", "small", "p99", "bulk", "p50", "bulk", "p99", "broker", "ns/rec", "verdict"])
        #expect(lines[3].contains("FAILED: no disk"))
    }
}
