@testable import Measurement
import Testing

@Suite struct ConfidenceIntervalTests {
    @Test(arguments: [(1, 12.706), (4, 2.776), (9, 2.262), (30, 2.042), (200, 1.972)])
    func `Student's t agrees with the tables`(degrees: Int, expected: Double) {
        #expect(abs(StudentT.quantile(level: 0.95, degrees: degrees) - expected) < 0.001)
    }

    @Test func `five pairs give a t interval, ten an exact sign-flip interval`() {
        let pairs = (1...10).map { (numerator: Double($0 % 3) + 20, denominator: 40.0) }
        #expect(ConfidenceInterval.pairedRatio(Array(pairs.prefix(5)))?.method == .pairedT)
        let ten = ConfidenceInterval.pairedRatio(pairs)!
        #expect(ten.method == .signFlip)
        #expect(ten.level >= 0.95 && ten.level < 0.96)
        #expect(ten.lower < ten.estimate && ten.estimate < ten.upper)
    }

    @Test func `one pair, or a cost of zero, has no interval`() {
        #expect(ConfidenceInterval.pairedRatio([(1, 2)]) == nil)
        #expect(ConfidenceInterval.pairedRatio([(1, 2), (0, 2), (1, 2)]) == nil)
    }

    @Test func `a ratio and its inverse have inverse intervals`() {
        let pairs = [(10.0, 20.0), (11, 21), (9, 19), (10.5, 20), (10, 22)].map { (numerator: $0.0, denominator: $0.1) }
        let ratio = ConfidenceInterval.pairedRatio(pairs)!
        let inverse = ConfidenceInterval.pairedRatio(pairs.map { ($0.denominator, $0.numerator) })!
        #expect(abs(ratio.estimate * inverse.estimate - 1) < 1e-12)
        #expect(abs(ratio.lower * inverse.upper - 1) < 1e-12)
        #expect(abs(ratio.asSaving.lower - (1 - ratio.upper)) < 1e-12)
    }

    /// How often 95 % intervals of `pairs` noisy pairs hold the true ratio, over 600 seeded experiments.
    private func coverage(pairs: Int, heavyTail: Bool, seed: UInt64) -> Double {
        var random = SeededRandom(seed: seed)
        func noise() -> Double {
            let sum = (0..<12).reduce(-6.0) { total, _ in total + random.nextUnit() }
            return heavyTail && random.nextUnit() < 0.1 ? 0.03 * sum * 4 : 0.03 * sum
        }
        var held = 0
        for experiment in 0..<600 {
            let sample = (0..<pairs).map { _ in (numerator: exponential(noise()) * 0.7, denominator: exponential(noise())) }
            let interval = ConfidenceInterval.pairedRatio(sample, seed: UInt64(experiment))!
            if interval.lower <= 0.7, 0.7 <= interval.upper { held += 1 }
        }
        return Double(held) / 600
    }

    @Test(arguments: [(5, false), (5, true), (10, false), (10, true)])
    func `intervals hold the truth about as often as they claim`(pairs: Int, heavyTail: Bool) {
        let held = coverage(pairs: pairs, heavyTail: heavyTail, seed: 11)
        #expect((0.93...0.99).contains(held), "\(held)")
    }

    @Test func `above sixteen pairs random subsets stand in, and the seed repeats them`() {
        let pairs = (0..<30).map { (numerator: 50 + Double($0 * 7 % 11), denominator: 100.0) }
        let one = ConfidenceInterval.pairedRatio(pairs, seed: 4)!
        #expect(one == ConfidenceInterval.pairedRatio(pairs, seed: 4))
        let t = ConfidenceInterval.mean(pairs.map { naturalLogarithm($0.numerator / $0.denominator) })!
        #expect(abs(naturalLogarithm(one.lower) - t.lower) < 0.01)
        #expect(abs(naturalLogarithm(one.upper) - t.upper) < 0.01)
    }

    @Test func `the median says what level few values reach`() {
        let five = ConfidenceInterval.median([3, 1, 2, 5, 4])!
        #expect((five.lower, five.estimate, five.upper) == (1, 3, 5))
        #expect(abs(five.level - 0.9375) < 1e-9)
        let nine = ConfidenceInterval.median((1...9).map(Double.init))!
        #expect((nine.lower, nine.upper) == (2, 8))
        #expect(abs(nine.level - 0.9609) < 0.001)
    }

    @Test func `a share at its edge keeps a one-sided interval`() {
        let none = ConfidenceInterval.proportion(successes: 0, of: 100)!
        #expect(none.lower == 0 && abs(none.upper - 0.037) < 0.001)
        let all = ConfidenceInterval.proportion(successes: 100, of: 100)!
        #expect(all.upper == 1 && all.lower < 0.97)
        #expect(ConfidenceInterval.proportion(successes: 1, of: 0) == nil)
    }
}

@Suite struct TrendTests {
    @Test func `a line is found as it is, whatever a few outliers do`() throws {
        var values = (0..<60).map { 100 + 0.5 * Double($0) }
        let plain = try #require(Trend(values))
        #expect(plain.start == 100 && abs(plain.change.estimate - 29.5) < 1e-9 && plain.change.lower <= 29.5 && plain.change.upper >= 29.5)
        for n in [3, 17, 40] { values[n] *= 20 }
        let pulled = try #require(Trend(values))
        #expect(abs(pulled.change.estimate - 29.5) < 0.5 && pulled.change.lower > 28 && pulled.change.upper < 31)
        #expect(Trend(Array(values.prefix(Trend.valuesMinimum - 1))) == nil)
        #expect(Trend(Array(repeating: 0, count: 20))?.relativeChange == nil)
    }

    @Test(arguments: [0, 0.6])
    func `of series that only wander, few are said to creep, also where neighbours are alike`(correlation: Double) {
        var random = SeededRandom(seed: 5)
        var found = 0
        for _ in 0..<400 {
            var last = 0.0
            let values = (0..<60).map { _ -> Double in
                // Twelve uniform numbers: near enough to a normal one.
                let step = (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) / Double(1 << 53) }
                last = correlation * last + step
                return 100 + last
            }
            let change = Trend(values)!.change
            if change.lower > 0 || change.upper < 0 { found += 1 }
        }
        // 5 % would be 20 of 400; of correlated ones half as many again are let pass, uncorrected they were a third.
        #expect(found <= (correlation > 0 ? 48 : 32), "\(found) of 400")
    }
}

@Suite struct SeededRandomTests {
    @Test func `the generator is xoshiro256 starstar as its authors publish it`() {
        // First outputs for SplitMix64 seed 0, computed with the authors' C (prng.di.unimi.it).
        var random = SeededRandom(seed: 0)
        #expect([random.next(), random.next(), random.next()] == [0x99ec_5f36_cb75_f2b4, 0xbf6e_1f78_4956_452a, 0x1a5f_849d_4933_e6e0])
    }

    @Test func `parts of a seed differ`() {
        var one = SeededRandom(seed: 1, part: 0)
        var two = SeededRandom(seed: 1, part: 1)
        #expect(one.next() != two.next())
    }
}

@Suite struct CoarseBucketsTests {
    @Test func `the last bucket holds an hour, and every value lies below its bucket's upper edge`() {
        #expect(CoarseBuckets.count == CoarseBuckets.index(of: LatencyRecorder.highestNanoseconds) + 1)
        for value in [0, 1, 31, 32, 33, 1_000, 1_234_567, LatencyRecorder.highestNanoseconds] as [UInt64] {
            let edge = CoarseBuckets.upperEdge(of: CoarseBuckets.index(of: value))
            #expect(edge >= value && Double(edge - value) <= 0.032 * Double(value) + 1)
            #expect(CoarseBuckets.index(of: edge + 1) == CoarseBuckets.index(of: value) + 1)
        }
    }
}
