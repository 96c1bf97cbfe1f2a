// Every constant of the rules that decide what may be printed and whether a run counts.

/// The thresholds of METHOD, in one place; run.json carries them all (`table`).
package enum VerdictThresholds {
    // A printed quantile.
    /// Samples that must lie above a quantile for it to be printed.
    package static let tailSamplesMinimum = 50.0
    /// Distinct seconds the tail must come from, else its episodes are counted out.
    package static let tailWindowsMinimum = 5
    /// A quantile below this many times the timer overshoot at that quantile is the machine's.
    package static let hiccupFactor = 3.0

    // The generator.
    /// Schedule lag p99 up to here is always allowed.
    package static let scheduleLagFloorNanoseconds: UInt64 = 200_000
    /// … or up to this share of the response p99.
    package static let scheduleLagResponseShare = 0.10
    /// Share of the schedule that must be handed over on time.
    package static let handedOverShareMinimum = 0.99
    /// A record taken from the schedule within this time counts as handed over on time. Far above any
    /// hiccup that the lag rule judges: it catches a generator that stands still as a whole, whose hiccup
    /// meter stood still with it and would excuse the lag.
    package static let onTimeNanoseconds: UInt64 = 10_000_000
    /// On-CPU plus run-queue delay of the busiest lane, as a share of wall time.
    package static let laneSaturationMaximum = 0.85
    /// A max-rate result above this share of the generator's ceiling is client-bound.
    package static let generatorCeilingShare = 0.80

    // The machine.
    /// CPU of user processes outside the run, as a share of capacity.
    package static let foreignCPUShareMaximum = 0.02
    package static let stealShareMaximum = 0.05
    /// How often a phase is measured again that only the machine spoiled (steal, foreign processes).
    package static let spoiledRepeatsMaximum = 2
    /// Drift of the binding resource's calibration: this, or three times the spread (`CalibrationDrift.spread`).
    package static let calibrationDriftMaximum = 0.10
    package static let calibrationSpreadFactor = 3.0
    /// Share of threads, pages and samples that must be where the placement says.
    package static let placementShareMinimum = 0.95

    // The broker.
    /// Share of what was handed over that must be acknowledged by the end, in-flight requests aside.
    package static let keptUpShareMinimum = 0.99

    // Figures with conditions.
    /// A payload that a codec made so much smaller, or larger, than was asked for is flagged.
    package static let compressionRatioTolerance = 0.10
    /// `sustained` needs this many dirty limits appended …
    package static let sustainedDirtyLimits = 3.0
    /// … and Dirty + Writeback not grown by more than this share.
    package static let sustainedDirtyGrowthMaximum = 0.05
    /// Hit rates by two instruments agree within this many points.
    package static let hitRateAgreementPoints = 2.0
    /// A cold file has at most this share resident.
    package static let coldResidentShareMaximum = 0.001
    /// A pass whose CPU per GB is above this many medians is flagged.
    package static let passCostFlagFactor = 3.0
    /// The plan may fill at most this share of the free space.
    package static let diskPlanShareMaximum = 0.50
    /// A cost is quoted from at least this much broker CPU.
    package static let quotedCPUSecondsMinimum = 1.0
    /// A resource this busy is the limiter.
    package static let limiterShareMinimum = 0.80
    /// The nearest resource is named as the likely limiter from here on; below, the limiter is unknown.
    package static let limiterNearestShareMinimum = 0.50
    package static let steadySlopeFraction = 0.10
    package static let steadyVariation = 0.15

    /// Whether enough samples lie above `quantile`: (1 − q)·N ≥ 50. Rounded to a millionth, since
    /// 1 − 0.99 is not 0.01 in binary.
    package static func tailIsLongEnough(quantile: Double, samples: UInt64) -> Bool {
        (1 - quantile) * Double(samples) >= tailSamplesMinimum - 1e-6
    }

    /// The schedule lag that is still allowed: the greatest of 200 µs, 3x the hiccup and 10 % of the response,
    /// all at the same quantile.
    package static func allowedScheduleLag(hiccupNanoseconds: UInt64?, responseNanoseconds: UInt64?) -> UInt64 {
        max(
            scheduleLagFloorNanoseconds, UInt64(hiccupFactor * Double(hiccupNanoseconds ?? 0)),
            UInt64(scheduleLagResponseShare * Double(responseNanoseconds ?? 0)))
    }

    /// All of them by name, for run.json.
    package static let table: [String: Double] = [
        "tailSamplesMinimum": tailSamplesMinimum,
        "tailWindowsMinimum": Double(tailWindowsMinimum),
        "hiccupFactor": hiccupFactor,
        "scheduleLagFloorNanoseconds": Double(scheduleLagFloorNanoseconds),
        "scheduleLagResponseShare": scheduleLagResponseShare,
        "handedOverShareMinimum": handedOverShareMinimum,
        "onTimeNanoseconds": Double(onTimeNanoseconds),
        "laneSaturationMaximum": laneSaturationMaximum,
        "generatorCeilingShare": generatorCeilingShare,
        "foreignCPUShareMaximum": foreignCPUShareMaximum,
        "stealShareMaximum": stealShareMaximum,
        "spoiledRepeatsMaximum": Double(spoiledRepeatsMaximum),
        "calibrationDriftMaximum": calibrationDriftMaximum,
        "calibrationSpreadFactor": calibrationSpreadFactor,
        "placementShareMinimum": placementShareMinimum,
        "keptUpShareMinimum": keptUpShareMinimum,
        "compressionRatioTolerance": compressionRatioTolerance,
        "sustainedDirtyLimits": sustainedDirtyLimits,
        "sustainedDirtyGrowthMaximum": sustainedDirtyGrowthMaximum,
        "hitRateAgreementPoints": hitRateAgreementPoints,
        "coldResidentShareMaximum": coldResidentShareMaximum,
        "passCostFlagFactor": passCostFlagFactor,
        "diskPlanShareMaximum": diskPlanShareMaximum,
        "quotedCPUSecondsMinimum": quotedCPUSecondsMinimum,
        "limiterShareMinimum": limiterShareMinimum,
        "limiterNearestShareMinimum": limiterNearestShareMinimum,
        "steadySlopeFraction": steadySlopeFraction,
        "steadyVariation": steadyVariation,
    ]
}
