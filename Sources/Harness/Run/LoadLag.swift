// How far the readers of a load are behind: those that it is judged by, and each group by itself.
internal import Host
internal import Results

/// Lives on the control thread.
struct LoadLag {
    /// What the looks of one phase come to.
    struct Reading {
        /// Of the readers that it was made for.
        let whole: LagRecord?
        /// Whether `whole` says something of the broker: readers that are slow on purpose fall behind whatever it does.
        let isJudged: Bool
        /// Of each group of readers, in the order of the plan; empty with fewer than two of them.
        let groups: [LagRecord?]
    }

    private var whole: LagSampler
    private var groups: [LagSampler?]
    private let isJudged: Bool

    /// - Parameters:
    ///   - readers: by group, in the order of `plans`.
    ///   - producers: of all groups.
    ///   - whole: the readers that the load is judged by; nil: those that read as fast as they can or, where there are none, those that
    ///     are slow on purpose.
    /// - Returns: nil where nothing tells where readers are.
    init?(_ readers: [[any ConsumingLane]], _ plans: [ConsumersPlan], producers: [any ProducingLane], whole judged: [any ConsumingLane]? = nil) {
        let ends = producers.compactMap(\.acknowledgedEnds)
        func sampler(_ lanes: [any ConsumingLane]) -> LagSampler? { LagSampler(readers: lanes.compactMap(\.readerOffsets), producers: ends) }
        let tails = judged ?? zip(plans, readers).flatMap { plan, lanes in plan.isSlow ? [] : lanes }
        guard let whole = sampler(tails.isEmpty ? readers.flatMap { $0 } : tails) else { return nil }
        self.whole = whole
        isJudged = !tails.isEmpty
        groups = plans.count > 1 ? readers.map(sampler) : []
    }

    /// Looks from here on belong to a series that began at `origin`, CLOCK_MONOTONIC nanoseconds.
    mutating func restart(at origin: UInt64) {
        whole.restart(at: origin)
        for n in groups.indices { groups[n]?.restart(at: origin) }
    }

    /// One look; that of the whole comes back.
    ///
    /// - Parameter isKept: whether it belongs to the series, where one has begun.
    mutating func look(isKept: Bool = true) -> LagSampler.Look {
        let now = MonotonicClock.now()
        if isKept {
            for n in groups.indices { _ = groups[n]?.look(at: now) }
        }
        return whole.look(at: now, isKept: isKept)
    }

    /// Of the looks since `restart`.
    var reading: Reading { Reading(whole: whole.record, isJudged: isJudged, groups: groups.map { $0?.record }) }
}
