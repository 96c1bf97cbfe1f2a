// The bounds that all histograms of time share.

/// Upper bounds of time, in nanoseconds: 50 µs to 10 s in steps of two or two and a half, then everything above.
package enum DurationBuckets {
    package static let bounds: [UInt64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    /// Buckets, with the one for what is above every bound.
    package static let count = bounds.count + 1

    /// The bucket of a duration: the first whose bound is not below it.
    package static func index(_ nanoseconds: UInt64) -> Int {
        // Short durations are the many, and stand in front.
        bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
    }

    /// Each bound in seconds, as text: `0.00005`, and `+Inf` behind the last.
    static let labels: [String] = bounds.map { bound in
        let fraction = String(bound % 1_000_000_000 + 1_000_000_000).dropFirst()
        let digits = fraction.reversed().drop { $0 == "0" }.reversed()
        return digits.isEmpty ? "\(bound / 1_000_000_000)" : "\(bound / 1_000_000_000).\(String(digits))"
    } + ["+Inf"]
}
