// One measured window of a search: a rate, what came of it, and whether that was good enough.
package import Measurement

package struct SearchTrial: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// A short window on the way to the rate.
        case trial
        /// The final measurement at the rate that was found.
        case confirm
    }

    package enum Outcome: String, Codable, Sendable {
        case passed
        /// The broker did not meet the objective.
        case failed
        /// The generator did not keep its own schedule: says nothing about the broker.
        case clientBound
        /// The machine took part in it: says nothing about either.
        case spoiled
    }

    package var kind: Kind
    /// The phase with its histograms, seconds and costs.
    package var phase: String
    /// Records a second that the schedule intended.
    package var offeredPerSecond: Double
    /// Records a second acknowledged in the window's own time.
    package var achievedPerSecond: Double
    /// Of the measured window.
    package var seconds: Double
    /// Response time: p50, p90, p99, p99.9.
    package var cells: [QuantileCell]
    /// How sure those are that enough requests carry; nil in results from before they were kept.
    package var intervals: [QuantileInterval]?
    /// Exact, nanoseconds.
    package var maximumNanoseconds: UInt64?
    /// From the intended send time until it was read, likewise; nil where the objective does not name it.
    package var endToEnd: [QuantileCell]?
    package var endToEndIntervals: [QuantileInterval]?
    package var endToEndMaximumNanoseconds: UInt64?
    /// nil without readers.
    package var lagMaximumRecords: UInt64?
    /// Records a second, all partitions together.
    package var lagSlope: ConfidenceInterval?
    /// Of any name, those included that the profile expects.
    package var errors: UInt64
    /// Share of the schedule that was not handed over on time.
    package var lateShare: Double
    package var outcome: Outcome
    /// Whether it would have been the same wherever in its interval each quantile truly lies; nil where the broker was not judged, and in
    /// results from before that was kept.
    package var isSure: Bool?
    /// What kept it from passing; empty when it passed.
    package var reasons: [String]

    package static let quantiles = [0.5, 0.9, 0.99, 0.999]

    package init(
        kind: Kind, phase: String, offeredPerSecond: Double, achievedPerSecond: Double, seconds: Double, cells: [QuantileCell],
        intervals: [QuantileInterval]? = nil, maximumNanoseconds: UInt64? = nil, lagMaximumRecords: UInt64? = nil,
        lagSlope: ConfidenceInterval? = nil, errors: UInt64 = 0, lateShare: Double = 0, outcome: Outcome,
        isSure: Bool? = nil, reasons: [String] = []
    ) {
        self.kind = kind
        self.phase = phase
        self.offeredPerSecond = offeredPerSecond
        self.achievedPerSecond = achievedPerSecond
        self.seconds = seconds
        self.cells = cells
        self.intervals = intervals
        self.maximumNanoseconds = maximumNanoseconds
        self.lagMaximumRecords = lagMaximumRecords
        self.lagSlope = lagSlope
        self.errors = errors
        self.lateShare = lateShare
        self.outcome = outcome
        self.isSure = isSure
        self.reasons = reasons
    }

    /// nil where it was not measured; `.unavailable` where too few requests carry it.
    package func reading(_ quantile: Double) -> QuantileReading? { cells.first { $0.quantile == quantile }?.reading }

    /// nil where too few requests carry it, and in older results.
    package func interval(_ quantile: Double) -> QuantileInterval? { intervals?.first { $0.quantile == quantile } }
}
