// When a quantile may be printed, and with which reservation.

extension LatencyHistogram {
    /// The sample of rank ⌈q·N⌉ (the upper edge of its bucket, never above the exact maximum), without any rule.
    ///
    /// - Parameter q: `0 < q ≤ 1`.
    /// - Returns: nanoseconds, or nil when there is no sample.
    package func value(at q: Double) -> UInt64? {
        precondition(q > 0 && q <= 1, "a quantile lies in (0, 1], not \(q)")
        // nextDown: 0.99 · 100 is 99.000…01 in binary, and its ceiling would be one rank too high.
        return value(ofRank: UInt64((q * Double(count)).nextDown.rounded(.up)))
    }

    func value(ofRank rank: UInt64) -> UInt64? {
        guard let maximumNanoseconds, count > 0 else { return nil }
        let highest = UInt64(max(0, maximumNanoseconds))
        var seen: UInt64 = 0
        for (bound, count) in zip(lowerBounds, counts) {
            seen += count
            if seen >= max(1, rank) { return min(bound + Self.bucketWidth(at: bound) - 1, highest) }
        }
        return highest
    }

    /// What may be printed for quantile `q`.
    ///
    /// In this order: too few samples above it → unavailable; below 3x the hiccup at the same quantile →
    /// an upper bound set by the machine; above p99 with a late generator → an upper bound set by it; a tail
    /// of fewer than 5 distinct seconds → the number of episodes is added.
    /// - Parameters:
    ///   - hiccup: timer overshoot of the same phase.
    ///   - scheduleLag: how late the generator was in the same phase.
    ///   - events: N of the rule, where that is not `count`: requests (end-to-end: polls), not records.
    package func reading(
        at q: Double, hiccup: LatencyHistogram?, scheduleLag: LatencyHistogram? = nil, events: UInt64? = nil
    ) -> QuantileReading {
        let samples = events ?? count
        guard VerdictThresholds.tailIsLongEnough(quantile: q, samples: samples), let value = value(at: q) else {
            return .unavailable(samples: samples)
        }
        let windows = windowsReaching(value)
        return .measured(
            nanoseconds: value, bound: bound(on: value, at: q, hiccup: hiccup, scheduleLag: scheduleLag),
            episodes: windows < VerdictThresholds.tailWindowsMinimum ? windows : nil)
    }

    private func bound(
        on value: UInt64, at q: Double, hiccup: LatencyHistogram?, scheduleLag: LatencyHistogram?
    ) -> QuantileReading.Bound? {
        let overshoot = hiccup?.value(at: q) ?? 0
        if Double(value) < VerdictThresholds.hiccupFactor * Double(overshoot) { return .machineFloor }
        guard q > 0.99, let lag = scheduleLag?.value(at: q) else { return nil }
        let allowed = VerdictThresholds.allowedScheduleLag(hiccupNanoseconds: overshoot, responseNanoseconds: value)
        return lag > allowed ? .generator : nil
    }

    /// Seconds in which at least one sample reached `nanoseconds`' bucket.
    func windowsReaching(_ nanoseconds: UInt64) -> Int {
        // Reaching the bucket is what counts: the value is its upper edge, which no sample need have touched.
        let shift = Self.bucketWidth(at: nanoseconds)
        let lower = nanoseconds / shift * shift
        return windows.count { $0.count > 0 && $0.maximumNanoseconds >= lower }
    }

    /// 95 % interval of a quantile by order statistics: the samples of rank q·N ± 1.96·√(N·q·(1−q)).
    /// Supposes independent samples; queueing correlates neighbours, so the true interval is wider.
    package func quantileInterval(at q: Double) -> ClosedRange<UInt64>? {
        let total = Double(count)
        let middle = q * total
        let half = 1.96 * (total * q * (1 - q)).squareRoot()
        guard middle - half >= 1, middle + half <= total else { return nil }
        guard let lower = value(ofRank: UInt64((middle - half).rounded(.down))),
            let upper = value(ofRank: UInt64((middle + half).rounded(.up)))
        else { return nil }
        return lower...upper
    }
}
