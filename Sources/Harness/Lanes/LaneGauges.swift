// What a running lane shows of itself.
internal import Synchronization

/// Written by the lane's thread once a turn, read by any. The values are of one moment each, not of the same one.
final class LaneGauges: Sendable {
    /// Since the lane was made.
    let records = Atomic<UInt64>(0)
    /// Of their values.
    let bytes = Atomic<UInt64>(0)
    let outstanding = Atomic<UInt64>(0)
    /// Never acknowledged for good, since the lane was made.
    let failed = Atomic<UInt64>(0)
    /// Read, of no producer of the load, since the lane was made.
    let strangers = Atomic<UInt64>(0)
    /// Handed over too late or beyond the queue's bound, since the lane was made.
    let late = Atomic<UInt64>(0)
    let isBudgetSpent = Atomic<Bool>(false)
    let isDrained = Atomic<Bool>(true)

    var live: LaneLive {
        LaneLive(
            records: records.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed),
            outstanding: outstanding.load(ordering: .relaxed), late: late.load(ordering: .relaxed), failed: failed.load(ordering: .relaxed),
            strangers: strangers.load(ordering: .relaxed), isBudgetSpent: isBudgetSpent.load(ordering: .relaxed))
    }
}
