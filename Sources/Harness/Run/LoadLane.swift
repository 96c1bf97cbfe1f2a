// What the phases of a load ask of the threads that carry it.
package import Measurement

/// What one producer lane gathered in one phase.
package struct ProducerLanePhase: Sendable {
    /// By clock: `schedule_lag`, `client_delay`, `service`, `response`; of transactions `commit`.
    package var histograms: [String: LatencyHistogram] = [:]
    /// Records whose intended time lies in the phase. Open loop only.
    package var scheduledRecords: UInt64 = 0
    /// Of them, those that entered the lane's queue, or its count of records beyond the queue's bound, on time.
    package var handedOverOnTime: UInt64 = 0
    package var handedOverLate: UInt64 = 0
    /// Of those handed over: they found the queue full, and are sent when there is room, with their own intended time.
    package var beyondQueueRecords: UInt64 = 0
    /// Handed over late, or beyond the queue's bound.
    package var lateRecords: UInt64 = 0
    /// Of those handed over: never given to the client, because the lane was told to stop waiting.
    package var unsentRecords: UInt64 = 0
    package var acknowledgedRecords: UInt64 = 0
    package var acknowledgedBytes: UInt64 = 0
    /// Of whole acknowledged batches, as they were sent and as they were before compression, by their first record.
    package var batchBytes: UInt64 = 0
    package var uncompressedBatchBytes: UInt64 = 0
    /// Requests, the events that quantiles count.
    package var acknowledgedRequests: UInt64 = 0
    /// Of the acknowledged records, those acknowledged before the phase ended.
    package var acknowledgedInTime: UInt64 = 0
    package var failedRecords: UInt64 = 0
    /// Of transactions that were aborted on purpose; in time, they count among those acknowledged in time.
    package var abortedRecords: UInt64 = 0
    package var committedTransactions: UInt64 = 0
    package var abortedTransactions: UInt64 = 0
    /// By Kafka's error name.
    package var errors: [String: UInt64] = [:]
    package var impossibleSamples: UInt64 = 0
    /// Acknowledged per second, from the phase's start.
    package var series: [IntervalPoint] = []
    package init() {}
}

/// What one consumer lane gathered in one phase.
package struct ConsumerLanePhase: Sendable {
    /// `end_to_end`; of members of a group `rebalance`.
    package var histograms: [String: LatencyHistogram] = [:]
    package var polls: UInt64 = 0
    /// Times that the lane's group came to terms anew.
    package var rebalances: UInt64 = 0
    /// Records that another member, or itself, had read before and not committed. They are in no other count.
    package var redeliveredRecords: UInt64 = 0
    /// Of a member of a group: partitions that it had when the phase was collected, or when its lane ended. nil while its group comes to
    /// terms, and for a lane in none.
    package var partitionsRead: UInt64?
    package var records: UInt64 = 0
    package var bytes: UInt64 = 0
    package var errors: [String: UInt64] = [:]
    package var impossibleSamples: UInt64 = 0
    package var series: [IntervalPoint] = []
    package init() {}
}

/// A lane at this moment. All counts run from the lane's start, over all phases.
package struct LaneLive: Sendable {
    package var records: UInt64
    package var bytes: UInt64
    /// Due and not yet sent, or sent and not yet acknowledged.
    package var outstanding: UInt64
    /// Handed over too late, not within `VerdictThresholds.onTimeNanoseconds` of their intended time, or beyond the queue's bound.
    package var late: UInt64
    /// Given up for good.
    package var failed: UInt64
    /// Of the records read, those that no producer of the load has sent.
    package var strangers: UInt64
    package var isBudgetSpent: Bool
    package init(
        records: UInt64, bytes: UInt64, outstanding: UInt64 = 0, late: UInt64 = 0, failed: UInt64 = 0, strangers: UInt64 = 0, isBudgetSpent: Bool = false
    ) {
        self.records = records
        self.strangers = strangers
        self.bytes = bytes
        self.outstanding = outstanding
        self.late = late
        self.failed = failed
        self.isBudgetSpent = isBudgetSpent
    }

    /// Read, of the load's producers.
    var ownRecords: UInt64 { records - min(records, strangers) }
}

/// A thread that produces. Every method belongs to the control thread.
package protocol ProducingLane: AnyObject {
    /// The thread, as /proc knows it.
    var threadID: Int32 { get }
    /// Starts a stretch of load at `origin`: its part of the schedule, or, without one, as much as the
    /// client's bounds allow. Its first phase starts at `origin`.
    ///
    /// - Parameter byteBudget: record bytes after which the lane sends no more; nil: no bound.
    func begin(schedule: OpenLoopSchedule?, at origin: UInt64, maximumSeconds: Int, byteBudget: Int64?)
    /// Records intended (without schedule: handed over) at or after `time` belong to the next phase.
    func boundary(at time: UInt64)
    /// No record is intended at or after `time`; then everything collected is sent.
    func end(at time: UInt64)
    /// Ended, and nothing unacknowledged.
    var isDrained: Bool { get }
    /// Gives up waiting: what is unacknowledged becomes unknown.
    func abandon()
    func live() -> LaneLive
    /// Response times of the phase that is on; for the live display and the series.
    var responseRecorder: LatencyRecorder? { get }
    /// As the response's; nil: it isn't kept.
    var scheduleLagRecorder: LatencyRecorder? { get }
    var serviceRecorder: LatencyRecorder? { get }
    /// How far the broker is known to have taken each partition; nil: it isn't kept.
    var acknowledgedEnds: OffsetGauges? { get }
    /// By clock, what each second of the phase that is on holds; empty where it isn't kept. To be read once the lane is drained.
    var intervalClocks: [String: LatencyRecorder] { get }
    /// One per phase since `begin`. After `isDrained` or `abandon`.
    func collect() -> [ProducerLanePhase]
    func stop()
}

/// A thread that consumes from the tail.
package protocol ConsumingLane: AnyObject {
    var threadID: Int32 { get }
    func begin(at origin: UInt64, maximumSeconds: Int)
    /// Records intended at or after `time` belong to the next phase.
    func boundary(at time: UInt64)
    /// Reads nothing from here on, until `resume`.
    func pause()
    func resume()
    /// Leaves its group, and comes back; nothing for a lane that is no member of one.
    func leaveGroup()
    func joinGroup()
    func live() -> LaneLive
    /// How far it has come in each partition; nil: it isn't kept.
    var readerOffsets: ReaderOffsets? { get }
    /// Of the last phase; nil: it isn't kept.
    var endToEndRecorder: LatencyRecorder? { get }
    /// As a producer's, of the last phase.
    var intervalClocks: [String: LatencyRecorder] { get }
    func collect() -> [ConsumerLanePhase]
    func stop()
}

extension ProducingLane {
    package var scheduleLagRecorder: LatencyRecorder? { nil }
    package var serviceRecorder: LatencyRecorder? { nil }
    package var acknowledgedEnds: OffsetGauges? { nil }
    package var intervalClocks: [String: LatencyRecorder] { [:] }
}

extension ConsumingLane {
    package var readerOffsets: ReaderOffsets? { nil }
    package var endToEndRecorder: LatencyRecorder? { nil }
    package var intervalClocks: [String: LatencyRecorder] { [:] }
    package func leaveGroup() {}
    package func joinGroup() {}
}

/// The lanes of one load and what judges their records.
package protocol LoadFleet {
    var producers: [any ProducingLane] { get }
    var consumers: [any ConsumingLane] { get }
    /// What ended a lane before its time; nil while all is well.
    var failure: (any Error)? { get }
    /// Stops every lane. May be called again.
    func stop()
    /// After `stop`: reads back what no consumer saw, and judges every record.
    ///
    /// - Parameter check: to be called at least every 100 ms; throws to give up.
    func audit(_ check: () throws -> Void) throws -> (outcome: AuditOutcome, counts: [String: UInt64])
}
