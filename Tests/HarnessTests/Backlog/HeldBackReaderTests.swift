// Readers that are held back keep their place, and go on from it.
import Host
import Measurement
import Testing

@testable import Harness

@Suite(.serialized) struct HeldBackReaderTests {
    @Test func `a reader that is held back falls behind, and catches up with every record when it is let go`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        var plan = LoadPlan(
            try Profile.parse("question: q\nname: held\ncontract: exactly-once\nproducers: {rate: 2000, recordBytes: 200}\nconsumers: {count: 1}", path: "held.yaml"),
            label: "", topic: "held")
        plan.phases.warmUpNanoseconds = 0
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: broker.address, process: nil), check: {})
        defer { fleet.stop() }
        var lag = try #require(LoadLag([fleet.consumers], plan.consumerGroups, producers: fleet.producers))
        fleet.consumers[0].pause()
        let origin = MonotonicClock.now() + 20_000_000
        fleet.consumers[0].begin(at: origin, maximumSeconds: 10)
        fleet.producers[0].begin(
            schedule: OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: 2000, nanoseconds: 500_000_000), at: origin, maximumSeconds: 10, byteBudget: nil)
        fleet.producers[0].end(at: origin + 500_000_000)
        try wait { fleet.producers[0].isDrained }
        // One answer was on its way already: the fetch that waited for the first record.
        let behind = lag.look()
        #expect((900...1000).contains(behind.sum), "\(behind)")
        fleet.consumers[0].resume()
        try wait { lag.look().sum == 0 }
        // Told a turn of the lane later.
        try wait { fleet.consumers[0].live().records == 1000 }
        fleet.stop()
        #expect(try fleet.auditReport {}.outcome == .passed)
    }

    private func wait(_ condition: () -> Bool) throws {
        let deadline = MonotonicClock.now() + 10 * nanosecondsPerSecond
        while !condition() {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
    }
}
