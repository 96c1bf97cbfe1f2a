// When readers that were held back have caught up: in each set of topics by itself.

/// A set with few records would be lost in what another may still be behind, so each has its own goal. Lives on the control thread.
struct CatchUpGoal {
    private struct OfSet {
        var lag: LagSampler
        /// Records of it that the readers may be behind: what is offered to it in `caughtUpSeconds`, or what `drain` leaves.
        var allowed: UInt64

        /// Records that the readers are behind now.
        mutating func behind() -> UInt64 { lag.look(at: 0, isKept: false).sum }
    }

    private var sets: [OfSet]
    /// Records that the readers were behind when they began, in all sets together.
    private(set) var behind: UInt64 = 0
    /// By which they may be behind when they have caught up, in all sets together.
    var allowed: UInt64 { sets.reduce(0) { $0 + $1.allowed } }

    /// - Parameters:
    ///   - plan: its producers at the rates that they have while the readers catch up.
    ///   - consumers: by group, in the order of the plan.
    ///   - producers: of all groups.
    init(_ plan: LoadPlan, consumers: [[any ConsumingLane]], producers: [any ProducingLane]) {
        let ends = producers.compactMap(\.acknowledgedEnds)
        sets = plan.consumerGroups.heldBackTopics.compactMap { topic in
            let readers = zip(plan.consumerGroups, consumers).flatMap { group, lanes in
                plan.consumerGroups.holdsBack(group) && group.topic == topic ? lanes : []
            }
            guard let lag = LagSampler(readers: readers.compactMap(\.readerOffsets), producers: ends) else { return nil }
            let offered = plan.producerGroups.filter { $0.topic == topic }.recordsPerSecond ?? 0
            return OfSet(lag: lag, allowed: UInt64(offered * BacklogPlan.caughtUpSeconds))
        }
    }

    /// Right before the readers are let go.
    ///
    /// - Parameter drainShare: of each set's backlog, after which its readers count as having caught up.
    mutating func begin(drainShare: Double) {
        for n in sets.indices {
            let sum = sets[n].behind()
            behind += sum
            sets[n].allowed = max(sets[n].allowed, UInt64(Double(sum) * (1 - drainShare)))
        }
    }

    /// Whether the readers have caught up with every set.
    mutating func isReached() -> Bool {
        for n in sets.indices {
            guard sets[n].behind() <= sets[n].allowed else { return false }
        }
        return true
    }

    /// Records that the readers are behind now, in all sets together.
    mutating func remaining() -> UInt64 {
        var sum: UInt64 = 0
        for n in sets.indices { sum += sets[n].behind() }
        return sum
    }
}
