// A load of 300 records for tests that look at what its readers got.
import Host
import Testing

@testable import Harness

extension LaneFleet {
    /// Sends 60 kB, which are 300 records of 200 bytes, and waits until every reader has those of this load.
    ///
    /// - Returns: what the first reader got; nil where there is none.
    static func readBack300(_ text: String, label: String, topic: String, at address: HostPort) throws -> LaneLive? {
        let fleet = try LaneFleet(
            LoadPlan(try Profile.parse(text, path: "fleet.yaml"), label: label, topic: topic), on: BrokerTarget(bootstrap: address, process: nil), check: {})
        defer { fleet.stop() }
        let origin = MonotonicClock.now() + 20_000_000
        fleet.consumers.forEach { $0.begin(at: origin, maximumSeconds: 5) }
        fleet.producers.forEach { $0.begin(schedule: nil, at: origin, maximumSeconds: 5, byteBudget: 60_000) }
        let deadline = MonotonicClock.now() + 10_000_000_000
        while !fleet.producers.allSatisfy({ $0.isDrained }) || fleet.consumers.contains(where: { $0.live().ownRecords < 300 }) {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        return fleet.consumers.first?.live()
    }
}
