// All that a finished comparison shows: every output format is made from this value and nothing else.
internal import Host

/// head ÷ base with the range that the data do not contradict.
package struct RatioEstimate: Codable, Equatable, Sendable {
    /// Median of all within-group ratios.
    package let ratio: Double
    /// 95 %, two-sided, by inverting the test; for the groups as they are, not corrected for the looks. nil with fewer
    /// than six groups, where no shift can be rejected at 2.5 % a side.
    package let lower: Double?
    package let upper: Double?
    /// Every pair of slices gave the same ratio: printed as `exact` instead of an interval.
    package let isExact: Bool

    /// Half the interval's width on the logarithmic scale; nil without an interval.
    var halfWidth: Double? {
        guard let lower, let upper else { return nil }
        return (logarithm(upper) - logarithm(lower)) / 2
    }
}

/// One line of the table.
package struct MetricRow: Codable, Equatable, Sendable {
    package let metric: GatedMetric
    package let verdict: MetricVerdict
    /// The threshold that `same` rules out and a regression is spoken of at.
    package let thresholds: EffectThresholds
    /// Medians over the slices of the groups kept, in the metric's unit; nil exactly when `unavailable` says why.
    package let base: Double?
    package let head: Double?
    package let estimate: RatioEstimate?
    /// Of a deciding metric: one-sided, of what was proven at the look that proved it; where no change was proven, of
    /// "worse" over all groups. Of a reported one: two-sided and adjusted (Benjamini & Hochberg) over the reported metrics.
    package let p: Double?
    /// Index of the look that settled the metric; nil for an unsettled or reported one.
    package let settledAtLook: Int?
    /// The change that this many groups of this noise would find four times in five at a one-sided alpha of 1 %:
    /// 0.023 is 2.3 %; nil without an interval.
    package let smallestDetectable: Double?
    /// Groups behind the row: fewer than kept where a reported metric was missing.
    package let groups: Int
    package let unavailable: String?

    /// Whether the row can make the gate fail: printed as `[gate]`.
    package var decides: Bool { metric.decides }

    /// `REGRESSED`, `improved`, `same (<5 %)`, `inconclusive, MDE 4.5 %`, `n/a`; a reported metric that is worse says `worse`.
    package var verdictText: String {
        switch verdict {
        case .regressed: decides ? "REGRESSED" : "worse"
        case .improved: "improved"
        case .same: "same (<\(decidingPercent(thresholds.regression)))"
        case .inconclusive:
            // Of values that never differed there is nothing to detect a change by.
            smallestDetectable.flatMap { $0 > 0 ? "inconclusive, MDE \(threeDigits($0 * 100)) %" : nil } ?? "inconclusive, \(groups) groups"
        case .unavailable: "n/a"
        }
    }

    /// How much worse head is estimated to be, 0.05 for 5 %; negative where it is better, nil without an estimate.
    package var worseBy: Double? {
        estimate.map { (metric.polarity == .lowerIsBetter ? $0.ratio : 1 / $0.ratio) - 1 }
    }

    /// Whether the row, as far as it is a proven regression, is one that may pass where only larger ones fail.
    package func isTolerated(above share: Double?) -> Bool {
        guard let share, let worseBy else { return false }
        return worseBy <= share
    }

    /// `p=0.0004`, `p<0.0001`; nil where no change was proven.
    package var pText: String? {
        guard verdict == .regressed || verdict == .improved else { return nil }
        return p.map { $0 < 0.0001 ? "p<0.0001" : "p=\($0 < 0.1 ? fixed($0, 4) : fixed($0, 2))" }
    }
}

/// How restless the machine was.
package struct NoiseSummary: Codable, Equatable, Sendable {
    package struct Dropped: Codable, Equatable, Sendable {
        package let reason: DropReason
        package let groups: Int
    }

    package let groupsRun: Int
    package let groupsKept: Int
    /// Reasons that occurred, in their order of checking.
    package let dropped: [Dropped]
    /// Of the groups kept.
    package let stealShareMedian: Double
    package let stealShareMaximum: Double
    /// Largest |ratio − 1| of the calibration probes of all groups; nil without probes.
    package let calibrationDrift: Double?

    package var droppedShare: Double { groupsRun > 0 ? Double(groupsRun - groupsKept) / Double(groupsRun) : 0 }
}

/// Why a comparison came to its end.
package enum CampaignEnding: String, Codable, Sendable {
    /// Every deciding metric is settled.
    case settled
    /// All looks are spent.
    case exhausted
    /// Time or patience ran out; `--resume` adds to it.
    case budget
    /// A signal. Nothing may be concluded from what stopped by chance: invalid, and it can be resumed.
    case interrupted
    /// The campaign was spoiled; `reasons` say how.
    case spoiled
}

package struct GateReport: Codable, Equatable, Sendable {
    package let plan: GatePlan
    package let outcome: GateOutcome
    /// Why the outcome is invalid, not comparable or inconclusive, in words; empty otherwise.
    package let reasons: [String]
    package let ending: CampaignEnding
    /// In the plan's order.
    package let rows: [MetricRow]
    package let noise: NoiseSummary
    package let looks: [LookRecord]
    /// Sessions that were pooled.
    package let attempts: Int
    /// Groups × slices × seconds: the load.
    package let loadSeconds: Double
    /// From the first start to the last stop, over all attempts.
    package let elapsedSeconds: Double
    /// What a gate of this many metrics finds in a machine like a shared CI runner.
    package let power: GatePower

    /// - Parameter failAbove: a proven regression fails only where its estimate is worse by more, 0.10 for 10 %; nil: every one.
    package func exitCode(_ policy: InconclusivePolicy = .warn, failAbove: Double? = nil) -> Int32 {
        guard isTolerated(above: failAbove) else { return outcome.exitCode(policy) }
        // What stays when the regressions are let pass.
        let open = rows.contains { $0.decides && ($0.verdict == .inconclusive || $0.verdict == .unavailable) }
        return (open ? GateOutcome.inconclusive : .same).exitCode(policy)
    }

    /// Whether there is a regression, and none of them so large.
    package func isTolerated(above share: Double?) -> Bool {
        outcome == .regression && !rows.contains { $0.decides && $0.verdict == .regressed && !$0.isTolerated(above: share) }
    }

    /// `regression (2 of 3 gated metrics)`, `no regression`, `inconclusive: …`: what stands after `RESULT`.
    ///
    /// - Parameter failAbove: as `exitCode` takes it; a regression that it lets pass is said to be.
    package func resultText(failAbove: Double?) -> String {
        guard let failAbove, isTolerated(above: failAbove) else { return resultText }
        return resultText + ", none above \(decidingPercent(failAbove))"
    }

    package var resultText: String {
        let deciding = rows.filter(\.decides)
        switch outcome {
        case .regression:
            return "\(outcome.word) (\(deciding.count { $0.verdict == .regressed }) of \(deciding.count) gated metrics)"
        case .improved:
            return "\(outcome.word) (\(deciding.filter { $0.verdict == .improved }.map(\.metric.name).joined(separator: ", ")))"
        case .same: return outcome.word
        case .inconclusive, .notComparable, .invalid: return "\(outcome.word): \(reasons.joined(separator: "; "))"
        }
    }
}
