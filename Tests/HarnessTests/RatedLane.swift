// Lanes whose capacity is known, for runs of many loads one after the other.
import Host
import Measurement
import Testing

@testable import Harness

/// Follows its schedule; acknowledges at most `capacity` records a second, and later the more is asked for.
final class RatedLane: ProducingLane {
    let threadID: Int32 = 0
    let capacity: Double
    /// The partition that all its records go to.
    let partition: Int32
    private let ends: OffsetGauges?
    /// As of now, like everything here.
    var acknowledgedEnds: OffsetGauges? {
        _ = live()
        return ends
    }
    /// Of each load, in their order.
    private(set) var rates: [Double] = []
    private var starts: [UInt64] = []
    private var ended: UInt64?
    private var earlier: UInt64 = 0

    init(capacity: Double = 1_000_000, partition: Int32 = 0, of partitions: Int? = nil) {
        self.capacity = capacity
        self.partition = partition
        ends = partitions.map { OffsetGauges(partitions: $0) }
    }

    func begin(schedule: OpenLoopSchedule?, at origin: UInt64, maximumSeconds: Int, byteBudget: Int64?) {
        #expect(starts.isEmpty, "the load before has been collected")
        rates.append(schedule?.steps[0].eventsPerSecond ?? 0)
        starts = [origin]
        ended = nil
    }
    func boundary(at time: UInt64) { starts.append(time) }
    func end(at time: UInt64) { ended = time }
    func abandon() {}
    func stop() {}
    var isDrained: Bool { ended.map { MonotonicClock.now() >= $0 } ?? true }
    var responseRecorder: LatencyRecorder? { nil }

    private var rate: Double { min(rates.last ?? 0, capacity) }
    func live() -> LaneLive {
        let until = min(MonotonicClock.now(), ended ?? .max)
        let now = starts.first.map { until > $0 ? UInt64(Double(until - $0) / 1e9 * rate) : 0 } ?? 0
        ends?.advance(partition, to: Int64(earlier + now))
        return LaneLive(records: earlier + now, bytes: (earlier + now) * 100)
    }

    func collect() -> [ProducerLanePhase] {
        defer {
            earlier = live().records
            starts = []
        }
        return starts.indices.map { n in
            var phase = ProducerLanePhase()
            let start = starts[n]
            let seconds = Double((n + 1 < starts.count ? starts[n + 1] : ended!) - start) / 1e9
            phase.scheduledRecords = UInt64(rates.last! * seconds)
            phase.handedOverOnTime = phase.scheduledRecords
            phase.acknowledgedRecords = UInt64(rate * seconds)
            phase.acknowledgedInTime = phase.acknowledgedRecords
            phase.acknowledgedBytes = phase.acknowledgedRecords * 100
            phase.acknowledgedRequests = 1_000_000
            let recorder = LatencyRecorder(origin: start, maximumSeconds: 10)
            recorder.record(rates.last! <= capacity ? 1_000_000 : 900_000_000, count: 1_000_000, at: start)
            phase.histograms = ["response": recorder.snapshot(), "schedule_lag": LatencyHistogram()]
            return phase
        }
    }
}

/// Reads, whenever it is looked at, what the producers have been told by then; a slow one never gets anywhere.
final class RatedReader: ConsumingLane {
    let threadID: Int32 = 0
    private let producers: [RatedLane]
    private let isSlow: Bool
    private let offsets: ReaderOffsets
    private var isPaused = false
    private(set) var pauses = 0

    /// - Parameter own: the partitions that it reads; nil: all.
    init(of producers: [RatedLane], partitions: Int, own: [Int32]? = nil, isSlow: Bool = false) {
        self.producers = producers
        self.isSlow = isSlow
        offsets = ReaderOffsets(partitions: partitions)
        for partition in own ?? Array(0..<Int32(partitions)) { offsets.advance(partition, position: 0, end: 0) }
    }

    func begin(at origin: UInt64, maximumSeconds: Int) {}
    func boundary(at time: UInt64) {}
    func pause() {
        isPaused = true
        pauses += 1
    }
    func resume() {
        isPaused = false
        _ = live()
    }
    var readerOffsets: ReaderOffsets? {
        _ = live()
        return offsets
    }
    func live() -> LaneLive {
        if !isPaused, !isSlow {
            for lane in producers {
                let end = lane.acknowledgedEnds?.offset(of: Int(lane.partition)) ?? 0
                offsets.advance(lane.partition, position: end, end: end)
            }
        }
        let read = (0..<offsets.positions.count).reduce(UInt64(0)) { $0 + UInt64(offsets.positions.offset(of: $1) ?? 0) }
        return LaneLive(records: read, bytes: read * 100)
    }
    func collect() -> [ConsumerLanePhase] { [ConsumerLanePhase(), ConsumerLanePhase()] }
    func stop() {}
}

final class RatedFleet: LoadFleet {
    let lanes: [RatedLane]
    let readers: [RatedReader]
    let audited: AuditOutcome
    var producers: [any ProducingLane] { lanes }
    var consumers: [any ConsumingLane] { readers }
    let failure: (any Error)? = nil
    private(set) var audits = 0

    init(_ lanes: [RatedLane], _ readers: [RatedReader] = [], _ audited: AuditOutcome = .passed) {
        self.lanes = lanes
        self.readers = readers
        self.audited = audited
    }
    func stop() {}
    func audit(_ check: () throws -> Void) throws -> (outcome: AuditOutcome, counts: [String: UInt64]) {
        audits += 1
        return (audited, ["seen": 7])
    }
}
