// What each group of lanes gathered in the steady phase.
internal import Measurement
internal import Results

struct ProducerGroupPhase {
    let plan: ProducersPlan
    let lanes: [ProducerLanePhase]
    let threads: [Int32]
    /// Of the lanes, for their seconds. Nobody writes them any more.
    let recorders: [LatencyRecorder]
    let scheduleLags, services: [LatencyRecorder]
    /// Of the lanes, for intervals; empty where nobody asked for any.
    let clocks: [[String: LatencyRecorder]]

    /// Whether it had a schedule to keep: producers that are stopped while readers catch up have none.
    var isScheduled: Bool { plan.mode == .open && !lanes.isEmpty }
}

struct ConsumerGroupPhase {
    let plan: ConsumersPlan
    let lanes: [ConsumerLanePhase]
    let threads: [Int32]
    /// What it had read at the two ends of the phase.
    let before, after: LaneLive
    /// Into the topics that it reads, at the end of the phase.
    let acknowledged: UInt64
    /// Its own; nil where it is the only group.
    let lag: LagRecord?
    /// Whether it stood still before the phase, and has caught up in it.
    let wasHeldBack: Bool
    /// Of the lanes, for their seconds; none of readers that are slow on purpose, which go on writing them.
    let recorders: [LatencyRecorder]
    let clocks: [[String: LatencyRecorder]]

    /// Gets to records long after they were intended, if ever.
    var isLate: Bool { plan.isSlow || wasHeldBack }
    /// Records and bytes of values: of a tail those intended in the phase, of a late reader those that it read while the phase lasted.
    var records: UInt64 { isLate ? after.records - before.records : lanes.reduce(0) { $0 + $1.records } }
    var bytes: UInt64 { isLate ? after.bytes - before.bytes : lanes.reduce(0) { $0 + $1.bytes } }
    /// Acknowledged and not yet read, at the end of the phase.
    var behind: UInt64 { acknowledged - min(acknowledged, after.ownRecords) }
}
