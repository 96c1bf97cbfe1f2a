// One restart group as it was measured: raw slices, so that everything can be judged again without running it again.
package import Gate
package import Measurement

/// One slice: one build under load, the other idle beside it.
package struct SliceRecord: Codable, Equatable, Sendable {
    package var side: Side
    /// CLOCK_MONOTONIC nanoseconds at which what is measured begins.
    package var startedNanoseconds: UInt64
    package var seconds: Double
    /// Acknowledged while it was measured.
    package var records, bytes: UInt64
    /// Acknowledged bytes a second in each window of half a second.
    package var windows: [Double]
    /// Of the broker process; nil where it could not be read.
    package var brokerCPUNanoseconds: UInt64?
    /// Of the other build's, which should be idle.
    package var idleCPUNanoseconds: UInt64?
    /// (On-CPU + run-queue delay) / wall of the busiest lane.
    package var laneShare: Double?
    /// Acknowledged, of records intended while it was measured: the events that quantiles count.
    package var requests: UInt64
    /// Response times; open loop only.
    package var response: LatencyHistogram?
    /// Timer overshoot, 99 in 100; open loop only.
    package var hiccupP99Nanoseconds: UInt64?
    /// Open loop only: intended, and of those handed over on time.
    package var scheduledRecords, handedOverOnTime: UInt64
    /// What the broker's own counters grew by.
    package var counters: [String: UInt64]
    /// How long the disk took to come to rest before it, and what was still dirty then.
    package var restSeconds: Double
    package var dirtyBytes: UInt64

    package init(side: Side, startedNanoseconds: UInt64, seconds: Double) {
        self.side = side
        self.startedNanoseconds = startedNanoseconds
        self.seconds = seconds
        (records, bytes, requests, scheduledRecords, handedOverOnTime) = (0, 0, 0, 0, 0)
        windows = []
        counters = [:]
        (restSeconds, dirtyBytes) = (0, 0)
    }

    /// Share of one CPU that the idle build used.
    package var idleShare: Double? { idleCPUNanoseconds.map { Double($0) / 1e9 / seconds } }
}

/// What one side of a group did around its slices.
package struct SideRecord: Codable, Equatable, Sendable {
    /// From the start of its process to its first answer.
    package var startSeconds: Double
    package var warmUpRecords: UInt64
    /// What the audit counted.
    package var audit: [String: UInt64]

    package init(startSeconds: Double, warmUpRecords: UInt64, audit: [String: UInt64]) {
        self.startSeconds = startSeconds
        self.warmUpRecords = warmUpRecords
        self.audit = audit
    }
}

package struct GroupRecord: Codable, Equatable, Sendable {
    /// The values that are judged, and the machine while they were measured.
    package var group: RestartGroup
    /// ISO 8601, UTC, to the second.
    package var startedAt: String
    package var slices: [SliceRecord]
    package var base, head: SideRecord
    /// CPU of user processes outside the run, as a share of all CPUs.
    package var foreignShare: Double?
    /// Of the probe before it.
    package var probeNanoseconds: Double

    package init(
        group: RestartGroup, startedAt: String, slices: [SliceRecord], base: SideRecord, head: SideRecord, foreignShare: Double?,
        probeNanoseconds: Double
    ) {
        self.group = group
        self.startedAt = startedAt
        self.slices = slices
        self.base = base
        self.head = head
        self.foreignShare = foreignShare
        self.probeNanoseconds = probeNanoseconds
    }
}
