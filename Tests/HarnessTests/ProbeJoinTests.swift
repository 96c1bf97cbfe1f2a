// Known readings joined with a known run: the figures come out, and what cannot be joined is refused with its reason.
import Foundation
import Measurement
import Results
import Testing

@testable import Harness

@Suite struct ProbeJoinTests {
    private func joined(_ sample: ProbeSample, _ run: RunRecord = ProbeSample.run(), _ lines: [ProbeLine]? = nil, clockError: UInt64? = nil) throws -> RunRecord {
        try sample.withFile(lines) { path in
            var record = run
            try ProbeJoin.join(path, with: &record, clockError: clockError)
            return record
        }
    }

    private func refusal(_ sample: ProbeSample, _ run: RunRecord = ProbeSample.run(), _ lines: [ProbeLine]? = nil, clockError: UInt64? = nil) throws -> String {
        do {
            _ = try joined(sample, run, lines, clockError: clockError)
        } catch let error as ProbeError {
            return "\(error)"
        }
        Issue.record("it was joined")
        return ""
    }

    private func metric(_ record: RunRecord, _ name: String) throws -> Metric {
        try #require(record.phases[0].costs?.metrics.first { $0.name == name }, "\(name)")
    }

    private func value(_ record: RunRecord, _ name: String) throws -> Double { try #require(try metric(record, name).value, "\(name)") }

    @Test func `on one machine the figures that were n a are those of the phase, labelled and with their doubt`() throws {
        let record = try joined(ProbeSample())
        // 5 CPU seconds for a million records, a GB in and two GB out.
        let cpu = try #require(record.probes?.first?.phases.first)
        #expect(abs(cpu.cpuSeconds - 5) < 0.03, "\(cpu)")
        #expect(cpu.cpuUncertaintyShare > 0 && cpu.cpuUncertaintyShare < 0.03, "marks are a tenth of a second apart: \(cpu)")
        #expect(try abs(value(record, "cpu_ns_per_record") - 5_000) < 30)
        #expect(try abs(value(record, "cpu_s_per_gb_in") - 5) < 0.03)
        #expect(try abs(value(record, "cpu_s_per_gb_out") - 2.5) < 0.015)
        #expect(try metric(record, "cpu_ns_per_record").note?.hasPrefix("probe; ± ") == true)
        #expect(try metric(record, "rss_peak").value == Double(2 << 30))
        #expect(try metric(record, "syscalls").value == nil, "a probe does not see them")
        #expect(try metric(record, "segments_resident").value == 75)
        // A tenth of a MB a second: 1 MB of 2,000 came from the device.
        #expect(try abs(value(record, "hit_rate_by_process") - 99.95) < 0.01)
        #expect(record.probes?.first?.clock == .sameBoot && record.probes?.first?.clockUncertaintyNanoseconds == 0)
        #expect(abs((record.probes?.first?.phases.first?.cpuSecondsByCPU["1"] ?? 0) - 5) < 0.6)
        let rows = try #require(record.phases[0].costs?.rows)
        #expect(abs(rows.broker! - 5) < 0.03 && abs(rows.unattributed - 1) < 0.03, "what nobody accounted for was the broker")
        #expect(record.notes.contains { $0.contains("java was read beside it by probe 0123ab; one machine, one clock") })
    }

    @Test func `of two machines the wall clocks are laid beside each other, and what they may be apart is said`() throws {
        let sample = ProbeSample(ahead: 777_000_000_000, probeBoot: "b2")
        let record = try joined(sample)
        let probe = try #require(record.probes?.first)
        #expect(probe.clock == .wallClocks)
        #expect(probe.clockUncertaintyNanoseconds == 5_000_200, "3 ms here, 2 ms there, and the widest reading of both clocks")
        #expect(abs(probe.phases[0].cpuSeconds - 5) < 0.03)
        #expect(probe.phases[0].cpuUncertaintyShare > 0)
        #expect(record.phases[0].costs?.rows.broker == nil, "its CPU is not this machine's")
        #expect(record.notes.contains { $0.contains("wall clocks of two machines, at most 5.00 ms apart") })
        // What somebody measured goes before what the kernels say.
        #expect(try joined(sample, clockError: 40_000_000).probes?.first?.clockUncertaintyNanoseconds == 40_000_200)
    }

    @Test func `clocks that nobody keeps in step, or that may be too far apart, refuse`() throws {
        let loose = ProbeSample(ahead: 5, probeBoot: "b2", clockError: nil)
        #expect(try refusal(loose).contains("--clock-error"))
        #expect(try joined(loose, clockError: 10_000_000).probes?.count == 1)
        let apart = ProbeSample(probeBoot: "b2", clockError: 600_000_000)
        #expect(try refusal(apart).contains("603 ms apart, more than 5 % of the phase ‘steady’ (10.0 s)"))
        #expect(try refusal(ProbeSample(probeBoot: "b2"), ProbeSample.run(clocks: false)).contains("older tidemark"))
        let set = ProbeSample(probeBoot: "b2").lines { n, line in if n > 8 { line.clocks.realtimeNanoseconds += 300_000_000 } }
        #expect(try refusal(ProbeSample(probeBoot: "b2"), ProbeSample.run(), set).contains("was set by 300 ms"))
    }

    @Test func `times that do not overlap refuse, and say by how much`() throws {
        let all = ProbeSample().lines()
        func keeping(_ range: (UInt64) -> Bool) -> [ProbeLine] { all.filter { range($0.process.time) } }
        #expect(try refusal(ProbeSample(), ProbeSample.run(), keeping { $0 < ProbeSample.start - 500_000_000 }).contains("s before the phase began"))
        #expect(try refusal(ProbeSample(), ProbeSample.run(), keeping { $0 > ProbeSample.end }).contains("after the phase had ended"))
        #expect(try refusal(ProbeSample(), ProbeSample.run(), keeping { $0 > ProbeSample.start }).contains("after the phase did"))
        #expect(try refusal(ProbeSample(), ProbeSample.run(), keeping { $0 < ProbeSample.end }).contains("before the phase did"))
        #expect(try refusal(ProbeSample(), ProbeSample.run(), keeping { $0 < ProbeSample.start || $0 > ProbeSample.end - 2_000_000_000 }).contains("lie between two of its readings"))
        #expect(try refusal(ProbeSample(), ProbeSample.run(), []).contains("no reading within a minute"))
    }

    @Test func `a run that lacks nothing, or cannot be divided by, is not joined`() throws {
        var whole = ProbeSample.run()
        whole.phases[0].costs?.broker = ProcessTreeTotals(at: 2) - ProcessTreeTotals(at: 1)
        #expect(try refusal(ProbeSample(), whole).contains("the run read its broker's process itself"))
        #expect(try refusal(ProbeSample(), joined(ProbeSample())).contains("probe 0123ab was joined already"))
        var old = ProbeSample.run()
        old.phases[0].counters = [:]
        #expect(try refusal(ProbeSample(), old).contains("older tidemark"))
        var empty = ProbeSample.run()
        empty.phases = []
        #expect(try refusal(ProbeSample(), empty).contains("nothing to lay a probe beside"))
    }

    @Test func `a file that is still being written covers a phase once a reading lies behind it`() throws {
        let record = ProbeSample.run()
        let all = ProbeSample().lines()
        let early = all.filter { $0.process.time < ProbeSample.end }
        #expect(try ProbeSample().withFile(early) { ProbeJoin.covers($0, record) } == false)
        #expect(try ProbeSample().withFile(all, tail: #"{"clocks": {"monoton"#) { ProbeJoin.covers($0, record) }, "a torn last line is left out")
    }

    @Test func `what is no probe's file is named`() throws {
        func refusal(_ text: String) throws -> String {
            let path = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: path) }
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            do {
                _ = try ProbeRecording.read(path: path)
            } catch {
                return "\(error)"
            }
            return "taken"
        }
        #expect(try refusal("").contains("it is empty"))
        #expect(try refusal("hello\n").contains("names no schema"))
        #expect(try refusal("{\"schema\": \"tidemark.probe\", \"version\": 9}\n").contains("of schema `tidemark.probe 9`"))
        let header = try String(decoding: JSONEncoder().encode(ProbeSample().header), as: UTF8.self) + "\n"
        #expect(try refusal(header) == "taken")
        #expect(try refusal(header + "{}\n").contains("line 2: it is no reading"))
        let line = try String(decoding: JSONEncoder().encode(ProbeSample().lines()[0]), as: UTF8.self) + "\n"
        #expect(try refusal(header + line + line).contains("line 3: its time is not behind the one before"))
        #expect(throws: ProbeError.self) { try ProbeRecording.header(of: "/nowhere/probe") }
    }
}
