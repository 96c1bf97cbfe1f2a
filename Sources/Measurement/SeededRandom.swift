// Randomness that a seed repeats: xoshiro256** started by SplitMix64.

/// xoshiro256** (Blackman & Vigna 2018), its state filled by SplitMix64 from one seed. Two generators with
/// the same seed give the same numbers on every machine; the system generator never takes part in a run.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var source = SplitMix64(state: seed)
        state = (source.next(), source.next(), source.next(), source.next())
    }

    /// A generator for part `index` of what `seed` stands for; parts are unrelated to each other.
    package init(seed: UInt64, part index: UInt64) {
        var source = SplitMix64(state: seed)
        self.init(seed: source.next() ^ (index &* 0x9e37_79b9_7f4a_7c15))
    }

    package mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// Uniform in `0 ..< 1`, 53 bits.
    package mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Exponential with mean 1: a gap between Poisson arrivals.
    package mutating func nextExponential() -> Double { -naturalLogarithm(1 - nextUnit()) }

    private func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}

private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
