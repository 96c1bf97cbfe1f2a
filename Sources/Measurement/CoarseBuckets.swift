// The small histogram of one second: log-linear, 32 buckets an octave.

/// 32 buckets an octave up to an hour: at most 3.1 % wide, small enough to keep one a second and a lane.
/// For what is watched live and drawn over time; printed percentiles come from the 3-digit histogram.
enum CoarseBuckets {
    private static let perOctave = 32
    private static let octaveBits = 5
    /// One more than the index of an hour. A literal, since a computed static is initialised behind a check at each use.
    static let count = 1_205

    @inline(__always)
    static func index(of value: UInt64) -> Int {
        guard value >= UInt64(perOctave) else { return Int(value) }
        let shift = 63 &- value.leadingZeroBitCount &- octaveBits
        return (shift &+ 1) &* perOctave &+ Int(value >> UInt64(shift)) & (perOctave &- 1)
    }

    /// The highest value of a bucket.
    static func upperEdge(of index: Int) -> UInt64 {
        guard index >= perOctave else { return UInt64(index) }
        let shift = UInt64(index / perOctave - 1)
        return (UInt64(index % perOctave + perOctave + 1) << shift) - 1
    }

    /// The lowest value of a bucket.
    static func lowerEdge(of index: Int) -> UInt64 { index == 0 ? 0 : upperEdge(of: index - 1) + 1 }

    static func middle(of index: Int) -> Double { (Double(lowerEdge(of: index)) + Double(upperEdge(of: index))) / 2 }

    /// The upper edge of the bucket that holds the sample of rank ⌈q·N⌉; 0 when there is none.
    static func quantile(_ q: Double, of buckets: [UInt64]) -> UInt64 {
        let total = buckets.reduce(0, +)
        let rank = max(1, UInt64((q * Double(total)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, count) in buckets.enumerated() {
            seen += count
            if seen >= rank { return upperEdge(of: index) }
        }
        return 0
    }
}
