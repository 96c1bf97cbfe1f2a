// A fleet from plan to audit, against a null broker that keeps what it gets.
import Client
import Host
import Measurement
import NullBroker
import Reactor
import Records
import Testing
import Vocabulary
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
        if faults.isEmpty {
            // What was acknowledged is what there is, and the readers are through with it.
            let ends = fleet.producers.compactMap(\.acknowledgedEnds)
            #expect((0..<3).reduce(0) { sum, partition in sum + (ends.compactMap { $0.offset(of: partition) }.max() ?? 0) } == 600)
            var lag = LagSampler(readers: fleet.consumers.compactMap(\.readerOffsets), producers: ends)
            let look = lag?.look(at: MonotonicClock.now())
            #expect(look == (consumers > 0 ? LagSampler.Look() : nil))
        }
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

    /// 600 records of two lanes into five topics of two partitions each, read by three consumers.
    private func severalTopics(_ faults: [Fault], mode: String = "rate: 2000") throws -> (report: AuditReport, ends: [Offset], lag: LagSampler.Look?) {
        let broker = try FaultyBroker(faults)
        defer { broker.stop() }
        let text = """
            question: Does a lane write to all of its topics?
            name: topics
            topic: {count: 5, partitions: 2}
            contract: exactly-once
            producers: {count: 2, \(mode), recordBytes: 200}
            consumers: {count: 3}
            """
        let plan = LoadPlan(try Profile.parse(text, path: "fleet.yaml"), label: "", topic: "fleet")
        #expect(plan.topics == ["fleet-1", "fleet-2", "fleet-3", "fleet-4", "fleet-5"])
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: broker.address, process: nil), check: {})
        defer { fleet.stop() }
        let origin = MonotonicClock.now() + 20_000_000
        let schedule = plan.producers.schedule(nanoseconds: 300_000_000, shape: nil)
        for lane in fleet.consumers { lane.begin(at: origin, maximumSeconds: 5) }
        for lane in fleet.producers {
            lane.begin(schedule: schedule, at: origin, maximumSeconds: 5, byteBudget: schedule == nil ? 60_000 : nil)
            if schedule != nil { lane.end(at: origin + 300_000_000) }
        }
        let deadline = MonotonicClock.now() + 10_000_000_000
        func live(_ lanes: [any ConsumingLane]) -> UInt64 { lanes.reduce(0) { $0 + $1.live().records } }
        while !fleet.producers.allSatisfy({ $0.isDrained }) || faults.isEmpty && live(fleet.consumers) < 600 {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        if !faults.isEmpty { MonotonicClock.sleep(nanoseconds: 100_000_000) }
        fleet.stop()
        let acknowledged = fleet.producers.compactMap(\.acknowledgedEnds)
        let ends = (0..<10).map { partition in acknowledged.compactMap { $0.offset(of: partition) }.max() ?? 0 }
        var lag = LagSampler(readers: fleet.consumers.compactMap(\.readerOffsets), producers: acknowledged)
        let look = lag?.look(at: MonotonicClock.now())
        #expect(fleet.failure == nil)
        return (try fleet.auditReport {}, ends, look)
    }

    @Test func `a reader from the start of a topic tells the records of an earlier load from its own`() throws {
        let broker = try FaultyBroker([])
        defer { broker.stop() }
        func load(_ label: String, consumers: String) throws -> LaneLive? {
            let text = """
                question: Whose records are they?
                name: twice
                topic: {partitions: 2}
                producers: {mode: max, recordBytes: 200}
                \(consumers)
                """
            return try LaneFleet.readBack300(text, label: label, topic: "twice", at: broker.address)
        }
        #expect(try load("first", consumers: "") == nil)
        let read = try #require(try load("then", consumers: "consumers: {startOffset: earliest}"))
        #expect(read.records == 600 && read.strangers == 300)
    }

    @Test func `a lane writes to several topics in turn, and all of them are read and audited`() throws {
        let (report, ends, lag) = try severalTopics([])
        #expect(report.outcome == .passed && report.extent == .everyRecord, "\(report)")
        #expect(report.acknowledged == 600 && report.seen == 600)
        #expect(lag == LagSampler.Look())
        // Two partitions a topic, one record in five each.
        #expect(stride(from: 0, to: 10, by: 2).allSatisfy { ends[$0] + ends[$0 + 1] == 120 }, "\(ends)")
        #expect(ends.allSatisfy { $0 > 0 }, "\(ends)")
    }

    @Test func `a load without a schedule goes to all of its topics, too`() throws {
        let (report, ends, _) = try severalTopics([], mode: "mode: max, batchBytes: 4KiB")
        #expect(report.outcome == .passed && report.acknowledged == 600 && ends.reduce(0, +) == 600, "\(report), \(ends)")
        #expect(stride(from: 0, to: 10, by: 2).allSatisfy { ends[$0] + ends[$0 + 1] > 0 }, "\(ends)")
    }

    @Test func `what one of several topics has lost is told with its name`() throws {
        let (report, _, _) = try severalTopics([.dropAcknowledged(every: 9)])
        guard case .failed(let texts) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(report.lost > 0 && texts.allSatisfy { $0.hasPrefix("fleet-") || $0.hasPrefix("and ") }, "\(texts)")
    }

    @Test func `groups with keys, sizes and headers are audited together, a slow reader beside a fast one`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let text = """
            question: Do groups do what each of them says?
            name: groups
            topic: {partitions: 3}
            contract: exactly-once
            producers:
              - {name: keyed, count: 2, rate: 2000, recordBytes: {uniform: [40, 400]}, keys: {zipf: {keys: 20, exponent: 1}}, headers: {count: 2, bytes: 16}}
              - {name: plain, rate: 1000, recordBytes: 64, batchBytes: 2KiB}
            consumers:
              - {name: live, count: 2}
              - {name: slow, rate: 300, startOffset: earliest}
            """
        let plan = LoadPlan(try Profile.parse(text, path: "fleet.yaml"), label: "", topic: "fleet")
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: broker.address, process: nil), check: {})
        defer { fleet.stop() }
        #expect(fleet.producers.count == 3 && fleet.consumers.count == 3)
        let origin = MonotonicClock.now() + 20_000_000, end = origin + 400_000_000
        for lane in fleet.consumers { lane.begin(at: origin, maximumSeconds: 5) }
        for (group, lanes) in zip(plan.producerGroups, grouped(fleet.producers, [2, 1])) {
            let schedule = group.schedule(nanoseconds: 400_000_000, shape: nil)
            for lane in lanes {
                lane.begin(schedule: schedule, at: origin, maximumSeconds: 5, byteBudget: nil)
                lane.end(at: end)
            }
        }
        let deadline = MonotonicClock.now() + 10_000_000_000
        func live(_ lanes: ArraySlice<any ConsumingLane>) -> UInt64 { lanes.reduce(0) { $0 + $1.live().records } }
        while !fleet.producers.allSatisfy({ $0.isDrained }) || live(fleet.consumers[..<2]) < 1200 {
            try #require(MonotonicClock.now() < deadline)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        let read = live(fleet.consumers[2...])
        fleet.stop()
        let phases = fleet.producers.flatMap { $0.collect() }
        #expect(phases.map(\.acknowledgedRecords) == [400, 400, 400] && phases[2].acknowledgedBytes == 400 * 64)
        // It had half a second and a batch a partition.
        #expect(read > 30 && read < 600, "\(read)")
        let report = try fleet.auditReport {}
        #expect(report.outcome == .passed && report.extent == .everyRecord, "\(report)")
        #expect(report.acknowledged == 1200 && report.seen == 1200)
        try checkKeys(at: broker)
    }

    /// Keyed records lie where Kafka's murmur2 of their key says, with two headers; the others have neither.
    private func checkKeys(at broker: FaultyBroker) throws {
        let handler = RecordSink()
        let loop = try Loop()
        let consumer = try Consumer(
            loop: loop, bootstrap: BrokerAddress(host: "127.0.0.1", port: broker.broker.port), topic: "fleet", configuration: ConsumerConfiguration(),
            options: ConnectionOptions(), handler: handler)
        defer { consumer.close() }
        for partition in 0..<consumer.partitionCount { try consumer.assign(partition, from: .earliest) }
        let deadline = MonotonicClock.now() + 10_000_000_000
        while handler.records.count < 1200 {
            try #require(MonotonicClock.now() < deadline, "\(handler.records.count) records")
            consumer.poll(now: MonotonicClock.now())
            try loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        let keyed = handler.records.filter { $0.key != nil }
        #expect(keyed.count == 800 && Set(keyed.compactMap(\.key)).count == 20)
        for record in keyed {
            let key = Array(record.key!.utf8)
            let isRight = key.withUnsafeBytes { Murmur2.partition($0, of: 3) } == record.partition
            guard isRight, record.headerBytes == 41, (40...400).contains(record.valueBytes) else { return #expect(Bool(false), "\(record)") }
        }
        #expect(handler.records.allSatisfy { $0.key != nil || ($0.headerBytes == 1 && $0.valueBytes == 64) })
        // Rank 1 of 20 with exponent 1 has 28 of 100.
        #expect(abs(keyed.count { $0.key == "k0000000" } - 222) < 60)
    }
}

private final class RecordSink: FetchHandler {
    struct Record {
        let partition: Int32
        let key: String?
        let valueBytes: Int
        let headerBytes: Int
    }
    private(set) var records: [Record] = []

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        var iterator = RecordIterator(batch.records)
        while let record = try? iterator.next() {
            records.append(
                Record(
                    partition: partition, key: record.key.map { String(decoding: $0, as: UTF8.self) }, valueBytes: record.value?.count ?? 0,
                    headerBytes: record.headers.count))
        }
    }
    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) { Issue.record("\(error)") }
    func fetchEnded(_ outcome: FetchOutcome) {}
    func failed(_ error: ClientError, partition: Int32?) { Issue.record("\(error)") }
}
