// What a second of the series holds besides rates and response times.
import Measurement
import Results
import Testing

@testable import Harness

private let second: UInt64 = 1_000_000_000

@Suite struct SecondSeriesTests {
    /// A lane that handed one record over so late in each of two seconds, and had requests answered so fast.
    private func recorders(lag: [Int64], service: [Int64], keepsIntervals: Bool = false) -> ProducerRecorders {
        let recorders = ProducerRecorders(origin: 0, maximumSeconds: 5, keepsIntervals: keepsIntervals, keepsService: true)
        for (n, lag) in lag.enumerated() { recorders.scheduleLag.record(lag, at: UInt64(n) * second + 1) }
        for (n, service) in service.enumerated() { recorders.service.record(service, count: 100, at: UInt64(n) * second + 1) }
        return recorders
    }

    private func group(_ lanes: [ProducerRecorders]) -> ProducerGroupPhase {
        ProducerGroupPhase(
            plan: ProducersPlan(), lanes: lanes.map { $0.value(errors: [:]) }, threads: [], recorders: lanes.map(\.response),
            scheduleLags: lanes.map(\.scheduleLag), services: lanes.map(\.service), clocks: [])
    }

    @Test func `a second has the worst schedule lag of its lanes, and no quantile that nobody kept`() {
        let lanes = [recorders(lag: [10_000, 20_000], service: []), recorders(lag: [90_000, 5_000], service: [])]
        let seconds = (0..<3).map { SecondRecord(second: $0, records: 1, bytes: 1) }.map { plain -> SecondRecord in
            var second = plain
            second.setLanes([group(lanes)])
            return second
        }
        #expect(seconds.map(\.scheduleLagMaximumNanoseconds) == [90_000, 20_000, nil])
        #expect(seconds.allSatisfy { $0.scheduleLagP99Nanoseconds == nil })
    }

    @Test func `quantiles of several lanes come from their samples together`() throws {
        let lanes = [recorders(lag: [1_000], service: [1_000_000], keepsIntervals: true), recorders(lag: [50_000], service: [9_000_000], keepsIntervals: true)]
        var record = SecondRecord(second: 0, records: 1, bytes: 1)
        record.setLanes([group(lanes)])
        // Half of the samples are of the slow lane: an average of the two p99s would be five.
        let (service, lag) = (try #require(record.serviceP99Nanoseconds), try #require(record.scheduleLagP99Nanoseconds))
        #expect(abs(Double(service) / 9_000_000 - 1) < 0.03 && record.serviceMaximumNanoseconds == 9_000_000)
        #expect(abs(Double(lag) / 50_000 - 1) < 0.03)
    }

    @Test func `a group that sent nothing in the phase leaves the second alone`() {
        var record = SecondRecord(second: 0, records: 1, bytes: 1)
        record.setLanes([
            ProducerGroupPhase(
                plan: ProducersPlan(), lanes: [], threads: [], recorders: [], scheduleLags: [recorders(lag: [7], service: []).scheduleLag], services: [], clocks: [])
        ])
        #expect(record.scheduleLagMaximumNanoseconds == nil)
    }

    @Test func `a device that is not there and a broker of somebody else's have no figures`() {
        var device = DeviceWatch("tidemark-no-such-device")
        let (moved, first) = (device.second(), device.second())
        #expect(moved?.read == nil && first?.written == nil)
        var broker = BrokerWatch(.foreign(pid: 1))
        let hits = broker.cacheHits()
        #expect(hits?.share == nil)
    }
}
