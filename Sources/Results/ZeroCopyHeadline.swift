// What zero-copy saves, as figures with their conditions: a row for each way of serving and one for each two that are compared.

/// What zero-copy saves of the broker's CPU, against two named ways of copying.
package struct ZeroCopyHeadline: Codable, Equatable, Sendable {
    /// Where the client ran: `client on the broker's CPU`.
    package var placement: String
    /// `max rate` or `equal rate`.
    package var load: String
    /// CPU-s/GB of the same bytes sent from a constant buffer.
    package var floor: Metric
    package var modes: [ModeRow]
    package var comparisons: [SavingRow]
    package var notes: [String]
    /// The best copy's CPU per GB over that of a C loop of pread and send in the same rounds; nil in results that have no such loop.
    package var bestCopyOverC: Metric?
    /// Beyond, a saving against the best copy would be of the copy's own waste.
    package static let bestCopyOverCMaximum = 1.05
    /// A bare C loop of splice in the same rounds, and the throughput of the mode splice over its; nil where none ran.
    package var bareSplice: ModeRow?
    package var spliceOverBare: Metric?
    /// How the broker serves where it is not told; nil in results that do not say, as the next.
    package var defaultMode: String?
    /// Of every two modes, the earlier over the later, and of each over the floor.
    package var costRatios: [CostRatio]?
    /// Asked for at once; nil in results that do not say.
    package var fetchBytes: UInt64?
    package var consumers: Int?
    /// Where the data lay: `page cache`, `last-level cache`, `disk, cold`, or `disk, guest-cold` in a virtual machine.
    package var data: String?

    package init(placement: String, load: String, floor: Metric, modes: [ModeRow], comparisons: [SavingRow], notes: [String] = []) {
        self.placement = placement
        self.load = load
        self.floor = floor
        self.modes = modes
        self.comparisons = comparisons
        self.notes = notes
    }
}

/// One way of serving over another by CPU for each GB, of pairs in the same rounds.
package struct CostRatio: Codable, Equatable, Sendable {
    package var mode: String
    /// Another mode, or `floor`.
    package var over: String
    package var ratio: Metric

    package init(mode: String, over: String, ratio: Metric) {
        self.mode = mode
        self.over = over
        self.ratio = ratio
    }
}

package struct ModeRow: Codable, Equatable, Sendable {
    /// `splice`, `sendfile`, `copy 64 KiB`, `copy 1 MiB`.
    package var mode: String
    package var cpuSecondsPerGB: Metric
    /// GB/s.
    package var throughput: Metric
    /// Nanoseconds from a fetch's intended time, or its first byte where nothing is intended, to the end of its answer: half and 99 of
    /// 100. nil, as what follows, in results that have no times.
    package var fetchP50, fetchP99: Metric?
    /// Of the broker, for each GB: as it counts them itself, and as the kernel does.
    package var syscallsPerGB, contextSwitchesPerGB: Metric?
    /// Percent of the time that the client's busiest thread was on its CPU; nil in results that do not tell.
    package var clientShare: Metric?
    /// Of the whole machine but for the client, CPU-s/GB: the broker, and what the kernel did elsewhere; nil in results that do not tell.
    package var cpuSecondsPerGBWithUnattributed: Metric?
    /// Of the broker's CPU, what its own code had and what the kernel had for it, CPU-s/GB, sampled by the tick; nil in results that do
    /// not tell.
    package var userSecondsPerGB, systemSecondsPerGB: Metric?

    package init(
        mode: String, cpuSecondsPerGB: Metric, throughput: Metric, fetchP50: Metric? = nil, fetchP99: Metric? = nil, syscallsPerGB: Metric? = nil,
        contextSwitchesPerGB: Metric? = nil
    ) {
        self.mode = mode
        self.cpuSecondsPerGB = cpuSecondsPerGB
        self.throughput = throughput
        self.fetchP50 = fetchP50
        self.fetchP99 = fetchP99
        self.syscallsPerGB = syscallsPerGB
        self.contextSwitchesPerGB = contextSwitchesPerGB
    }
}

package struct SavingRow: Codable, Equatable, Sendable {
    package var zeroCopy: String
    package var baseline: String
    /// `idiomatic`, `best`, `mapped` or `encrypted`.
    package var baselineKind: String
    package var pairs: Int
    /// Percent of the baseline's CPU per GB.
    package var saving: Metric
    /// The same after the floor is taken off both.
    package var savingNetOfFloor: Metric
    /// Percent of what the baseline costs together with the CPU that no process has; nil in results that do not tell.
    package var savingWithUnattributed: Metric?
    /// Zero-copy over baseline; n/a where the client may have bound one of them.
    package var throughputRatio: Metric
    /// The same of the median fetch of each slice, of system calls and of context switches for each GB; nil where they were not taken.
    package var latencyRatio, syscallRatio, contextSwitchRatio: Metric?
    /// Of the 99th of 100 fetches, of rounds put together where one has too few; nil in results that do not tell.
    package var latencyP99Ratio: Metric?

    package init(
        zeroCopy: String, baseline: String, baselineKind: String, pairs: Int, saving: Metric, savingNetOfFloor: Metric, throughputRatio: Metric,
        latencyRatio: Metric? = nil, syscallRatio: Metric? = nil, contextSwitchRatio: Metric? = nil
    ) {
        self.zeroCopy = zeroCopy
        self.baseline = baseline
        self.baselineKind = baselineKind
        self.pairs = pairs
        self.saving = saving
        self.savingNetOfFloor = savingNetOfFloor
        self.throughputRatio = throughputRatio
        self.latencyRatio = latencyRatio
        self.syscallRatio = syscallRatio
        self.contextSwitchRatio = contextSwitchRatio
    }
}
