// The `gate` part of a profile: what a comparison of two builds measures, and what it may cost.
internal import Host

/// How two builds are compared under a profile's load. Durations in nanoseconds, shares as fractions.
package struct ComparisonPlan: Equatable, Sendable {
    /// One slice cannot give both: at a fixed rate the throughput is the target.
    package enum Kind: String, Sendable, CaseIterable {
        /// As much as the client's bounds allow: throughput and CPU per record.
        case max
        /// An open loop at a rate that is the same for every slice: response times and CPU per record.
        case rate
    }

    /// What may be gated.
    package enum Metric: String, Sendable, CaseIterable {
        /// Acknowledged bytes a second: the median of half-second windows.
        case throughput
        /// Response time, intended to acknowledged, of 99 in 100 records.
        case p99
        /// CPU nanoseconds of the broker process per acknowledged record.
        case cpu

        /// The kind of slice that can tell it; nil: either.
        var kind: Kind? {
            switch self {
            case .throughput: .max
            case .p99: .rate
            case .cpu: nil
            }
        }
    }

    package var kind: Kind
    /// One to three; the error budget is split over them.
    package var metrics: [Metric]
    /// So much worse must be ruled out for a pass.
    package var thresholdFraction = 0.05
    /// A difference up to this is no regression, however significant.
    package var minimumEffectFraction = 0.02
    /// Of measured load, over all groups.
    package var budgetNanoseconds: UInt64 = 600_000_000_000
    /// In a group, half of them on each build.
    package var slices = 4
    package var sliceNanoseconds: UInt64 = 3_000_000_000
    /// Of a slice, from its start: not measured.
    package var discardNanoseconds: UInt64 = 500_000_000
    /// Of each build, before a group's first slice.
    package var warmUpNanoseconds: UInt64 = 1_000_000_000
    /// Groups at most.
    package var groups = 50
    /// Records a second, given; nil: a share of what the base build carries, found before the first group and pinned.
    package var recordsPerSecond: Double?

    package static let metricsMaximum = 3
    static let measuredNanosecondsMinimum: UInt64 = 200_000_000
    /// Of the base's saturation: the rate at which response times are compared.
    package static let rateShareOfSaturation = 0.60

    package var measuredNanoseconds: UInt64 { sliceNanoseconds - discardNanoseconds }
    /// Of load in one group, warm-ups aside.
    package var groupNanoseconds: UInt64 { UInt64(slices) * sliceNanoseconds }
}

extension ComparisonPlan {
    /// What a comparison may have on disk at one time: the data of both builds in one group.
    package func diskCost(_ profile: Profile) -> HeadlineCost {
        let partitions = Int64(profile.topic.partitions)
        let seconds = Double(warmUpNanoseconds + UInt64(slices / 2) * sliceNanoseconds) / 1e9
        var eachSide = Int64(RunPlan.assumedMaximumBytesPerSecond * seconds)
        var assumption = "at most \(decimalBytes(Int64(RunPlan.assumedMaximumBytesPerSecond)))/s, nothing removed"
        if let retained = profile.topic.retentionBytes {
            // Besides what is kept: the segment being written and the next one, and what waits to be deleted.
            let waiting = Int64(RunPlan.assumedMaximumBytesPerSecond * Self.deletionSeconds)
            eachSide = min(eachSide, partitions * (retained + 2 * profile.topic.segmentBytes) + waiting)
            assumption = "\(decimalBytes(retained)) kept a partition"
        }
        return HeadlineCost(
            loadNanoseconds: UInt64(groups) * groupNanoseconds, diskBytes: 2 * (eachSide + partitions * profile.topic.segmentBytes),
            assumption: assumption)
    }

    /// What `profiles check` says of it.
    package func words(_ profile: Profile) -> String {
        let cost = diskCost(profile)
        let load = "\(slices) slices of \(fixed(Double(sliceNanoseconds) / 1e9, 1)) s a group"
        return """
              gate (tidemark ab): \(kind.rawValue), \(metrics.map(\.rawValue).joined(separator: " + ")) at \(percent(thresholdFraction)); \(load), \
            at most \(groups) groups or \(fixed(Double(budgetNanoseconds) / 60e9, 0)) min of load, \(decimalBytes(cost.diskBytes)) on disk\(cost.assumption.map { " (\($0))" } ?? "")
            """
    }

    /// From the moment a segment may go to the moment its files are gone.
    private static let deletionSeconds = 2.0

    static func read(_ top: ProfileSection) throws(ProfileError) -> ComparisonPlan? {
        let keys = [
            "kind", "metrics", "threshold", "minimumEffect", "budget", "slices", "slice", "discard", "warmUp", "groups", "rate",
        ]
        guard let section = try top.section("gate", keys: keys) else { return nil }
        let kind = try section.required("kind", try section.choice("kind", Kind.self))
        var plan = ComparisonPlan(kind: kind, metrics: Metric.allCases.filter { $0.kind == nil || $0.kind == kind })
        plan.metrics = try section.list("metrics") { (node, name) throws(ProfileError) in
            try ProfileSection.choice(node, name, Metric.self)
        } ?? plan.metrics
        plan.thresholdFraction = try section.share("threshold") ?? plan.thresholdFraction
        plan.minimumEffectFraction = try section.share("minimumEffect") ?? plan.minimumEffectFraction
        plan.budgetNanoseconds = try section.duration("budget") ?? plan.budgetNanoseconds
        plan.slices = try section.int("slices", 2...12) ?? plan.slices
        plan.sliceNanoseconds = try section.duration("slice") ?? plan.sliceNanoseconds
        plan.discardNanoseconds = try section.duration("discard") ?? plan.discardNanoseconds
        plan.warmUpNanoseconds = try section.duration("warmUp") ?? plan.warmUpNanoseconds
        plan.groups = try section.int("groups", 1...10_000) ?? plan.groups
        plan.recordsPerSecond = try section.number("rate")
        try plan.check(section)
        return plan
    }

    private func check(_ section: ProfileSection) throws(ProfileError) {
        guard (1...Self.metricsMaximum).contains(metrics.count), Set(metrics).count == metrics.count else {
            throw section.error("metrics", "‘gate.metrics’ must name one to \(Self.metricsMaximum) different metrics: each one more costs power")
        }
        if let stranger = metrics.first(where: { $0.kind != nil && $0.kind != kind }) {
            throw section.error("metrics", "‘\(stranger.rawValue)’ needs ‘gate.kind: \(stranger.kind!.rawValue)’")
        }
        if slices % 2 != 0 { throw section.error("slices", "‘gate.slices’ must be even: half of them for each build") }
        if sliceNanoseconds < discardNanoseconds &+ Self.measuredNanosecondsMinimum {
            throw section.error("slice", "‘gate.slice’ must be at least 200ms longer than ‘gate.discard’")
        }
        if thresholdFraction <= minimumEffectFraction {
            throw section.error("threshold", "‘gate.threshold’ must be above ‘gate.minimumEffect’")
        }
        if kind == .max, recordsPerSecond != nil { throw section.error("rate", "‘gate.rate’ belongs to ‘gate.kind: rate’") }
    }

    /// What only the whole profile can tell.
    func check(_ profile: Profile, _ top: ProfileSection) throws(ProfileError) {
        guard let producers = profile.producers else { throw top.error("gate", "‘gate’ compares builds under the load of ‘producers’, which is missing") }
        for (key, count) in [("producers", profile.producerGroups.count), ("consumers", profile.consumerGroups.count)] where count > 1 {
            throw top.error(key, "‘gate’ compares builds under one group of ‘\(key)’, not \(count)")
        }
        if profile.consumerGroups.contains(where: \.isSlow) {
            throw top.error("consumers", "a slice of ‘gate’ ends when every record was read: no ‘consumers.rate’")
        }
        let mode: LoadMode = kind == .max ? .max : .open
        guard producers.mode == mode else {
            throw top.error("producers", "‘gate.kind: \(kind.rawValue)’ needs ‘producers.mode: \(mode.rawValue)’")
        }
        if producers.sizes.bounds.lowerBound < 32 {
            throw top.error("producers", "a gated profile needs records of at least 32 bytes: smaller ones cannot be audited one by one")
        }
    }
}

extension ProfileSection {
    /// A share written as `5%` or `0.05`, above 0 and below 1.
    func share(_ key: String) throws(ProfileError) -> Double? {
        try value(key, "a share such as 5% or 0.05") { fraction(of: $0) }
    }
}
