// A clock that can't be right: a record that was there before it was to be sent makes the run INVALID.
import Client
import Foundation
import Host
import Measurement
import NullBroker
import Results
import Testing
import Topology

@testable import Harness

@Suite(.serialized) struct WrongClockTests {
    private static let text = """
        question: q
        name: clock
        topic: {partitions: 1}
        contract: exactly-once
        producers: {rate: 500, recordBytes: 100}
        consumers: {count: 1}
        phases: {warmUp: 0s, steadyWait: 0s, steady: 1s, coolDown: 0s}
        """

    private func reasons(_ outcome: RunOutcome) -> [String] { outcome.verdict.reasons.map(\.text).filter { $0.contains("cannot be true") } }

    @Test func `a record that is acknowledged before it was intended makes the run invalid`() throws {
        let profile = try Profile.parse(Self.text, path: "clock.yaml")
        let lane = FakeProducerLane(eventsPerSecond: 500)
        lane.aheadNanoseconds = 3_000_000
        let outcome = try runWithoutBroker(profile, FakeFleet([lane]))
        #expect(outcome.isInvalid)
        #expect(reasons(outcome).contains { $0.hasSuffix("1 samples that cannot be true") }, "\(outcome.verdict.reasons.map(\.text))")
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(steady.histograms["response"]?.negativeCount == 1 && steady.histograms["response"]?.count == 500, "counted, and not left out")
    }

    @Test func `records that a consumer gets before they were intended make the run invalid`() throws {
        let broker = try FaultyBroker(partitions: 1)
        defer { broker.stop() }
        let part = Part { context in
            let target = try context.externalTarget()
            var plan = LoadPlan(context.profile, label: "load", topic: context.topic("load", on: target))
            let topic = plan.topic
            // Whose clock is half a minute ahead.
            plan.beforeSteady = { try sendFromOutside(7, in: topic, at: target.address, producerNumber: 77, valueSize: 100, ahead: 30 * nanosecondsPerSecond) }
            _ = try context.load(plan, on: target)
        }
        let outcome = try run(try Profile.parse(Self.text, path: "clock.yaml"), at: broker.address, measurements: [part], fleet: LaneFleet.make)
        #expect(outcome.isInvalid)
        #expect(reasons(outcome).contains { $0.hasSuffix("7 samples that cannot be true") }, "\(outcome.verdict.reasons.map(\.text))")
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(steady.histograms["end_to_end"]?.negativeCount == 7)
    }
}
