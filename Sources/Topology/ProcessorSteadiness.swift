// How steady a processor is, by arithmetic that waits for nothing.
internal import Host

/// A hypervisor that gives a processor's time to somebody else should count it as steal. One that does not is seen by what takes longer
/// than it did: the same arithmetic, again and again.
enum ProcessorSteadiness {
    private static let unitNanoseconds: UInt64 = 20_000
    /// Fewer do not tell a median from what disturbs it.
    private static let leastUnits = 1_000

    /// Keeps the calling thread busy for so long.
    ///
    /// - Returns: as of `lostShare(of:)`; nil where the time was too short to tell.
    static func lostShare(nanoseconds: UInt64) -> Double? {
        let (from, rounds) = (MonotonicClock.now(), 2_000)
        var state = arithmetic(rounds, from: 1)
        let unit = max(1, rounds * Int(unitNanoseconds) / Int(max(1, MonotonicClock.now() - from)))
        // All of it is there before the first unit. A processor that is suddenly faster than it was at first ends early.
        var spent = [UInt64](repeating: 1, count: Int(2 * nanoseconds / unitNanoseconds) + 1)
        var (used, began) = (0, MonotonicClock.now())
        let end = began + nanoseconds
        while began < end, used < spent.count {
            state = arithmetic(unit, from: state)
            let now = MonotonicClock.now()
            spent[used] = now - began
            used += 1
            began = now
        }
        // Odd at the beginning and ever after, which the compiler does not know.
        return state == 0 ? nil : lostShare(of: Array(spent.prefix(used)))
    }

    /// The share of the time that is lost: what a unit took beyond the median, of those that took more than twice as long as it. A rare
    /// spell of a tenth of a second counts by its length, and what takes a little longer, or a processor that changes its pace by less
    /// than half, does not.
    ///
    /// - Parameter spent: what each unit of the same arithmetic took, ns.
    static func lostShare(of spent: [UInt64]) -> Double? {
        guard spent.count >= leastUnits else { return nil }
        let median = spent.sorted()[spent.count / 2]
        let lost = spent.reduce(0) { $1 > 2 * median ? $0 + $1 - median : $0 }
        return Double(lost) / Double(spent.reduce(0, +))
    }

    @inline(never)
    private static func arithmetic(_ rounds: Int, from state: UInt64) -> UInt64 {
        var state = state
        for _ in 0..<rounds { state = state &* 6_364_136_223_846_793_005 &+ 2 }
        return state
    }
}
