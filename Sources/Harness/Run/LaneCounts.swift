// What all lanes have moved up to one moment, over all phases.
internal import Host

struct LaneCounts {
    let time = MonotonicClock.now()
    /// Acknowledged, over all groups.
    private(set) var records: UInt64 = 0, bytes: UInt64 = 0
    private(set) var outstanding: UInt64 = 0
    /// Handed over too late or beyond a queue's bound, over all groups.
    private(set) var late: UInt64 = 0
    /// Given up for good, over all groups.
    private(set) var failed: UInt64 = 0
    /// Read, over all groups: what two of them read counts twice.
    private(set) var consumed: UInt64 = 0
    /// Read by each group, in the order of the plan.
    private(set) var read: [LaneLive] = []
    /// Acknowledged and not yet read, of each group by itself; nil with fewer than two.
    var unread: UInt64? { read.count < 2 ? nil : read.reduce(0) { $0 + records - min(records, $1.ownRecords) } }
    /// Of values, as `consumed`.
    var consumedBytes: UInt64 { read.reduce(0) { $0 + $1.bytes } }

    init(_ producers: [[any ProducingLane]], _ consumers: [[any ConsumingLane]]) {
        for lane in producers.joined() {
            let live = lane.live()
            records += live.records
            bytes += live.bytes
            outstanding += live.outstanding
            late += live.late
            failed += live.failed
        }
        for lanes in consumers {
            var sum = LaneLive(records: 0, bytes: 0)
            for lane in lanes {
                let live = lane.live()
                sum.records += live.records
                sum.bytes += live.bytes
                sum.strangers += live.strangers
            }
            consumed += sum.records
            read.append(sum)
        }
    }
}
