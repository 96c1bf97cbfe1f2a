// What a run can be bound by, measured before it and again after it.
import Foundation
import Measurement
import Results
import Testing
import Topology

@testable import Harness

@Suite(.serialized) struct CalibrationTests {
    private func metric(_ name: String, _ value: Double?) -> Metric {
        value.map { .measured(name, $0, unit: "GB/s", polarity: .higherIsBetter) }
            ?? .unavailable(name, unit: "GB/s", polarity: .higherIsBetter, reason: "no O_DIRECT here")
    }

    private func reading(_ values: [String: Double], slices: [String: [Double]] = [:]) -> CalibrationReading {
        CalibrationReading(tier: "quick", metrics: values.sorted { $0.key < $1.key }.map { metric($0.key, $0.value) }, slices: slices)
    }

    @Test func `shares are taken of the faster way to write, and of what was measured only`() {
        let rates = CalibratedRates([metric("write_direct", 1.9), metric("write_buffered", 2.1), metric("tcp_stream", 7.4)])
        #expect(rates.writeBytesPerSecond == 2.1e9 && rates.streamBytesPerSecond == 7.4e9)
        #expect(rates.item(of: .disk) == "write_direct" && rates.item(of: .network) == "tcp_stream")
        #expect(rates.item(of: .cpu) == nil && rates.item(of: .offeredLoad) == nil && rates.item(of: nil) == nil)
        let other = CalibratedRates([metric("write_direct", nil), metric("write_buffered", 0.99), metric("crc_varint_one_core", 20)])
        #expect(other.writeBytesPerSecond == 0.99e9 && other.streamBytesPerSecond == nil)
        #expect(other.item(of: .disk) == "write_buffered" && other.item(of: .cpu) == "crc_varint_one_core" && other.item(of: .client) == "crc_varint_one_core")
    }

    @Test func `only the binding item's drift counts, and the noisier of two readings says what is noise`() {
        var before = CalibrationRecord(before: [metric("tcp_stream", 10), metric("write_direct", 2), metric("memcpy_64mib", 20)])
        before.beforeSlices = ["tcp_stream": [10, 10, 10], "write_direct": [1.9, 2, 2.1]]
        let after = reading(
            ["tcp_stream": 8, "write_direct": 1, "new_item": 3], slices: ["tcp_stream": [8, 8, 8], "write_direct": [1, 1, 0.6]])
        let drifts = CalibrationAfter.drifts(before, after, binding: "tcp_stream")
        #expect(drifts.map(\.resource) == ["tcp_stream", "write_direct"])
        #expect(drifts.map(\.binding) == [true, false])
        #expect(drifts[0].sliceSpread == 0 && abs(drifts[1].sliceSpread! - 0.4) < 1e-9)
        #expect(drifts[0].isExcessive && !drifts[1].isExcessive)
    }

    /// A run that was bound as `limiter` says, after a calibration of three items that all came to 10 GB/s, with these readings
    /// afterwards.
    private func run(_ limiter: LimiterFinding?, tier: String = "quick", after readings: [CalibrationReading]) throws -> (RunOutcome, asked: [[String]]) {
        let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        var options = RunOptions()
        options.dataDirectory = base + "/data"
        options.resultsDirectory = base + "/results"
        options.external = HostPort("127.0.0.1:1")
        let text = """
            question: q
            name: calibrated
            tier: \(tier)
            producers: {mode: max}
            headlines: {placement: {cells: [unpinned]}}
            """
        var asked: [[String]] = []
        let part = Part { context in
            var facts = VerdictFacts(phase: "load", load: .maxRate)
            facts.audit = .passed
            context.record.facts = [facts]
            context.record.limiter = limiter
            context.record.calibration.before = [metric("crc_varint_one_core", 10), metric("tcp_stream", 10), metric("write_direct", 10)]
            context.record.calibration.beforeSlices = ["crc_varint_one_core": [10, 10, 10], "tcp_stream": [9.5, 10, 10]]
            try CalibrationAfter(context) { items in
                asked.append(items)
                return readings[asked.count - 1]
            }.run()
        }
        let outcome = try Run.perform(
            try Profile.parse(text, path: "calibrated.yaml"), options, interruption: TestInterruption.shared,
            progress: ProgressLine(style: .silent), measurements: [part], makeFleet: { _, _, _ in FakeFleet([]) })
        return (outcome, asked)
    }

    private func bound(_ limiter: Limiter, nearest: Limiter? = nil) -> LimiterFinding {
        var finding = LimiterFinding(limiter: limiter, nearest: nearest, share: 0.9, text: "\(limiter)")
        finding.phase = "load"
        return finding
    }

    @Test func `a run whose binding resource drifted is invalid, after a second reading that says the same`() throws {
        let slow = reading(["crc_varint_one_core": 8.9], slices: ["crc_varint_one_core": [8.9, 8.9, 8.9]])
        let (outcome, asked) = try run(bound(.cpu), after: [slow, slow])
        #expect(asked == [["crc_varint_one_core"], ["crc_varint_one_core"]])
        #expect(outcome.verdict.reasons.map(\.rule) == ["calibrationDrift"] && outcome.isInvalid)
        #expect(outcome.verdict.reasons.first?.phase == "load")
        #expect(outcome.record.calibration.drift.count == 1 && outcome.record.calibration.after.count == 1)
    }

    @Test func `a reading that a moment disturbed is taken again, and the nearer one counts`() throws {
        let (outcome, asked) = try run(bound(.client), after: [reading(["crc_varint_one_core": 5]), reading(["crc_varint_one_core": 9.9])])
        #expect(asked.count == 2 && !outcome.isInvalid)
        #expect(outcome.record.calibration.drift.first?.afterValue == 9.9)
        #expect(outcome.record.notes.contains { $0.contains("read twice") })
    }

    @Test func `just within the bounds, or within three times the spread of the slices, nothing is said`() throws {
        let (outcome, asked) = try run(bound(.cpu), after: [reading(["crc_varint_one_core": 9.1])])
        #expect(asked.count == 1 && outcome.verdict == Verdict(reasons: []))
        // The slices before spread by 5 % of their median.
        #expect(try run(bound(.network), after: [reading(["tcp_stream": 8.6])]).0.verdict == Verdict(reasons: []))
        #expect(try run(bound(.network), after: [reading(["tcp_stream": 8.4]), reading(["tcp_stream": 8.4])]).0.isInvalid)
    }

    @Test func `where nothing bound the run the nearest resource is read and cannot spoil it`() throws {
        let (outcome, asked) = try run(bound(.offeredLoad, nearest: .network), after: [reading(["tcp_stream": 1])])
        #expect(asked == [["tcp_stream"]])
        #expect(outcome.record.calibration.drift.map(\.binding) == [false])
        #expect(outcome.record.facts[0].calibrationDrift == [] && outcome.verdict == Verdict(reasons: []))
        #expect(try run(nil, after: []).asked == [])
    }

    @Test func `the full tier reads everything again, and only what bound the run can spoil it`() throws {
        let after = reading(["crc_varint_one_core": 10, "tcp_stream": 5, "write_direct": 10])
        let (outcome, asked) = try run(bound(.disk), tier: "full", after: [after])
        #expect(asked == [[]])
        #expect(outcome.record.calibration.drift.map(\.binding) == [false, false, true])
        #expect(outcome.verdict == Verdict(reasons: []))
    }
}
