// What a run will cost, computed before anything starts: seconds of load and bytes on disk.
internal import CLinux
package import Host
internal import Measurement

/// The cost of one part of a run.
package struct HeadlineCost: Equatable, Sendable {
    package var loadNanoseconds: UInt64
    /// Upper bound of what it puts on the data directory's disk.
    package var diskBytes: Int64
    /// What the bound rests on, where it is not exact.
    package var assumption: String?

    package init(loadNanoseconds: UInt64, diskBytes: Int64, assumption: String? = nil) {
        self.loadNanoseconds = loadNanoseconds
        self.diskBytes = diskBytes
        self.assumption = assumption
    }
}

/// The costs of a run's parts. Their disk bytes add up, because nothing is deleted while the run lasts.
package struct RunPlan: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package let name: String
        package let cost: HeadlineCost
    }
    package private(set) var entries: [Entry] = []
    /// What it takes when nothing is measured.
    package var besides = BesidesLoad()

    /// What a load without a schedule may append a second before its byte budget ends it.
    package static let assumedMaximumBytesPerSecond = 2_000_000_000.0
    /// Bytes on disk per byte of record: frame, batch header, indexes.
    package static let logOverhead = 1.15

    package init() {}

    package mutating func add(_ name: String, _ cost: HeadlineCost) { entries.append(Entry(name: name, cost: cost)) }

    package var diskBytes: Int64 { entries.reduce(0) { $0 + $1.cost.diskBytes } }
    package var loadSeconds: Double { entries.reduce(0) { $0 + Double($1.cost.loadNanoseconds) / 1e9 } }

    /// - Throws: `.notEnoughDisk` when the run may fill more than half of `freeBytes`.
    package func check(freeBytes: Int64, directory: String) throws(HarnessError) {
        guard Double(diskBytes) > Double(freeBytes) * VerdictThresholds.diskPlanShareMaximum else { return }
        throw .notEnoughDisk(needed: diskBytes, free: freeBytes, directory: directory, entries: description)
    }

    /// Free bytes for an ordinary writer on the file system of `directory`.
    package static func freeBytes(at directory: String) throws(SystemError) -> Int64 {
        try checked(clinux_free_bytes(directory), "statvfs", directory)
    }

    /// One line an entry.
    package var description: String {
        entries.map { entry in
            let assumption = entry.cost.assumption.map { " (\($0))" } ?? ""
            return "  \(entry.name): \(fixed(Double(entry.cost.loadNanoseconds) / 1e9, 1)) s, \(decimalBytes(entry.cost.diskBytes))\(assumption)"
        }.joined(separator: "\n")
    }
}

extension PhasesPlan {
    /// All of it at the longest, in nanoseconds.
    package var longestNanoseconds: UInt64 {
        warmUpNanoseconds + steadyWaitNanoseconds + steadyNanoseconds + coolDownNanoseconds
    }
}

extension BrokerPlan {
    /// Seconds from when retention may remove a segment until its files are gone, with a second to spare.
    package var removesWithinSeconds: Double {
        func milliseconds(_ key: String, _ standard: Double) -> Double { settings[key].flatMap { Double($0) } ?? standard }
        return (milliseconds("log.retention.check.interval.ms", 300_000) + milliseconds("log.segment.delete.delay.ms", 60_000)) / 1e3 + 1
    }
}

/// What a load of one group of producers over these phases may put on disk at one time.
package func loadCost(_ producers: ProducersPlan, _ phases: PhasesPlan, topic: TopicPlan, removesWithin: Double) -> HeadlineCost {
    loadCost([producers], phases, topic: topic, removesWithin: removesWithin)
}

/// What a load of these groups over these phases may put on disk at one time.
///
/// - Parameters:
///   - removesWithin: seconds from when retention may remove a segment until its files are gone.
///   - budgetShare: of the load's byte budget, what those of these groups have that need one.
package func loadCost(
    _ groups: [ProducersPlan], _ phases: PhasesPlan, topic: TopicPlan, removesWithin: Double, budgetShare: Double = 1
) -> HeadlineCost {
    let seconds = Double(phases.longestNanoseconds) / 1e9
    // Segments are preallocated: one per partition stands on disk before its first byte is written.
    let preallocated = Int64(topic.allPartitions) * topic.segmentBytes
    var perSecond = 0.0
    for group in groups {
        guard let rate = group.rateShape?.highest ?? group.recordsPerSecond else { continue }
        perSecond += rate * (group.sizes.mean + Double(group.besidesValueBytes)) * RunPlan.logOverhead
    }
    var assumption: String?
    // All groups without a rate share one budget.
    if groups.contains(where: \.needsBudget) {
        perSecond += RunPlan.assumedMaximumBytesPerSecond * budgetShare
        assumption = "at most \(decimalBytes(Int64(perSecond)))/s; the load ends early where it is faster"
    }
    var written = Int64(perSecond * seconds)
    if let retained = topic.retentionBytes {
        // Besides what is kept: the segment being written, and what waits to be deleted.
        let kept = Int64(topic.allPartitions) * (retained + topic.segmentBytes) + Int64(perSecond * removesWithin)
        if kept < written {
            written = kept
            assumption = "\(decimalBytes(retained)) kept a partition"
        }
    }
    return HeadlineCost(loadNanoseconds: phases.longestNanoseconds, diskBytes: written + preallocated, assumption: assumption)
}

extension ProducersPlan {
    /// Whether nothing but a byte budget bounds what it writes.
    fileprivate var needsBudget: Bool { rateShape == nil && recordsPerSecond == nil }
}

extension Profile {
    /// What a load of these groups over these phases may put on disk at one time, each in its topics.
    func cost(of groups: [ProducersPlan], over phases: PhasesPlan) -> HeadlineCost {
        let budgeted = groups.filter(\.needsBudget).reduce(0) { $0 + $1.count }
        var whole = HeadlineCost(loadNanoseconds: phases.longestNanoseconds, diskBytes: 0)
        var assumptions: [String] = []
        let sets = allTopicSets.filter { set in groups.contains { $0.topic == set.name } }
        for set in sets {
            let own = groups.filter { $0.topic == set.name }
            // Every lane without a schedule has the same share of the budget.
            let share = Double(own.filter(\.needsBudget).reduce(0) { $0 + $1.count }) / Double(max(1, budgeted))
            let cost = loadCost(own, phases, topic: set, removesWithin: broker.removesWithinSeconds, budgetShare: share)
            whole.diskBytes += cost.diskBytes
            if let assumption = cost.assumption { assumptions.append(sets.count > 1 ? "\(set.label): \(assumption)" : assumption) }
        }
        whole.assumption = assumptions.isEmpty ? nil : assumptions.joined(separator: "; ")
        return whole
    }
}
