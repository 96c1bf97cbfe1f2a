// A fleet from plan to audit, against a null broker that keeps what it gets.
import Client
import Host
import Measurement
import NullBroker
import Testing
@testable import Harness

@Suite(.serialized) struct LaneFleetTests {
    private func report(_ faults: [Fault], consumers: Int, recordBytes: Int = 200) throws -> (AuditReport, UInt64) {
        let broker = try FaultyBroker(faults)
        defer { broker.stop() }
        let text = """
            question: Does a fleet do what its plan says?
            name: fleet
            topic: {partitions: 3}
            contract: exactly-once
            producers: {count: 2, rate: 2000, recordBytes: \(recordBytes)}
            """
        var plan = LoadPlan(try Profile.parse(text, path: "fleet.yaml"), label: "", topic: "fleet")
        if consumers > 0 {
            plan.consumers = ConsumersPlan()
            plan.consumers!.count = consumers
        }
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: broker.address, process: nil), check: {})
        defer { fleet.stop() }
        #expect(fleet.producers.count == 2 && fleet.consumers.count == consumers)
        let origin = MonotonicClock.now() + 20_000_000
        let schedule = OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: 2000, nanoseconds: 300_000_000)
        for lane in fleet.consumers { lane.begin(at: origin, maximumSeconds: 5) }
        for lane in fleet.producers {
            lane.begin(schedule: schedule, at: origin, maximumSeconds: 5, byteBudget: nil)
            lane.end(at: origin + 300_000_000)
        }
        let deadline = MonotonicClock.now() + 10_000_000_000
        while !fleet.producers.allSatisfy({ $0.isDrained }) {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        MonotonicClock.sleep(nanoseconds: 100_000_000)
        fleet.stop()
        let phases = fleet.producers.flatMap { $0.collect() }
        #expect(phases.map(\.scheduledRecords) == [300, 300])
        #expect(fleet.failure == nil)
        return (try fleet.auditReport {}, phases.reduce(0) { $0 + $1.acknowledgedRecords })
    }

    @Test func `a load without consumers is read back`() throws {
        let (report, acknowledged) = try report([], consumers: 0)
        #expect(report.outcome == .passed && report.extent == .readBack)
        #expect(report.acknowledged == acknowledged && report.seen == 600 && acknowledged == 600)
    }

    @Test func `consumers that read to the end are the audit's eyes`() throws {
        let (report, _) = try report([], consumers: 2)
        #expect(report.outcome == .passed && report.extent == .everyRecord)
        #expect(report.seen == 600)
    }

    @Test(arguments: [0, 1])
    func `a fleet's audit fails when the broker loses what it acknowledged`(consumers: Int) throws {
        let (report, _) = try report([.dropAcknowledged(every: 9)], consumers: consumers)
        #expect(report.lost > 0)
        guard case .failed = report.outcome else { return #expect(Bool(false), "\(report)") }
    }

    @Test func `values too small for a stamp are still timed at the producer and counted`() throws {
        let (report, acknowledged) = try report([], consumers: 1, recordBytes: 16)
        #expect(acknowledged == 600 && report.seen == 600)
        guard case .notRun = report.outcome else { return #expect(Bool(false), "\(report)") }
    }
}
