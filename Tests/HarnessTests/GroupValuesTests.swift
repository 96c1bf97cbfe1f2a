// From raw slices to judged values, and what a side's command line becomes.
import Gate
import Host
import Measurement
import Results
import Testing

@testable import Harness

@Suite struct GroupValuesTests {
    private let rate = ComparisonPlan(kind: .rate, metrics: [.p99, .cpu])
    private let max = ComparisonPlan(kind: .max, metrics: [.throughput, .cpu])

    /// Response times of 1, 2, … `requests` µs.
    private func slice(_ side: Side, requests: Int, records: UInt64 = 1_000, scale: Int64 = 1_000) -> SliceRecord {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 10)
        for n in 0..<requests { recorder.record(Int64(n + 1) * scale, at: UInt64(n)) }
        var slice = SliceRecord(side: side, startedNanoseconds: 0, seconds: 2.5)
        slice.records = records
        slice.requests = UInt64(requests)
        slice.response = recorder.snapshot()
        slice.brokerCPUNanoseconds = 5_000_000
        slice.windows = [100e6, 90e6, 300e6, 110e6, 105e6]
        slice.counters = ["syscalls": 50, "flushes": 0]
        return slice
    }

    @Test func `a quantile without fifty samples above it in a slice takes all slices of a side, and says nothing where ten groups would not hold them`() throws {
        func p99(_ counts: Int...) -> SliceValues? {
            GroupValues.quantile(zip([Side.base, .head, .head, .base], counts).map { slice($0, requests: $1) }, 0.99)
        }
        #expect(p99(5_000, 5_000, 5_000, 5_000)?.base.count == 2)
        let merged = try #require(p99(5_000, 4_999, 4_999, 5_000))
        #expect(merged.base.count == 1 && merged.head.count == 1, "both sides alike, though base had enough")
        #expect(abs(merged.base[0] - 4.95) < 0.01, "99 in 100 of 1 … 5000 µs")
        #expect(p99(1_000, 4_000, 1_000, 4_000) != nil, "5,000 together")
        #expect(p99(5_000, 250, 250, 5_000)?.head.count == 1, "500 of a build that batches ten times more: 5,000 in ten groups")
        #expect(p99(5_000, 249, 250, 5_000) == nil)
    }

    @Test func `throughput is the median of the windows, CPU is per record, a count that is not kept is left out`() {
        let slices = [slice(.head, requests: 1), slice(.base, requests: 1, records: 2_000)]
        let values = GroupValues.values(slices, max)
        #expect(values["throughput"] == SliceValues(base: [105], head: [105]))
        #expect(values["broker CPU"] == SliceValues(base: [2_500], head: [5_000]))
        #expect(values["syscalls"] == SliceValues(base: [0.025], head: [0.05]))
        #expect(values["flushes"] == SliceValues(base: [0], head: [0]) && values["log appends"] == nil && values["p99 ack"] == nil)
    }

    @Test func `a side whose CPU cannot be read has none, and a slice without records does not divide by them`() {
        var silent = slice(.head, requests: 1)
        silent.brokerCPUNanoseconds = nil
        #expect(GroupValues.values([slice(.base, requests: 1), silent], max)["broker CPU"] == nil)
        #expect(GroupValues.values([slice(.base, requests: 1), slice(.head, requests: 1, records: 0)], max)["broker CPU"] == nil)
    }

    @Test func `a quantile that a group cannot tell is shown and does not decide`() {
        let gated = GroupValues.metrics(rate, gatesQuantiles: true, spreads: ["syscalls": 0.001])
        #expect(gated.filter(\.decides).map(\.name) == ["p99 ack", "broker CPU", "syscalls"])
        let shown = GroupValues.metrics(rate, gatesQuantiles: false, spreads: [:])
        #expect(shown.filter(\.decides).map(\.name) == ["broker CPU"])
        #expect(shown.contains { $0.name == "p99 ack" && $0.role == .reported })
        #expect(GroupValues.metrics(max, gatesQuantiles: false, spreads: [:]).filter(\.decides).map(\.name) == ["throughput", "broker CPU"])
    }

    @Test func `a command gets its port and its directory, whatever stands in its name`() {
        let place = RunningContender.Place(port: 4242, dataDirectory: "/tmp/it's here", logDirectory: "/tmp")
        #expect(RunningContender.fill("run --port={port} --dir {dir}", place) == "exec run --port=4242 --dir '/tmp/it'\\''s here'")
        // What a shell has to do itself is left to it.
        for text in ["cd x; run {port}", "run {port} | tee log", "exec run {port}", "A=1 run {port}"] {
            #expect(RunningContender.fill(text, place) == text.replacing("{port}", with: "4242"))
        }
    }

    @Test func `free ports are different and free`() throws {
        let ports = try FreePorts.take(3)
        #expect(Set(ports).count == 3 && !ports.contains(0))
        #expect(ListeningProcess.pids(port: ports[0]) == [])
    }

    @Test func `the probe takes its time and sees the machine at about the same speed twice`() {
        let (first, second) = (MachineProbe.take(nanoseconds: 50_000_000), MachineProbe.take(nanoseconds: 50_000_000))
        #expect(first.nanosecondsPerOperation > 0)
        #expect((0.2...5).contains(second.nanosecondsPerOperation / first.nanosecondsPerOperation))
    }
}
