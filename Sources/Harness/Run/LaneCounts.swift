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
    /// Acknowledged into the topics of each group that reads.
    private(set) var written: [UInt64] = []
    /// Acknowledged and not yet read, of each group by itself; nil with fewer than two.
    var unread: UInt64? { read.count < 2 ? nil : zip(written, read).reduce(UInt64(0)) { $0 + $1.0 - min($1.0, $1.1.ownRecords) } }
    /// Of values, as `consumed`.
    var consumedBytes: UInt64 { read.reduce(0) { $0 + $1.bytes } }

    /// - Parameter plan: of the lanes, which are grouped as it has them.
    init(_ producers: [[any ProducingLane]], _ consumers: [[any ConsumingLane]], _ plan: LoadPlan) {
        var acknowledged: [String?: UInt64] = [:]
        for (group, lanes) in zip(plan.producerGroups, producers) {
            for lane in lanes {
                let live = lane.live()
                records += live.records
                bytes += live.bytes
                outstanding += live.outstanding
                late += live.late
                failed += live.failed
                acknowledged[group.topic, default: 0] += live.records
            }
        }
        for (group, lanes) in zip(plan.consumerGroups, consumers) {
            var sum = LaneLive(records: 0, bytes: 0)
            for lane in lanes {
                let live = lane.live()
                sum.records += live.records
                sum.bytes += live.bytes
                sum.strangers += live.strangers
            }
            consumed += sum.records
            read.append(sum)
            written.append(acknowledged[group.topic] ?? 0)
        }
    }
}
