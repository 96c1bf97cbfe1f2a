// Lanes against a null broker: what they count is what happened, and a stall shows in full.
import Client
import Foundation
import Host
import Measurement
import NullBroker
import Records
import Testing
import Vocabulary
@testable import Harness

private let milliseconds: UInt64 = 1_000_000

/// One producer lane and what it talks to.
private final class Bench {
    let broker: FaultyBroker
    let ledger: Ledger
    let plan: ProducersPlan
    let lane: ProducerLane
    let partitions: Int

    init(
        _ faults: [Fault] = [], partitions: Int = 1, keepsRecords: Bool = false, contract: DeliveryContract = .exactlyOnce,
        queueBound: Int = 65_536, bufferMemoryBytes: Int = 32 << 20, _ change: (inout ProducersPlan) -> Void = { _ in }
    ) throws {
        var plan = ProducersPlan()
        plan.recordBytes = 128
        plan.batchBytes = 16_384
        change(&plan)
        self.plan = plan
        self.partitions = partitions
        broker = try FaultyBroker(faults, keepsRecords: keepsRecords, partitions: Int32(partitions))
        ledger = Ledger(contract: contract, partitions: partitions)
        lane = try ProducerLane(
            number: 0, of: 1, plan: plan, bootstrap: broker.address, topic: "load", partitions: partitions,
            material: RecordMaterial(plan, pool: PayloadPool(valueSizes: plan.sizes.bounds, mean: plan.sizes.mean, seed: 1, byteCount: 1 << 20)), cpus: nil, ledger: ledger,
            queueBound: queueBound, bufferMemoryBytes: bufferMemoryBytes)
    }

    /// Starts a load; of `rate` records a second in an open loop.
    func begin(rate: Double? = nil, budget: Int64? = nil) -> UInt64 {
        let origin = MonotonicClock.now() + 20 * milliseconds
        let schedule = rate.map { OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: $0, nanoseconds: 3600 * nanosecondsPerSecond) }
        lane.begin(schedule: schedule, at: origin, maximumSeconds: 10, byteBudget: budget)
        return origin
    }

    func drain(seconds: UInt64 = 10) throws {
        let deadline = MonotonicClock.now() + seconds * nanosecondsPerSecond
        while !lane.isDrained {
            guard MonotonicClock.now() < deadline else {
                let live = lane.live()
                lane.abandon()
                Issue.record("not drained: \(live), \(lane.collect().map(\.errors))")
                return
            }
            MonotonicClock.sleep(nanoseconds: milliseconds)
        }
    }

    /// One phase of a load, drained.
    func run(rate: Double? = nil, for nanoseconds: UInt64) throws -> ProducerLanePhase {
        let origin = begin(rate: rate)
        lane.end(at: origin + nanoseconds)
        try drain()
        return try #require(lane.collect().first)
    }

    /// Records in the broker, by its offsets.
    func stored() throws -> Int64 {
        let admin = try Admin(BrokerAddress(host: "127.0.0.1", port: broker.broker.port))
        return try (0..<Int32(partitions)).reduce(0) { try $0 + admin.latestOffset(of: .init(topic: "load", partition: $1)) }
    }

    /// Every record in the broker, read by the audit and once more for its size.
    func readBack() throws -> (records: UInt64, bytes: UInt64) {
        lane.stop()
        try Audit.readBack(bootstrap: broker.address, topic: "load", ledger: ledger, deadline: MonotonicClock.now() + 10 * nanosecondsPerSecond)
        let lane = try ConsumerLane(
            number: 0, of: 1, plan: fromTheStart, bootstrap: broker.address, topic: "load", partitions: partitions, cpus: nil,
            ledger: Ledger(contract: ledger.contract, partitions: partitions))
        defer { lane.stop() }
        lane.begin(at: 0, maximumSeconds: 5)
        let count = UInt64(try stored()), deadline = MonotonicClock.now() + 5 * nanosecondsPerSecond
        while lane.live().records < count, MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: milliseconds) }
        return (lane.live().records, lane.live().bytes)
    }

    private var fromTheStart: ConsumersPlan {
        var plan = ConsumersPlan()
        plan.start = .earliest
        return plan
    }

    func stop() {
        lane.stop()
        broker.stop()
    }
}

extension LatencyHistogram {
    fileprivate func count(above nanoseconds: UInt64) -> UInt64 {
        zip(lowerBounds, counts).reduce(0) { $0 + ($1.0 >= nanoseconds ? $1.1 : 0) }
    }
}

@Suite(.serialized) struct ProducerLaneTests {
    @Test func `a broker that is not there is an error, not a lane`() {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        var plan = ProducersPlan()
        plan.recordBytes = 128
        #expect(throws: ClientError.self) {
            try ProducerLane(
                number: 0, of: 1, plan: plan, bootstrap: HostPort("127.0.0.1:1")!, topic: "load", partitions: 1,
                material: RecordMaterial(plan, pool: PayloadPool(valueSize: 128, seed: 1, byteCount: 1 << 16)), cpus: nil, ledger: ledger)
        }
    }

    /// What comes due while the client is given more is late by as long as that takes.
    @Test(arguments: [(65_536, 16), (1_024, 64), (256, 256), (100, 256)])
    func `a lane that makes up for a delay looks at its schedule about as often as it copies 64 KiB`(recordBytes: Int, records: Int) {
        var plan = ProducersPlan()
        plan.recordBytes = recordBytes
        #expect(ProducerWorker.fedPerTurn(plan) == records)
    }

    @Test func `records beyond the queue's bound are counted, and sent with their own times when there is room`() throws {
        let bench = try Bench(
            [.stall(afterNanoseconds: 400 * milliseconds, forNanoseconds: 300 * milliseconds)], queueBound: 64,
            bufferMemoryBytes: 16_384
        ) { $0.batchBytes = 2048 }
        defer { bench.stop() }
        let phase = try bench.run(rate: 5000, for: 1000 * milliseconds)
        #expect(phase.scheduledRecords == 5000)
        #expect(phase.beyondQueueRecords > 500 && phase.beyondQueueRecords < 2000, "\(phase.beyondQueueRecords)")
        // Late every one of them, and handed over on time: the lane was not what it waited for.
        #expect(phase.lateRecords >= phase.beyondQueueRecords && phase.lateRecords <= phase.beyondQueueRecords + phase.handedOverLate)
        #expect(bench.lane.live().late == phase.lateRecords)
        #expect(phase.acknowledgedRecords == 5000 && phase.unsentRecords == 0)
        #expect(phase.handedOverOnTime + phase.handedOverLate == 5000)
        let response = try #require(phase.histograms["response"])
        #expect(response.count == 5000)
        #expect(response.maximumNanoseconds! > 280 * Int64(milliseconds))
        // The broker's stall is no lateness of the lane's.
        #expect(phase.histograms["schedule_lag"]!.value(at: 0.9)! < 100 * milliseconds)
        #expect(phase.impossibleSamples == 0)
    }

    /// The same stall, seen by a load that follows a schedule and by one that waits for answers.
    @Test func `a stall of 200 ms shows in full in an open loop, and a closed loop hides it`() throws {
        let stall = Fault.stall(afterNanoseconds: 900 * milliseconds, forNanoseconds: 200 * milliseconds)
        let (rate, seconds) = (2000.0, 2.0)
        var tries: [String] = []
        for _ in 0..<3 {
            let open = try Bench([stall])
            defer { open.stop() }
            let phase = try open.run(rate: rate, for: UInt64(seconds * 1e9))
            let response = try #require(phase.histograms["response"])
            #expect(response.count == UInt64(rate * seconds))
            let p999 = Double(response.value(at: 0.999)!) / 1e6
            // Uniform over 0...200 ms: a tenth of the affected records are below 20 ms, where other things are slow too.
            let affected = Double(response.count(above: 20 * milliseconds)) / 0.9
            tries.append("p99.9 \(p999) ms, \(affected) affected")
            if abs(p999 - (200 - seconds)) <= 10, abs(affected - rate * 0.2) <= 0.03 * rate * 0.2 {
                tries = []
                break
            }
        }
        // A machine that stalls by itself is given three tries.
        #expect(tries == [])

        let closed = try Bench([stall]) {
            $0.mode = .closed
            $0.batchBytes = 300
        }
        defer { closed.stop() }
        let phase = try closed.run(for: UInt64(seconds * 1e9))
        let response = try #require(phase.histograms["response"])
        #expect(phase.histograms["schedule_lag"] == nil)
        #expect(response.maximumNanoseconds! > 150 * Int64(milliseconds))
        #expect(response.count > 5000)
        #expect(response.value(at: 0.99)! < 150 * milliseconds)
        #expect(response.count(above: 150 * milliseconds) <= UInt64(closed.plan.inFlight))
    }

    @Test func `after a restart of the schedule no sample of the warm-up is left`() throws {
        let bench = try Bench([.stall(afterNanoseconds: 200 * milliseconds, forNanoseconds: 400 * milliseconds)])
        defer { bench.stop() }
        let warmUp = try bench.run(rate: 2000, for: 500 * milliseconds)
        #expect(warmUp.histograms["response"]!.maximumNanoseconds! > 300 * Int64(milliseconds))
        let steady = try bench.run(rate: 2000, for: 500 * milliseconds)
        #expect(steady.scheduledRecords == 1000 && steady.acknowledgedRecords == 1000)
        #expect(steady.histograms["response"]!.count == 1000)
        #expect(steady.histograms["schedule_lag"]!.count == 1000)
        #expect(steady.histograms["response"]!.maximumNanoseconds! < 300 * Int64(milliseconds))
        #expect(steady.series.reduce(0) { $0 + $1.count } == 1000)
        #expect(bench.lane.live().records == 2000)
    }

    @Test func `answers that come late belong to the phase of their record, or to none after an abandoned load`() throws {
        let bench = try Bench([.stall(afterNanoseconds: 200 * milliseconds, forNanoseconds: 500 * milliseconds)])
        defer { bench.stop() }
        // The border lies in the stall: the first phase's last answers come in the second.
        let origin = bench.begin(rate: 2000)
        bench.lane.boundary(at: origin + 400 * milliseconds)
        bench.lane.end(at: origin + 800 * milliseconds)
        try bench.drain()
        let phases = bench.lane.collect()
        #expect(phases.map(\.scheduledRecords) == [800, 800])
        #expect(phases.map(\.acknowledgedRecords) == [800, 800])
        #expect(phases.map { $0.histograms["response"]!.count } == [800, 800])
        #expect(phases[0].acknowledgedInTime == 800)
        #expect(phases[1].acknowledgedInTime <= 800)
        #expect(phases.reduce(0) { $0 + $1.acknowledgedRequests } > 0)

        let stalled = try Bench([.stall(afterNanoseconds: 150 * milliseconds, forNanoseconds: 500 * milliseconds)])
        defer { stalled.stop() }
        let start = stalled.begin(rate: 2000)
        MonotonicClock.sleep(until: start + 300 * milliseconds)
        stalled.lane.abandon()
        let abandoned = try #require(stalled.lane.collect().first)
        #expect(abandoned.acknowledgedRecords < abandoned.scheduledRecords)
        let next = try stalled.run(rate: 1000, for: 500 * milliseconds)
        #expect(next.scheduledRecords == 500 && next.acknowledgedRecords == 500)
        #expect(next.histograms["response"]!.count == 500)
    }

    @Test(arguments: [PartitionerKind.roundRobin, .sticky, .murmur2])
    func `a lane at maximum rate counts exactly`(partitioner: PartitionerKind) throws {
        let bench = try Bench(partitions: 3) {
            $0.mode = .max
            $0.partitioner = partitioner
            if partitioner == .murmur2 { $0.keys = .uniform(100) }
        }
        defer { bench.stop() }
        let phase = try bench.run(for: 300 * milliseconds)
        let stored = try bench.stored()
        #expect(stored > 1000)
        #expect(phase.acknowledgedRecords == UInt64(stored))
        #expect(phase.scheduledRecords == UInt64(stored))
        #expect(phase.histograms["response"]!.count == UInt64(stored))
        #expect(phase.failedRecords == 0)
        #expect(bench.lane.live().records == UInt64(stored))
        #expect(bench.lane.live().bytes == phase.acknowledgedBytes && phase.acknowledgedBytes == UInt64(stored) * 128)
        #expect(phase.series.reduce(0) { $0 + $1.bytes } == phase.acknowledgedBytes)
        #expect(bench.ledger.sentBooks.map(\.acknowledgedCount) == [UInt64(stored)])
    }

    @Test(arguments: [LoadMode.open, .closed, .max], [PartitionerKind.roundRobin, .murmur2])
    func `records of many sizes are counted to the byte, in every phase`(mode: LoadMode, partitioner: PartitionerKind) throws {
        let bench = try Bench(partitions: 3, keepsRecords: true) {
            $0.mode = mode
            $0.sizes = .uniform(32...900)
            $0.headers = HeadersPlan(count: 2, valueBytes: 16)
            $0.keys = partitioner == .murmur2 ? .uniform(100) : .unkeyed
            $0.partitioner = partitioner
        }
        defer { bench.stop() }
        let origin = bench.begin(rate: mode == .open ? 5000 : nil, budget: mode == .open ? nil : 4_000_000)
        bench.lane.boundary(at: origin + 60 * milliseconds)
        bench.lane.end(at: origin + 120 * milliseconds)
        try bench.drain()
        let phases = bench.lane.collect()
        let records = phases.reduce(0) { $0 + $1.acknowledgedRecords }, bytes = phases.reduce(0) { $0 + $1.acknowledgedBytes }
        #expect(records > 500 && phases.allSatisfy { $0.failedRecords == 0 && $0.impossibleSamples == 0 })
        #expect(bench.lane.live().records == records && bench.lane.live().bytes == bytes)
        let book = try bench.readBack()
        #expect(book.records == records && book.bytes == bytes)
        #expect(Audit.judge(ledger: bench.ledger).outcome == .passed)
        #expect(abs(Double(bytes) / Double(records) - 466) < 40, "\(Double(bytes) / Double(records))")
    }

    @Test func `a byte budget ends the load by itself, just under it`() throws {
        let bench = try Bench { $0.mode = .max }
        defer { bench.stop() }
        _ = bench.begin(budget: 4_000_000)
        try bench.drain()
        #expect(bench.lane.live().isBudgetSpent)
        let phase = try #require(bench.lane.collect().first)
        #expect(phase.acknowledgedBytes == 4_000_000)
    }

    @Test func `errors that a retry heals are counted by name`() throws {
        // 6: NOT_LEADER_OR_FOLLOWER. One request at a time: a batch behind a refused one is refused too, as out of order.
        // Small ones: records that are late share batches, and there have to be four requests.
        let bench = try Bench([.error(code: 6, every: 4)], keepsRecords: true) {
            $0.inFlight = 1
            $0.batchBytes = 1024
        }
        defer { bench.stop() }
        let phase = try bench.run(rate: 500, for: 400 * milliseconds)
        #expect(phase.acknowledgedRecords == 200 && phase.failedRecords == 0)
        #expect(phase.errors.keys.sorted() == ["NOT_LEADER_OR_FOLLOWER"])
        #expect(phase.errors.values.reduce(0, +) > 0)
    }

    @Test func `a lane's thread can be found under proc, and shows its state while it runs`() throws {
        let bench = try Bench()
        defer { bench.stop() }
        #expect(FileManager.default.fileExists(atPath: "/proc/self/task/\(bench.lane.threadID)/schedstat"))
        let origin = bench.begin(rate: 1000)
        MonotonicClock.sleep(until: origin + 1200 * milliseconds)
        #expect(!bench.lane.isDrained)
        #expect(bench.lane.live().records > 500)
        let recorder = try #require(bench.lane.responseRecorder)
        #expect(recorder.closedWindows == 1)
        #expect(mergedWindow([recorder], second: 0).p99Nanoseconds != nil)
        bench.lane.end(at: MonotonicClock.now())
        try bench.drain()
    }
}

@Suite(.serialized) struct ConsumerLaneTests {
    private func consumed(_ faults: [Fault], contract: DeliveryContract = .exactlyOnce) throws
        -> (AuditReport, ProducerLanePhase, [ConsumerLanePhase])
    {
        let bench = try Bench(faults, partitions: 3, keepsRecords: true, contract: contract)
        defer { bench.broker.stop() }
        let consumers = try (0..<2).map {
            try ConsumerLane(
                number: $0, of: 2, bootstrap: bench.broker.address, topic: "load", partitions: 3, cpus: nil, ledger: bench.ledger)
        }
        let origin = MonotonicClock.now() + 20 * milliseconds
        for consumer in consumers { consumer.begin(at: origin, maximumSeconds: 5) }
        let schedule = OpenLoopSchedule(arrivals: .poisson, eventsPerSecond: 3000, nanoseconds: 10 * nanosecondsPerSecond, seed: 5)
        bench.lane.begin(schedule: schedule, at: origin, maximumSeconds: 5)
        bench.lane.end(at: origin + 500 * milliseconds)
        try bench.drain()
        let stored = UInt64(try bench.stored())
        let deadline = MonotonicClock.now() + 5 * nanosecondsPerSecond
        while consumers.reduce(0, { $0 + $1.live().records }) < stored, MonotonicClock.now() < deadline {
            MonotonicClock.sleep(nanoseconds: milliseconds)
        }
        let phase = try #require(bench.lane.collect().first)
        let seen = try consumers.map { try #require($0.collect().first) }
        bench.lane.stop()
        for consumer in consumers { consumer.stop() }
        return (Audit.judge(ledger: bench.ledger), phase, seen)
    }

    @Test func `tail consumers notice what a broker dropped`() throws {
        let (report, phase, _) = try consumed([.dropAcknowledged(every: 5)])
        #expect(report.extent == .everyRecord)
        #expect(report.lost > 0 && report.lost + report.seen == phase.acknowledgedRecords)
        guard case .failed = report.outcome else { return #expect(Bool(false), "\(report)") }
    }

    @Test func `tail consumers time every record once and find nothing wrong with a right broker`() throws {
        let (report, phase, seen) = try consumed([])
        #expect(report.outcome == .passed && report.text == [])
        #expect(report.acknowledged == phase.acknowledgedRecords && report.seen == report.acknowledged)
        #expect(phase.scheduledRecords > 1200 && phase.scheduledRecords < 1800)
        #expect(seen.reduce(0) { $0 + $1.histograms["end_to_end"]!.count } == phase.acknowledgedRecords)
        #expect(seen.reduce(0) { $0 + $1.records } == phase.acknowledgedRecords)
        #expect(seen.reduce(0) { $0 + $1.bytes } == phase.acknowledgedBytes)
        #expect(seen.allSatisfy { $0.polls > 0 && $0.impossibleSamples == 0 && $0.errors == [:] })
        #expect(phase.impossibleSamples == 0)
    }
}
