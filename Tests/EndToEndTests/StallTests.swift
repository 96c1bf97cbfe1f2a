// A broker that stands still for 200 ms: an open loop shows it, a closed loop hides it.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct StallTests {
    static let stallSeconds = 0.2
    static let steadySeconds = 5.0
    static let recordsPerSecond = 2000.0

    /// Runs smoke with one stall of the broker in its steady phase.
    private func stalled(_ settings: [String]) throws -> (record: RunRecord, steady: PhaseRecord, printed: String, stall: Double) {
        let run = try Harnessed("smoke", settings: ["phases.steady=5s", "producers.arrivals=fixed"] + settings)
        defer { run.remove() }
        try run.wait(for: "] steady")
        usleep(700_000)
        let broker = try run.broker()
        let stopped = DispatchTime.now().uptimeNanoseconds
        kill(broker, SIGSTOP)
        usleep(UInt32(Self.stallSeconds * 1e6))
        kill(broker, SIGCONT)
        let stall = Double(DispatchTime.now().uptimeNanoseconds - stopped) / 1e9
        _ = run.finish()
        let record = try run.record()
        return (record, try record.phase("steady"), run.printed, stall)
    }

    /// Whether the machine kept others waiting too: in a second that the stall is not in, or those who send, whom a broker that stands
    /// still does not hold up.
    private func stoodStillByItself(_ steady: PhaseRecord) -> Bool {
        (steady.histograms["schedule_lag"]?.maximumNanoseconds ?? 0) > 8_000_000
            || steady.series.contains { $0.second >= 2 && ($0.responseMaximumNanoseconds ?? 0) > 25_000_000 }
    }

    @Test func `in an open loop p99_9 is the stall less its thousandth part of the phase, and every affected record shows`() throws {
        var (_, steady, printed, stall) = try stalled(["producers.rate=2000"])
        for _ in 0..<2 where stoodStillByItself(steady) { (_, steady, printed, stall) = try stalled(["producers.rate=2000"]) }
        let response = try #require(steady.histograms["response"])
        // Uniform arrivals: latencies fall evenly from `stall` to nothing, and 1 record in 1000 of the phase
        // was intended in its first T/1000.
        let expected = stall - Self.steadySeconds / 1000
        let measured = Double(response.value(at: 0.999) ?? 0) / 1e9
        #expect(abs(measured - expected) <= 0.010, "p99.9 \(measured) s, expected \(expected) s\n\(printed)")
        // Those intended in the last 25 ms of the stall waited less than that and are added by count: a busy
        // machine makes a few others wait some milliseconds too.
        let floor = 0.025
        let affected = Double(response.count(from: UInt64(floor * 1e9))) + floor * Self.recordsPerSecond
        let wanted = Self.recordsPerSecond * stall
        #expect(abs(affected - wanted) <= 0.03 * wanted, "\(affected) records affected, \(wanted) expected")
    }

    @Test func `a closed loop hides the same stall`() throws {
        let (_, steady, printed, _) = try stalled(["producers={count: 1, mode: closed, inFlight: 1, recordBytes: 512, batchBytes: 1KiB}"])
        let response = try #require(steady.histograms["response"])
        let p999 = Double(response.value(at: 0.999) ?? 0) / 1e9
        #expect(p999 < 0.05, "closed loop p99.9 \(p999) s\n\(printed)")
        #expect((response.maximumNanoseconds ?? 0) > 150_000_000, "the stall is there, in the maximum only")
        #expect(steady.notes.contains("closed loop"))
    }
}
