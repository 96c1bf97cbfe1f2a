import Testing

@testable import Gate

private func ranked(_ groups: [(base: [Double], head: [Double])], shift: Double = 0) -> AlignedRanks {
    var ranks = AlignedRanks()
    for group in groups { ranks.append(base: group.base, head: group.head) }
    ranks.rank(groups: groups.count, shift: shift)
    return ranks
}

/// Noise of three digits with ties, by seed.
private func random(groups: Int, seed: UInt64, change: Double = 0) -> [(base: [Double], head: [Double])] {
    var random = GateRandom(seed: seed)
    func value() -> Double { Double(random.nextIndex(below: 200)) / 100 }
    return (0..<groups).map { _ in ([value(), value()], [value() + change, value() + change]) }
}

/// Every naming, one by one.
private func naive(_ differences: [Int32]) -> Double {
    let sum = differences.reduce(0, +)
    let namings = 1 << differences.count
    let atLeast = (0..<namings).count { naming in
        differences.enumerated().reduce(Int32(0)) { $0 + (naming >> $1.offset & 1 == 1 ? $1.element : -$1.element) } >= sum
    }
    return Double(atLeast) / Double(namings)
}

@Suite struct AlignedRanksTests {
    @Test func `two groups by hand: centred on 2.5 and 13, rank sums 12 - 6 and 11 - 7`() {
        let ranks = ranked([([1, 2], [3, 4]), ([10, 14], [12, 16])])
        // 4·T = 2·(12 − 6) and 2·(11 − 7).
        #expect(ranks.differences == [12, 8])
        var flips = GroupFlips(seed: 1)
        // Of the sums 20, 4, −4, −20 one is at least 20.
        #expect(flips.p(ranks.differences) == 0.25)
        #expect(flips.p(ranks.differences, mirrored: true) == 1)
    }

    @Test func `ties by hand: four zeros share rank 4.5, two pairs share 1.5 and 7.5`() {
        let ranks = ranked([([5, 5], [5, 5]), ([0, 0], [2, 2])])
        #expect(ranks.differences == [0, 24])
        var flips = GroupFlips(seed: 1)
        #expect(flips.p(ranks.differences) == 0.5)
    }

    @Test func `one wild slice costs one rank`() {
        let tame = ranked([([1, 2], [3, 4]), ([10, 14], [12, 16])])
        let wild = ranked([([1, 2], [3, 4]), ([10, 14], [12, 99])])
        #expect(tame.differences == wild.differences)
    }

    @Test func `a shift of head by the true difference leaves nothing`() {
        #expect(ranked([([1, 2], [3, 4]), ([5, 9], [7, 11])], shift: 2).differences == [0, 0])
    }

    @Test(arguments: 1...20) func `swapped names turn every sign around, and the two tails change places`(seed: UInt64) {
        let groups = random(groups: 12, seed: seed)
        let there = ranked(groups)
        let back = ranked(groups.map { ($0.head, $0.base) })
        #expect(back.differences == there.differences.map { -$0 })
        var flips = GroupFlips(seed: 1)
        #expect(flips.p(back.differences) == flips.p(there.differences, mirrored: true))
    }

    @Test(arguments: 1...20) func `another unit or a power of the values changes no rank`(seed: UInt64) {
        let groups = random(groups: 12, seed: seed)
        let there = ranked(groups)
        // On the logarithmic scale a unit is a sum and a power a product.
        let other = ranked(groups.map { ($0.base.map { 3 * $0 - 7 }, $0.head.map { 3 * $0 - 7 }) })
        #expect(other.differences == there.differences)
    }

    @Test func `what a group's slices have in common changes nothing`() {
        let groups = random(groups: 12, seed: 3)
        let drifted = groups.enumerated().map { index, group in
            (base: group.base.map { $0 + Double(index) }, head: group.head.map { $0 + Double(index) })
        }
        #expect(ranked(drifted).differences == ranked(groups).differences)
    }

    @Test func `the estimate is the median of all differences within groups`() {
        // 2 3 1 2 and 2 6 −2 2.
        #expect(ranked([([1, 2], [3, 4]), ([10, 14], [12, 16])]).estimate(groups: 2) == 2)
    }
}

@Suite struct GroupFlipsTests {
    @Test(arguments: 1...16) func `up to 16 groups p is exact`(groups: Int) {
        for seed in 1...3 as ClosedRange<UInt64> {
            let differences = ranked(random(groups: groups, seed: seed, change: 0.3)).differences
            var flips = GroupFlips(seed: 1)
            if groups <= 12 || seed == 1 { #expect(flips.p(differences) == naive(differences)) }
        }
    }

    @Test(arguments: [17, 24, 40]) func `above 16 groups, 20,000 flips come close to the exact p, and never to 0`(groups: Int) {
        let differences = ranked(random(groups: groups, seed: 5, change: 0.1)).differences
        var flips = GroupFlips(seed: 1)
        let p = flips.p(differences)
        let exact = exactShare(differences)
        #expect(abs(p - exact) < 5 * (exact * (1 - exact) / 20_000).squareRoot() + 1e-4)
    }

    @Test(arguments: [17, 50, 64, 65, 200]) func `above 16 groups no p is 0, and the last group's coin is a fair one too`(groups: Int) {
        var flips = GroupFlips(seed: 1)
        #expect(flips.p([Int32](repeating: 4, count: groups)) == 1.0 / 20_001)
        var last = [Int32](repeating: 0, count: groups)
        last[groups - 1] = 4
        #expect(abs(flips.p(last) - 0.5) < 0.02)
    }

    /// By the distribution of subset sums.
    private func exactShare(_ differences: [Int32]) -> Double {
        let sum = Int(differences.reduce(0, +))
        let offset = differences.reduce(0) { $0 + Int(abs($1)) }
        var shares = [Double](repeating: 0, count: 2 * offset + 1)
        shares[offset] = 1
        for difference in differences {
            var next = [Double](repeating: 0, count: shares.count)
            for (place, share) in shares.enumerated() where share > 0 {
                next[place + Int(difference)] += share / 2
                next[place - Int(difference)] += share / 2
            }
            shares = next
        }
        return shares[(offset + sum)...].reduce(0, +)
    }

    @Test(arguments: [5, 10, 16, 17, 30]) func `the short count answers as the whole p does`(groups: Int) {
        var flips = GroupFlips(seed: 1)
        for seed in 1...10 as ClosedRange<UInt64> {
            let differences = ranked(random(groups: groups, seed: seed, change: 0.2)).differences
            let p = flips.p(differences)
            for limit in [0, 0.001, 0.003, 0.02, 0.5, p, p.nextDown, 1] {
                let answer = flips.isAtMost(limit, differences)
                #expect(answer == (p <= limit), "p \(p), limit \(limit), seed \(seed)")
            }
        }
    }

    @Test func `a test of nothing rejects nothing`() {
        var flips = GroupFlips(seed: 1)
        #expect(flips.p([]) == 1)
        let rejects = flips.isAtMost(0.05, [])
        #expect(!rejects)
    }
}

@Suite struct IntervalTests {
    private func test(_ groups: [(base: [Double], head: [Double])]) -> RankTest {
        var test = RankTest(seed: 1)
        for group in groups { test.ranks.append(base: group.base, head: group.head) }
        return test
    }

    private func inverted(_ groups: [(base: [Double], head: [Double])]) -> (lower: Double, upper: Double)? {
        var test = test(groups)
        return test.interval(groups: groups.count)
    }

    @Test func `five groups reject nothing at 2.5 per cent a side, six do`() {
        #expect(inverted(random(groups: 5, seed: 2)) == nil)
        #expect(inverted(random(groups: 6, seed: 2)) != nil)
    }

    @Test(arguments: [8, 16, 30]) func `the ends part what is rejected from what is not`(groups: Int) throws {
        var test = test(random(groups: groups, seed: 4, change: 0.3))
        let found = test.interval(groups: groups)
        let interval = try #require(found)
        #expect(interval.lower < test.ranks.estimate(groups: groups) && test.ranks.estimate(groups: groups) < interval.upper)
        let inside = test.tails(groups: groups, shift: interval.lower)
        let outside = test.tails(groups: groups, shift: interval.lower - 1e-5)
        #expect(inside.above > 0.025 && outside.above <= 0.025)
        let (within, beyond) = (test.tails(groups: groups, shift: interval.upper), test.tails(groups: groups, shift: interval.upper + 1e-5))
        #expect(within.below > 0.025 && beyond.below <= 0.025)
    }

    @Test func `a change that is added moves the interval by itself`() throws {
        let groups = random(groups: 12, seed: 6)
        let here = try #require(inverted(groups))
        let there = try #require(inverted(groups.map { ($0.base, $0.head.map { $0 + 0.5 }) }))
        #expect(abs(there.lower - here.lower - 0.5) < 1e-4 && abs(there.upper - here.upper - 0.5) < 1e-4)
    }

    @Test func `95 in 100 intervals hold the truth`() throws {
        var values = Values(seed: 11)
        var held = 0
        for _ in 0..<100 {
            let slices = (0..<12).map { _ in values.slices(1, ratio: exponential(0.03)) }
            let interval = try #require(inverted(slices.map { ($0.base.map(logarithm), $0.head.map(logarithm)) }))
            if interval.lower <= 0.03, 0.03 <= interval.upper { held += 1 }
        }
        #expect(held >= 89, "\(held) of 100")
    }

    @Test func `what can be detected is 1.62 half-widths, on the logarithmic scale`() {
        #expect(abs(RankTest.smallestDetectable(halfWidth: 0.02) - 0.03293) < 1e-5)
    }
}
