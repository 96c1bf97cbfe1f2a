// `sustained`: whether a load appended at the pace of the disk, and how one comes so far that it can.
internal import Host
internal import Measurement

/// A phase of appends, and what the page cache held that was not on the disk yet.
struct SustainedAppend: Equatable {
    /// Of records, in the phase.
    let appendedBytes: Double
    /// The kernel's dirty limit.
    let limitBytes: UInt64
    /// Dirty + Writeback of the machine.
    let dirtyBefore, dirtyAfter: UInt64

    /// METHOD §5: at least three times the dirty limit went through, and what was dirty did not grow by over 5 %.
    var holds: Bool { shortcoming == nil }

    /// What it lacks; nil: nothing.
    var shortcoming: String? {
        let (limits, least) = (appendedBytes / Double(limitBytes), VerdictThresholds.sustainedDirtyLimits)
        if appendedBytes < least * Double(limitBytes) {
            return "burst: \(fixed(limits, 2)) times the kernel's dirty limit of \(decimalBytes(Int64(clamping: limitBytes))) went through, and it takes \(fixed(least, 0))"
        }
        guard DirtyPlateau.hasGrown(from: dirtyBefore, to: dirtyAfter) else { return nil }
        return "burst: what was dirty grew from \(decimalBytes(Int64(clamping: dirtyBefore))) to \(decimalBytes(Int64(clamping: dirtyAfter)))"
    }

    /// Record bytes of a whole load that is to be sustained: a limit until the cache is full, the plateau's seconds at the most that a
    /// load may write, and three limits that count.
    static func volume(limitBytes: UInt64) -> Int64 {
        let (limits, overflow) = Int64(clamping: limitBytes).multipliedReportingOverflow(by: 1 + Int64(VerdictThresholds.sustainedDirtyLimits))
        let seconds = Int64(RunPlan.assumedMaximumBytesPerSecond) * Int64(DirtyPlateau.seconds + 2)
        return (overflow ? Int64.max / 2 : min(limits, Int64.max / 2)) + seconds
    }
}

/// Whether the page cache of a load has filled, so that from here on the disk sets the pace. Looked at once a second.
struct DirtyPlateau {
    /// How long what is dirty must not have grown.
    static let seconds = 3

    private var looks: [UInt64] = []

    /// Takes one look.
    ///
    /// - Parameters:
    ///   - appended: record bytes since the load began; under one limit there was nothing yet that the kernel had to write.
    ///   - dirty: Dirty + Writeback.
    mutating func isReached(appended: UInt64, dirty: UInt64, limitBytes: UInt64) -> Bool {
        looks.append(dirty)
        if looks.count > Self.seconds + 1 { looks.removeFirst() }
        return appended >= limitBytes && looks.count > Self.seconds && !Self.hasGrown(from: looks[0], to: dirty)
    }

    static func hasGrown(from before: UInt64, to after: UInt64) -> Bool {
        Double(after) > Double(before) * (1 + VerdictThresholds.sustainedDirtyGrowthMaximum)
    }
}
