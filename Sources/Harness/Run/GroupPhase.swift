// What each group of lanes gathered in the steady phase.
internal import Measurement

struct ProducerGroupPhase {
    let plan: ProducersPlan
    let lanes: [ProducerLanePhase]
    let threads: [Int32]
    /// Of the lanes, for their seconds. Nobody writes them any more.
    let recorders: [LatencyRecorder]
}

struct ConsumerGroupPhase {
    let plan: ConsumersPlan
    let lanes: [ConsumerLanePhase]
    let threads: [Int32]
    /// What it had read at the two ends of the phase.
    let before, after: LaneLive
    /// By all producers, at the end of the phase.
    let acknowledged: UInt64

    /// Records and bytes of values: of a tail those intended in the phase, of a slow reader, which gets to them later if ever,
    /// those that it read while the phase lasted.
    var records: UInt64 { plan.isSlow ? after.records - before.records : lanes.reduce(0) { $0 + $1.records } }
    var bytes: UInt64 { plan.isSlow ? after.bytes - before.bytes : lanes.reduce(0) { $0 + $1.bytes } }
    /// Acknowledged and not yet read, at the end of the phase.
    var behind: UInt64 { acknowledged - min(acknowledged, after.records) }
}
