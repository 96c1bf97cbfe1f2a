// `search:` in a profile: find the highest rate that meets an objective, then measure there.
internal import Host
internal import Measurement

/// How a rate is searched for. Durations in nanoseconds, rates in records a second over all producers.
package struct SearchPlan: Equatable, Sendable {
    package var objective: SearchObjective
    /// The first rate; doubled from there, or halved where it fails.
    package var fromPerSecond = 1_000
    /// Nothing above is offered.
    package var mostPerSecond = 10_000_000
    /// Share by which the lowest rate that fails may be above the one that is found.
    package var precision = 0.05
    /// The measured window of a trial, after its settling.
    package var trialNanoseconds: UInt64 = 10_000_000_000
    /// At the trial's own rate, before its window: at most, where the rate is steady sooner.
    package var settleNanoseconds: UInt64 = 3_000_000_000
    /// The final measurement: the steady phase of the run.
    package var confirmNanoseconds: UInt64 = 60_000_000_000

    static let ratesMaximum = 100_000_000

    var bounds: RateSearch.Bounds { .init(from: Double(fromPerSecond), most: Double(mostPerSecond), precision: precision) }
}

extension SearchPlan {
    static func read(
        _ top: ProfileSection, _ producers: [ProducersPlan], _ consumers: [ConsumersPlan]
    ) throws(ProfileError) -> SearchPlan? {
        let keys = ["objective", "from", "most", "precision", "trial", "settle", "confirm"]
        guard let section = try top.section("search", keys: keys) else { return nil }
        let text = try section.required("objective", try section.value("objective", "an objective such as p99 <= 10ms and errors = 0") { $0 })
        var plan: SearchPlan
        do { plan = SearchPlan(objective: try SearchObjective.parse(text)) } catch {
            throw section.error("objective", "‘search.objective’ \(error.text)")
        }
        plan.fromPerSecond = try section.int("from", 1...ratesMaximum) ?? plan.fromPerSecond
        plan.mostPerSecond = try section.int("most", 1...ratesMaximum) ?? max(plan.mostPerSecond, plan.fromPerSecond)
        plan.precision = try section.share("precision") ?? plan.precision
        plan.trialNanoseconds = try section.duration("trial") ?? plan.trialNanoseconds
        plan.settleNanoseconds = try section.duration("settle") ?? plan.settleNanoseconds
        plan.confirmNanoseconds = try section.duration("confirm") ?? max(plan.confirmNanoseconds, plan.trialNanoseconds)
        try plan.check(section)
        try plan.check(objectiveOf: section, consumers)
        try check(top, producers)
        return plan
    }

    private func check(_ section: ProfileSection) throws(ProfileError) {
        if mostPerSecond < fromPerSecond { throw section.error("most", "‘search.most’ (\(mostPerSecond)) must not be below ‘search.from’ (\(fromPerSecond))") }
        if !(0.01...0.5).contains(precision) { throw section.error("precision", "‘search.precision’ must be from 1% to 50%") }
        if trialNanoseconds < nanosecondsPerSecond { throw section.error("trial", "‘search.trial’ must be at least 1s") }
        if confirmNanoseconds < trialNanoseconds {
            throw section.error("confirm", "‘search.confirm’ must be at least as long as ‘search.trial’: what a trial sees must not be missed by it")
        }
    }

    /// What the objective asks must be there to be seen, at the first rate already.
    private func check(objectiveOf section: ProfileSection, _ consumers: [ConsumersPlan]) throws(ProfileError) {
        for condition in objective.conditions {
            let name = condition.metric.rawValue
            if condition.metric.needsReaders, consumers.allSatisfy(\.isSlow) {
                let why = consumers.isEmpty ? "" : " without a ‘rate’: readers that are slow on purpose are behind whatever the broker does"
                throw section.error("objective", "‘search.objective’ names ‘\(name)’, which needs ‘consumers’\(why)")
            }
            if condition.metric == .lagSlope, trialNanoseconds < Self.slopeWindowMinimum {
                throw section.error("trial", "‘search.trial’ must be at least 3s for a ‘\(name)’: the lag is looked at once a second")
            }
            guard let quantile = condition.metric.quantile else { continue }
            // Every record a request of its own: fewer requests there can be, more not.
            let records = Double(fromPerSecond) * Double(trialNanoseconds) / 1e9
            if !VerdictThresholds.tailIsLongEnough(quantile: quantile, samples: UInt64(records)) {
                let needed = (VerdictThresholds.tailSamplesMinimum / (1 - quantile)).rounded()
                throw section.error(
                    "objective", "‘\(name)’ is told from \(fixed(needed, 0)) requests and more, and \(fromPerSecond) records/s make at most "
                        + "\(fixed(records, 0)) in a trial: a higher ‘search.from’ or a longer ‘search.trial’ (\(fixed(needed / Double(fromPerSecond), 0))s)")
            }
        }
    }

    /// A slope with an interval that says something: a look at the start and one a second.
    private static let slopeWindowMinimum = 3 * nanosecondsPerSecond

    /// What only the whole profile can tell.
    private static func check(_ top: ProfileSection, _ groups: [ProducersPlan]) throws(ProfileError) {
        if groups.isEmpty { throw top.error("search", "‘search’ looks for the rate of ‘producers’, which is missing") }
        if let group = groups.first(where: { $0.mode != .open }) {
            throw top.error("producers", "‘search’ needs ‘producers.mode: open’: a \(group.mode.rawValue) loop has no rate that could be too high")
        }
        // What holds for one of several does not hold for the others, and one quantile over all of them hides the worst.
        let searched = groups.count(where: { $0.recordsPerSecond == nil })
        guard searched <= 1 else {
            throw top.error("producers", "‘search’ finds the rate of one group of ‘producers’, not of \(searched): give the others a ‘rate’ of their own, at which they run beside it")
        }
        if searched == 1, let group = groups.first(where: { $0.rateShape != nil }) {
            throw top.error("producers", "who runs beside a ‘search’ has a rate that stays: no ‘steps’ or ‘ramp’ of ‘\(group.label)’")
        }
        if searched == 0 { throw top.error("producers", "‘search’ finds the rate: no ‘producers.rate’, ‘steps’ or ‘ramp’ beside it (‘search.from’ is the first that it offers)") }
        if top.has("gate") { throw top.error("gate", "a comparison of builds keeps one rate: no ‘gate’ with ‘search’") }
        if top.has("backlog") { throw top.error("backlog", "a backlog stands behind one rate: no ‘backlog’ with ‘search’") }
        if top.has("perturb") { throw top.error("perturb", "a rate is searched for in peace: no ‘perturb’ with ‘search’") }
        if case .mapping(let pairs, _)? = top.node("phases"), let steady = pairs.first(where: { $0.key == "steady" }) {
            throw steady.place.error("the steady phase of a search is its final measurement: ‘search.confirm’ and not ‘phases.steady’")
        }
        if case .mapping(let pairs, _)? = top.node("headlines"), let placement = pairs.first(where: { ["placement", "numa"].contains($0.key) }) {
            throw placement.place.error("‘headlines.\(placement.key)’ compares latencies at one rate: not with ‘search’")
        }
    }
}

extension SearchPlan {
    /// What a search takes where the machine spoils nothing, and may put on the data directory's disk at most.
    func cost(_ profile: Profile) -> HeadlineCost {
        let phases = profile.phases
        let (trial, confirm) = (trialNanoseconds + settleNanoseconds, confirmNanoseconds + phases.steadyWaitNanoseconds)
        let trials = bounds.trialsExpected
        let load = UInt64(trials) * trial + confirm + phases.warmUpNanoseconds + phases.coolDownNanoseconds
        // As if the limit were just below `most`: the rates on the way up come to twice that, and what fails there is made twice.
        let (trialsThere, confirmsThere) = (Double(3 + 2 * bounds.bisectionsMaximum), Double(RateSearch.confirmationsMaximum))
        let seconds = (trialsThere * Double(trial) + confirmsThere * Double(confirm)) / 1e9
        var (diskBytes, assumptions) = (Int64(0), [String]())
        let sets = profile.usedTopicSets
        for set in sets {
            let searched = min(profile.searchedBytesPerSecond(to: set, atMost: mostPerSecond) * RunPlan.logOverhead, RunPlan.assumedMaximumBytesPerSecond)
            let beside = profile.besideBytesPerSecond(to: set) * RunPlan.logOverhead
            // Who runs beside it writes as much in every window.
            let written = searched * seconds + beside * max(seconds, Double(load) / 1e9)
            let (bytes, assumption) = profile.kept(in: set, of: written, bytesPerSecond: searched + beside)
            diskBytes += bytes + Int64(set.allPartitions) * set.segmentBytes
            assumptions.append(sets.count > 1 ? "\(set.label): \(assumption)" : assumption)
        }
        let windows = "\(trials) trials at \(mostPerSecond) records/s at most, and the final measurement"
        return HeadlineCost(loadNanoseconds: load, diskBytes: diskBytes, assumption: "\(windows); \(assumptions.joined(separator: "; "))")
    }
}

extension Profile {
    /// Of records of the group without a rate, into one set of topics, at `most` records a second.
    fileprivate func searchedBytesPerSecond(to set: TopicPlan, atMost most: Int) -> Double {
        let groups = producerGroups.filter { $0.topic == set.name && $0.recordsPerSecond == nil }
        return groups.isEmpty ? 0 : Double(most) * groups.meanRecordBytes
    }

    /// The same of those that have a rate.
    fileprivate func besideBytesPerSecond(to set: TopicPlan) -> Double {
        let groups = producerGroups.filter { $0.topic == set.name && $0.recordsPerSecond != nil }
        return (groups.recordsPerSecond ?? 0) * groups.meanRecordBytes
    }

    /// Of so many bytes written to a set of topics, what is on the disk at one time.
    fileprivate func kept(in topic: TopicPlan, of written: Double, bytesPerSecond: Double) -> (bytes: Int64, assumption: String) {
        let all = Int64(min(written, 9e18))
        guard let retained = topic.retentionBytes else {
            return (all, "at most \(decimalBytes(Int64(bytesPerSecond)))/s and nothing removed: ‘topic.retentionBytes’ or ‘search.most’ bounds it")
        }
        let partitions = Int64(topic.allPartitions)
        // Besides what is kept: the segment being written and the next one, and what waits to be removed.
        let bounded = partitions * (retained + 2 * topic.segmentBytes) + Int64(bytesPerSecond * broker.removesWithinSeconds)
        return bounded < all ? (bounded, "\(decimalBytes(retained)) kept a partition") : (all, "all of it kept")
    }
}
