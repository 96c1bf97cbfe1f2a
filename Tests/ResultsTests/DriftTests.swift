// Whether a long phase crept, from its seconds alone.
import Foundation
import Measurement
import Testing

@testable import Results

@Suite struct DriftTests {
    /// - Parameter second: records, response p99 in ns, CPU in ns and resident bytes of a second.
    private func phase(_ seconds: Int, _ second: (Int, inout SeededRandom) -> (records: Double, p99: Double, cpu: Double, resident: Double)) -> PhaseRecord {
        var random = SeededRandom(seed: 11)
        let series = (0..<seconds).map { n -> SecondRecord in
            let value = second(n, &random)
            return SecondRecord(
                second: n, records: UInt64(value.records), bytes: UInt64(value.records) * 1024, responseP99Nanoseconds: UInt64(value.p99),
                broker: BrokerSecond(cpuNanoseconds: UInt64(value.cpu), residentBytes: UInt64(value.resident)))
        }
        return PhaseRecord(
            name: "steady", kind: "steady", startedNanoseconds: 0, endedNanoseconds: UInt64(seconds) * 1_000_000_000, series: series)
    }

    private func noise(_ random: inout SeededRandom) -> Double { 0.9 + 0.2 * Double(random.next() >> 11) / Double(1 << 53) }

    @Test func `what creeps is found, with its size, and what does not is not`() throws {
        let phase = phase(600) { n, random in
            let share = Double(n) / 600
            return (20_000 * noise(&random), 400_000 * noise(&random) * (1 + 0.3 * share), 200_000_000 * noise(&random), 25e6 * (1 + share))
        }
        let drifts = phase.drifts
        #expect(drifts.map(\.figure) == [.records, .responseP99, .brokerCPU, .brokerMemory])
        #expect(drifts.filter(\.isDrift).map(\.figure) == [.responseP99, .brokerMemory])
        let latency = try #require(drifts.first { $0.figure == .responseP99 }).change
        #expect(latency.lower > 0.2 && latency.upper < 0.4 && latency.lower < latency.estimate && latency.estimate < latency.upper)
        let memory = try #require(drifts.first { $0.figure == .brokerMemory }).change
        #expect(abs(memory.estimate - 0.98) < 0.03)
    }

    @Test func `what is said of a phase is in its record, and comes back from it`() throws {
        var creeping = phase(600) { n, random in (20_000, 400_000 * noise(&random) * (1 + Double(n) / 600), 2e8, 25e6) }
        creeping.noteDrift()
        #expect(creeping.drift == creeping.drifts && creeping.drift?.filter(\.isDrift).map(\.figure) == [.responseP99])
        let text = try JSONEncoder().encode(creeping)
        #expect(try JSONDecoder().decode(PhaseRecord.self, from: text).drift == creeping.drift)
        #expect(String(decoding: text, as: UTF8.self).contains("\"brokerCPUPerRecord\""))
        // Of a phase that says nothing nothing is kept, what an earlier version of it said included.
        creeping.perturbations = [PerturbationRecord(kind: "pause", startedNanoseconds: 1, endedNanoseconds: 2)]
        creeping.noteDrift()
        let encoded = String(decoding: try JSONEncoder().encode(creeping), as: UTF8.self)
        #expect(creeping.drift == nil && !encoded.contains("drift"))
    }

    @Test func `one bad minute in ten is no drift`() {
        let phase = phase(600) { n, random in
            let factor = (300..<360).contains(n) ? 5.0 : 1
            return (20_000 / factor, 400_000 * noise(&random) * factor, 200_000_000, 25e6)
        }
        #expect(!phase.drifts.contains { $0.isDrift })
    }

    @Test func `a short phase, a disturbed one and one without the broker's figures say only what they can`() {
        func steady(_: Int, _: inout SeededRandom) -> (records: Double, p99: Double, cpu: Double, resident: Double) { (20_000, 400_000, 2e8, 25e6) }
        #expect(phase(DriftReading.secondsMinimum - 1, steady).drifts.isEmpty)
        var disturbed = phase(600, steady)
        #expect(disturbed.drifts.count == 4)
        disturbed.perturbations = [PerturbationRecord(kind: "pause", startedNanoseconds: 1, endedNanoseconds: 2)]
        #expect(disturbed.drifts.isEmpty)
        var blind = phase(600, steady)
        blind.series[7].broker = nil
        #expect(blind.drifts.map(\.figure) == [.records, .responseP99, .brokerMemory])
    }
}
