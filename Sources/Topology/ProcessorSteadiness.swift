// How steady a processor is, by arithmetic that waits for nothing.
internal import Host

/// A hypervisor that gives a processor's time to somebody else should count it as steal. One that does not is seen by what takes longer
/// than it did: the same arithmetic, again and again.
enum ProcessorSteadiness {
    private static let windowNanoseconds: UInt64 = 1_000_000
    /// Fewer do not tell a hundredth.
    private static let leastWindows = 100
    private static let unitNanoseconds: UInt64 = 20_000

    /// Keeps the calling thread busy for so long.
    ///
    /// - Returns: how many times longer than in the median millisecond it took in the slowest hundredth of them, 1 or more; nil where the
    ///   time was too short to tell.
    static func slowdown(nanoseconds: UInt64) -> Double? {
        let (from, rounds) = (MonotonicClock.now(), 2_000)
        var state = arithmetic(rounds, from: 1)
        let unit = max(1, rounds * Int(unitNanoseconds) / Int(max(1, MonotonicClock.now() - from)))
        var means: [Double] = []
        means.reserveCapacity(Int(nanoseconds / windowNanoseconds) + 1)
        let end = MonotonicClock.now() + nanoseconds
        var opened = MonotonicClock.now()
        while opened < end {
            var (units, now) = (0, opened)
            repeat {
                state = arithmetic(unit, from: state)
                units += 1
                now = MonotonicClock.now()
            } while now - opened < windowNanoseconds
            means.append(Double(now - opened) / Double(units))
            opened = now
        }
        // Odd at the beginning and ever after, which the compiler does not know.
        return state == 0 ? nil : slowdown(of: means)
    }

    /// - Parameter means: what the arithmetic took in each millisecond.
    static func slowdown(of means: [Double]) -> Double? {
        guard means.count >= leastWindows else { return nil }
        let sorted = means.sorted()
        return sorted[sorted.count * 99 / 100] / sorted[sorted.count / 2]
    }

    @inline(never)
    private static func arithmetic(_ rounds: Int, from state: UInt64) -> UInt64 {
        var state = state
        for _ in 0..<rounds { state = state &* 6_364_136_223_846_793_005 &+ 2 }
        return state
    }
}
