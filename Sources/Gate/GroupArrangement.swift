// In which order a restart group runs its slices, and which build gets which place.

/// Everything about a group that might favour a build is drawn by lot, so that false alarms don't depend on the noise:
/// a drift, a step or "the second run is slower" hits either build alike.
package struct GroupArrangement: Codable, Equatable, Sendable {
    /// `slicesPerSide` of each, every order equally likely: six for 2 + 2.
    package let slices: [Side]
    /// Which build is started first.
    package let startsFirst: Side
    /// Which build listens on the first port.
    package let firstPort: Side
    /// Which build gets the first data directory.
    package let firstDirectory: Side

    package init(slices: [Side], startsFirst: Side, firstPort: Side, firstDirectory: Side) {
        self.slices = slices
        self.startsFirst = startsFirst
        self.firstPort = firstPort
        self.firstDirectory = firstDirectory
    }

    /// The arrangement of group `index`: the same for the same seed, whatever ran before.
    package init(seed: UInt64, group index: Int, slicesPerSide: Int) {
        var random = GateRandom(seed: seed, part: UInt64(index))
        var slices = [Side](repeating: .base, count: slicesPerSide) + [Side](repeating: .head, count: slicesPerSide)
        // Fisher and Yates' shuffle, spelled out: the standard library's may change, a stored seed's order may not.
        for last in stride(from: slices.count - 1, to: 0, by: -1) { slices.swapAt(last, random.nextIndex(below: last + 1)) }
        self.init(
            slices: slices, startsFirst: random.nextSide(), firstPort: random.nextSide(), firstDirectory: random.nextSide())
    }
}

extension GateRandom {
    fileprivate mutating func nextSide() -> Side { next() >> 63 == 0 ? .base : .head }
}
