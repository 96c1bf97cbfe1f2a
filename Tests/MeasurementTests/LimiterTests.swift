import Measurement
import Testing

/// One set of shares and the answer they must give.
private struct Row: CustomTestStringConvertible, Sendable {
    let limiter: Limiter
    let text: String
    let change: @Sendable (inout LimiterFacts) -> Void
    var testDescription: String { text }

    init(_ limiter: Limiter, _ text: String, _ change: @escaping @Sendable (inout LimiterFacts) -> Void) {
        (self.limiter, self.text, self.change) = (limiter, text, change)
    }
}

private let rows: [Row] = [
    Row(.disk, "disk (the device's calibrated write rate, 96 % used)") {
        ($0.deviceThroughputShare, $0.brokerHottestThreadShare, $0.clientHottestLaneShare) = (0.96, 0.9, 0.5)
    },
    Row(.disk, "disk (the device's time, 99 % used)") { ($0.deviceBusyFraction, $0.deviceThroughputShare) = (0.99, 0.1) },
    Row(.disk, "disk (response time spent waiting for the sync, 90 % used)") { $0.commitWaitShare = 0.9 },
    // One loop at its end, and a third of the machine idle.
    Row(.cpu, "cpu (one CPU, by the broker's busiest thread, 88 % used)") { ($0.brokerHottestThreadShare, $0.machineBusyFraction) = (0.88, 0.67) },
    Row(.cpu, "cpu (all CPUs together, 95 % used)") { ($0.machineBusyFraction, $0.brokerHottestThreadShare) = (0.95, 0.6) },
    Row(.network, "network (the calibrated loopback stream, 93 % used)") { ($0.networkThroughputShare, $0.machineBusyFraction) = (0.93, 0.9) },
    Row(.client, "client (one CPU, by the busiest client lane, 97 % used)") { ($0.clientHottestLaneShare, $0.brokerHottestThreadShare) = (0.97, 0.7) },
    // Above 80 % of its own ceiling a result is the generator's, whatever else is busy.
    Row(.client, "client (the generator's own ceiling, 81 % used)") { ($0.generatorCeilingShare, $0.brokerHottestThreadShare) = (0.81, 0.99) },
    Row(.cpu, "cpu (one CPU, by the broker's busiest thread, 99 % used)") { ($0.generatorCeilingShare, $0.brokerHottestThreadShare) = (0.80, 0.99) },
    // Nothing at its end: the nearest is named as what it is.
    Row(.cpu, "most likely cpu (all CPUs together, 67 % used; nothing reached 80 %)") {
        ($0.machineBusyFraction, $0.deviceThroughputShare, $0.generatorCeilingShare) = (0.67, 0.27, 0.42)
    },
    Row(.client, "most likely client (the generator's own ceiling, 70 % used; nothing reached 80 %)") { ($0.generatorCeilingShare, $0.machineBusyFraction) = (0.7, 0.5) },
    Row(.unknown, "unknown; nearest: disk (the device's time, 49 % used)") { ($0.deviceBusyFraction, $0.machineBusyFraction) = (0.49, 0.3) },
    Row(.unknown, "unknown: nothing was measured") { _ in },
]

@Suite struct LimiterTests {
    private func facts(_ load: LoadKind = .maxRate, _ change: (inout LimiterFacts) -> Void) -> LimiterFacts {
        var facts = LimiterFacts(load: load)
        change(&facts)
        return facts
    }

    @Test(arguments: rows)
    private func `each answer names the nearest resource and its share`(row: Row) {
        let finding = LimiterFinding.find(facts(.maxRate, row.change))
        #expect(finding.limiter == row.limiter)
        #expect(finding.text == row.text)
    }

    @Test func `on equal shares the broker's side wins over the client's`() {
        #expect(LimiterFinding.find(facts { ($0.clientHottestLaneShare, $0.brokerHottestThreadShare) = (0.95, 0.95) }).limiter == .cpu)
    }

    @Test func `the bounds of certain and of likely hold to the last digit`() {
        #expect(LimiterFinding.find(facts { $0.deviceBusyFraction = 0.80 }).text == "disk (the device's time, 80 % used)")
        #expect(LimiterFinding.find(facts { $0.deviceBusyFraction = 0.799 }).text.hasPrefix("most likely disk"))
        #expect(LimiterFinding.find(facts { $0.deviceBusyFraction = 0.50 }).limiter == .disk)
        let unknown = LimiterFinding.find(facts { $0.deviceBusyFraction = 0.499 })
        #expect(unknown.limiter == .unknown && unknown.nearest == .disk && unknown.share == 0.499)
    }

    @Test func `a schedule that was met limited itself`() {
        let met = LimiterFinding.find(facts(.openLoop) { ($0.scheduleMet, $0.deviceBusyFraction) = (true, 0.41) })
        #expect(met.limiter == .offeredLoad && met.nearest == .disk)
        #expect(met.text == "none: the schedule was met; nearest: disk (the device's time, 41 % used)")
        #expect(LimiterFinding.find(facts(.openLoop) { ($0.scheduleMet, $0.deviceBusyFraction) = (false, 0.97) }).limiter == .disk)
    }
}

@Suite struct CalibrationDriftTests {
    @Test func `the spread of slices is their range over their median, and one slice has none`() {
        #expect(CalibrationDrift.spread(of: []) == nil && CalibrationDrift.spread(of: [3]) == nil)
        #expect(CalibrationDrift.spread(of: [0, 0, 0]) == nil)
        let spread = CalibrationDrift.spread(of: [10, 9, 11, 10.5, 10])
        #expect(abs((spread ?? 0) - 0.2) < 1e-12)
    }
}
