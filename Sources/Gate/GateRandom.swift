// Randomness of the gate: SplitMix64, so that a stored seed gives the same order and the same flips for good.

/// SplitMix64 (Steele, Lea & Flood 2014): 64 independent coins a draw at one multiplication chain's cost.
package struct GateRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// A generator for part `index` of what `seed` stands for; parts are unrelated to each other.
    package init(seed: UInt64, part index: UInt64) {
        var source = GateRandom(seed: seed)
        state = source.next() ^ (index &+ 1) &* 0xd6e8_feb8_6659_fd93
        state = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// Uniform in `0 ..< 1`, 53 bits.
    package mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in `0 ..< bound`; the bias of the multiplication is below 2⁻³² for what is drawn here.
    package mutating func nextIndex(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
