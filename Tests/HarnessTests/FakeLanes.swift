// Lanes without threads or sockets: a load whose every number is known.
import Host
import Measurement

@testable import Harness

/// Acknowledges everything `latencyNanoseconds` after its intended time, as far as the clock has come.
final class FakeProducerLane: ProducingLane {
    let threadID: Int32 = 0
    private let eventsPerSecond: Double
    private let recordBytes: UInt64
    private let latencyNanoseconds: UInt64
    /// One record of each phase is intended so much later than it is acknowledged: by a clock that can't be right.
    var aheadNanoseconds: UInt64 = 0
    /// Of the batches of each phase, before and behind a codec.
    var batches: (before: UInt64, sent: UInt64)?
    /// From here on nothing is acknowledged.
    var acknowledgesNothing = false
    private(set) var calls: [String] = []
    private(set) var isAbandoned = false
    private var starts: [UInt64] = []
    private var ended: UInt64?
    private var earlier: UInt64 = 0
    private(set) var budget: Int64?

    init(eventsPerSecond: Double, recordBytes: UInt64 = 100, latencyNanoseconds: UInt64 = 1_000_000) {
        self.eventsPerSecond = eventsPerSecond
        self.recordBytes = recordBytes
        self.latencyNanoseconds = latencyNanoseconds
    }

    func begin(schedule: OpenLoopSchedule?, at origin: UInt64, maximumSeconds: Int, byteBudget: Int64?) {
        calls.append("begin")
        starts = [origin]
        ended = nil
        budget = byteBudget
    }
    func boundary(at time: UInt64) {
        calls.append("boundary")
        starts.append(time)
    }
    func end(at time: UInt64) {
        calls.append("end")
        ended = time
    }
    func abandon() {
        calls.append("abandon")
        isAbandoned = true
    }
    func stop() { calls.append("stop") }

    private func acknowledged(by now: UInt64, from start: UInt64) -> UInt64 {
        let until = min(now, ended ?? now)
        guard until > start, !acknowledgesNothing else { return 0 }
        let records = UInt64(Double(until - start) / 1e9 * eventsPerSecond)
        return budget.map { min(records, UInt64($0) / recordBytes) } ?? records
    }

    var isDrained: Bool { ended.map { MonotonicClock.now() >= $0 + latencyNanoseconds } == true && !acknowledgesNothing }
    func live() -> LaneLive {
        // A budget is of what came since the lane began.
        let since = starts.first.map { acknowledged(by: MonotonicClock.now(), from: $0) } ?? 0
        let records = earlier + since
        let spent = budget.map { since * recordBytes + recordBytes > UInt64($0) } ?? false
        return LaneLive(records: records, bytes: records * recordBytes, isBudgetSpent: spent)
    }
    var responseRecorder: LatencyRecorder? { nil }

    func collect() -> [ProducerLanePhase] {
        calls.append("collect")
        let phases = starts.indices.map { n in phase(from: starts[n], to: n + 1 < starts.count ? starts[n + 1] : ended!) }
        earlier += acknowledged(by: .max, from: starts[0])
        starts = []
        return phases
    }

    private func phase(from start: UInt64, to end: UInt64) -> ProducerLanePhase {
        var phase = ProducerLanePhase()
        let count = UInt64(Double(end - start) / 1e9 * eventsPerSecond)
        phase.scheduledRecords = count
        phase.handedOverOnTime = count
        phase.acknowledgedRecords = acknowledgesNothing ? 0 : count
        phase.acknowledgedInTime = phase.acknowledgedRecords
        phase.acknowledgedRequests = phase.acknowledgedRecords
        phase.acknowledgedBytes = phase.acknowledgedRecords * recordBytes
        if let batches { (phase.uncompressedBatchBytes, phase.batchBytes) = batches }
        let recorder = LatencyRecorder(origin: start, maximumSeconds: 10)
        recorder.record(Int64(latencyNanoseconds), count: max(1, count), at: start)
        phase.histograms = ["response": recorder.snapshot(), "schedule_lag": LatencyHistogram()]
        if aheadNanoseconds > 0 {
            let recorders = ProducerRecorders(origin: start, maximumSeconds: 10)
            let now = start + latencyNanoseconds, intended = now + aheadNanoseconds
            recorders.response.record(Int64(latencyNanoseconds), count: max(1, count) - 1, at: now)
            recorders.response.record(Int64(bitPattern: now &- intended), at: now)
            let read = recorders.value(errors: [:])
            phase.histograms["response"] = read.histograms["response"]
            phase.impossibleSamples = read.impossibleSamples
        }
        return phase
    }
}

final class FakeFleet: LoadFleet {
    let producers: [any ProducingLane]
    let consumers: [any ConsumingLane] = []
    let outcome: AuditOutcome
    private(set) var stops = 0
    let failure: (any Error)? = nil

    init(_ producers: [FakeProducerLane], outcome: AuditOutcome = .passed) {
        self.producers = producers
        self.outcome = outcome
    }
    func stop() { stops += 1 }
    func audit(_ check: () throws -> Void) throws -> (outcome: AuditOutcome, counts: [String: UInt64]) { (outcome, ["seen": 1]) }
}
