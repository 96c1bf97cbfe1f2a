// How much of what the readers of a phase were sent was in memory, by the ranges that the broker looked up before it served them.
internal import Measurement
internal import Results

struct HitRate {
    /// What the broker's counters grew by in the phase.
    let counters: [String: UInt64]
    let series: [SecondRecord]
    let sampling: ResidencySampling
    /// Why no figure of the broker can be had, where none can.
    var missing: String?

    /// Fewer parts of a phase than these have no interval.
    private static let partsMinimum = 3

    var metric: Metric {
        let sampled = Double(counters["residency_sampled_bytes"] ?? 0)
        guard sampled > 0 else { return .unavailable("hit_rate", unit: "%", polarity: .higherIsBetter, reason: missing ?? sampling.missingReason) }
        let resident = min(sampled, Double(counters["residency_resident_bytes"] ?? 0))
        let often = sampling.interval.map { $0 == 1 ? "every served range" : "one of \($0) served ranges" } ?? "some served ranges"
        return .measured(
            "hit_rate", 100 * resident / sampled, unit: "%", polarity: .higherIsBetter, interval: interval(sampled, resident)?.scaled(by: 100),
            note: "\(often) looked up before it was read, \(decimalBytes(Int64(sampled))) in all")
    }

    /// Over the seconds of the phase, and what they leave of it.
    private func interval(_ sampled: Double, _ resident: Double) -> ConfidenceInterval? {
        var parts = series.compactMap { second -> (part: Double, whole: Double)? in
            guard let share = second.hitRate, let bytes = second.hitRateSampledBytes else { return nil }
            return (part: share * Double(bytes), whole: Double(bytes))
        }
        let part = resident - parts.reduce(0.0) { $0 + $1.part }
        let whole = sampled - parts.reduce(0.0) { $0 + $1.whole }
        if whole >= 1 { parts.append((part: min(whole, max(0, part)), whole: whole)) }
        return parts.count >= Self.partsMinimum ? ConfidenceInterval.shareOfSums(parts) : nil
    }
}
