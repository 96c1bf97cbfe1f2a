// What is drawn for records: as often as the distribution says, and the same for the same seed.
import Foundation
import Testing

@testable import Harness

/// Σ (seen − expected)² / expected.
private func chiSquare(_ counts: [Int], _ shares: [Double]) -> Double {
    let total = Double(counts.reduce(0, +))
    return zip(counts, shares).reduce(0) { sum, entry in
        let expected = entry.1 * total
        return sum + (Double(entry.0) - expected) * (Double(entry.0) - expected) / expected
    }
}

@Suite struct RecordSizesTests {
    private func mean(_ draws: ContiguousArray<UInt32>) -> Double { draws.reduce(0) { $0 + Double($1) } / Double(draws.count) }

    @Test func `the table of a uniform range has every size equally often, and none beside it`() {
        let sizes = RecordSizes.uniform(100...199)
        let draws = sizes.draws(seed: 42, lane: 0)
        #expect(draws.count == 65_536 && draws.min() == 100 && draws.max() == 199)
        var counts = [Int](repeating: 0, count: 100)
        for draw in draws { counts[Int(draw) - 100] += 1 }
        #expect(counts.allSatisfy { abs($0 - 655) <= 2 }, "\(counts)")
        #expect(abs(mean(draws) - sizes.mean) < 0.01 && sizes.mean == 149.5)
    }

    @Test func `the order of the draws is as good as chance`() {
        let draws = RecordSizes.uniform(100...199).draws(seed: 42, lane: 3)
        for start in [0, 30_000, 60_000] {
            var counts = [Int](repeating: 0, count: 10)
            for draw in draws[start..<start + 4_000] { counts[(Int(draw) - 100) / 10] += 1 }
            // 9 degrees of freedom: above 33.7 once in ten thousand.
            #expect(chiSquare(counts, Array(repeating: 0.1, count: 10)) < 33.7, "from \(start): \(counts)")
        }
        // One after the other: how often a draw is above the one before.
        let rising = zip(draws, draws.dropFirst()).count { $0.0 < $0.1 }
        #expect(abs(Double(rising) / 65_535 - 0.495) < 0.01, "\(rising)")
    }

    @Test func `a seed and a lane give the same table every time, and others another`() {
        let sizes = RecordSizes.uniform(64...4_096)
        let table = sizes.draws(seed: 7, lane: 1)
        #expect(table == sizes.draws(seed: 7, lane: 1))
        #expect(table != sizes.draws(seed: 7, lane: 2) && table != sizes.draws(seed: 8, lane: 1))
        // As they were when this was written: a result of then can be had again.
        #expect(Array(table.prefix(8)) == [3_700, 2_856, 437, 1_584, 2_247, 3_221, 3_680, 1_696])
    }

    @Test func `ranges come by their weights, what is below a stamp is raised to it, and no weight is never`() {
        let sizes = RecordSizes.weighted([
            .init(sizes: 0...255, weight: 1), .init(sizes: 256...1_023, weight: 2), .init(sizes: 2_000...3_000, weight: 0), .init(sizes: 8_192...8_192, weight: 1),
        ])
        #expect(sizes.bounds == 32...8_192 && sizes.raisesSmallOnes)
        let draws = sizes.draws(seed: 1, lane: 0)
        let classes = [draws.count { $0 < 256 }, draws.count { (256..<1_024).contains($0) }, draws.count { $0 == 8_192 }]
        #expect(zip(classes, [16_384, 32_768, 16_384]).allSatisfy { abs($0 - $1) <= 1 }, "\(classes)")
        #expect(abs(draws.count { $0 == 32 } - 16_384 * 33 / 256) <= 2)
        #expect(abs(mean(draws) - sizes.mean) < 0.1, "\(mean(draws)), \(sizes.mean)")
    }

    @Test func `observed sizes come as often as they were observed`() {
        let sizes = RecordSizes.observed([100, 100, 100, 5_000])
        let draws = sizes.draws(seed: 1, lane: 0)
        #expect(sizes.bounds == 100...5_000 && sizes.mean == 1_325)
        #expect(draws.count { $0 == 100 } == 49_152 && draws.count { $0 == 5_000 } == 16_384)
    }

    @Test func `one size is one size`() {
        #expect(RecordSizes.constant(10).bounds == 10...10 && RecordSizes.constant(10).mean == 10 && !RecordSizes.constant(10).raisesSmallOnes)
        var plan = ProducersPlan()
        #expect(plan.recordBytes == 1_024 && !plan.isVaried)
        plan.sizes = .uniform(32...64)
        #expect(plan.recordBytes == 48 && plan.isVaried)
        plan.recordBytes = 100
        #expect(plan.sizes == .constant(100))
    }
}

@Suite struct KeySourceTests {
    /// Calls `body` with a source while its table lives.
    private func withSource<R>(_ keys: KeyDistribution, seed: UInt64 = 42, lane: Int = 0, of lanes: Int = 1, _ body: (inout KeySource) -> R) -> R {
        let table = KeySource.table(for: keys)
        var source = KeySource(keys, seed: seed, lane: lane, of: lanes, table: table)!
        return withExtendedLifetime(table) { body(&source) }
    }

    private func drawn(_ keys: KeyDistribution, of count: Int, draws: Int) -> [Int] {
        withSource(keys) { source in
            var counts = [Int](repeating: 0, count: count)
            for _ in 0..<draws { counts[Int(source.number())] += 1 }
            return counts
        }
    }

    @Test func `uniform keys are equally frequent`() {
        // 99 degrees of freedom: above 161 once in ten thousand.
        #expect(chiSquare(drawn(.uniform(100), of: 100, draws: 200_000), Array(repeating: 0.01, count: 100)) < 161)
    }

    @Test(arguments: [0.5, 1.0, 1.1, 2.0])
    func `key n of a zipf distribution is as frequent as its rank says`(exponent: Double) {
        let weights = (1...50).map { pow(Double($0), -exponent) }
        let total = weights.reduce(0, +)
        let counts = drawn(.zipf(keys: 50, exponent: exponent), of: 50, draws: 400_000)
        // 49 degrees of freedom: above 94.6 once in ten thousand.
        #expect(chiSquare(counts, weights.map { $0 / total }) < 94.6, "\(counts)")
    }

    @Test func `a hot set has its share, and both parts are alike among themselves`() {
        let counts = drawn(.hotSet(keys: 110, hot: 10, share: 0.9), of: 110, draws: 500_000)
        // 109 degrees of freedom: above 173 once in ten thousand.
        #expect(chiSquare(counts, Array(repeating: 0.09, count: 10) + Array(repeating: 0.001, count: 100)) < 173, "\(counts)")
    }

    @Test(arguments: [(1, 5), (3, 7), (4, 6), (5, 2)])
    func `keys in turn are every key, over all lanes`(lanes: Int, keys: Int) {
        var sources = (0..<lanes).compactMap { KeySource(.roundRobin(keys), seed: 1, lane: $0, of: lanes, table: nil) }
        var numbers: [Int] = []
        for _ in 0..<keys * 3 { for lane in sources.indices { numbers.append(Int(sources[lane].number())) } }
        #expect(numbers == numbers.indices.map { $0 % keys })
    }

    @Test func `a table of one number, and of numbers without weight, draws what there is`() {
        #expect(drawn(.zipf(keys: 1, exponent: 1), of: 1, draws: 100) == [100])
        let table = AliasTable(count: 4) { $0 == 2 ? 1 : 0 }
        #expect((0..<4).allSatisfy { $0 == 2 || (table.entries[$0].alias == 2 && table.entries[$0].threshold == 0) })
        #expect(table.entries[2].alias == 2)
    }

    @Test func `keys are text of eight bytes, the same for the same seed, lane by lane`() {
        let key = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
        defer { key.deallocate() }
        func texts(_ distribution: KeyDistribution, seed: UInt64 = 42, lane: Int = 0, lanes: Int = 2) -> [String] {
            withSource(distribution, seed: seed, lane: lane, of: lanes) { source in
                var texts: [String] = []
                for _ in 0..<4 {
                    source.next(into: key)
                    texts.append(String(decoding: key, as: UTF8.self))
                }
                return texts
            }
        }
        #expect(texts(.roundRobin(1_234_567), lane: 1) == ["k0000001", "k0000003", "k0000005", "k0000007"])
        #expect(texts(.uniform(10_000_000)).allSatisfy { $0.count == 8 && $0.first == "k" && Int($0.dropFirst()) != nil })
        for distribution in [KeyDistribution.uniform(1_000), .zipf(keys: 1_000, exponent: 1.1), .hotSet(keys: 1_000, hot: 10, share: 0.5)] {
            #expect(texts(distribution) == texts(distribution))
            #expect(texts(distribution) != texts(distribution, lane: 1) && texts(distribution) != texts(distribution, seed: 43))
        }
        // As they were when this was written.
        #expect(texts(.uniform(1_000)) == ["k0000083", "k0000378", "k0000680", "k0000924"])
        #expect(texts(.zipf(keys: 1_000, exponent: 1.1)) == ["k0000083", "k0000000", "k0000005", "k0000924"])
    }
}

@Suite struct ReadThrottleTests {
    @Test func `over any time longer than its credit it reads no more than it may, and nearly that`() {
        var throttle = ReadThrottle(recordsPerSecond: 100)
        var (now, read) = (UInt64(5_000_000_000), 0)
        let end = now + 20_000_000_000
        while now < end {
            if now >= throttle.mayReadAt {
                throttle.took(10, at: now)
                read += 10
            }
            now += 3_000_000
        }
        #expect(read <= 2_000 + 20 && read >= 1_950, "\(read)")
    }

    @Test func `after a pause it does not catch up`() {
        var throttle = ReadThrottle(recordsPerSecond: 1_000)
        throttle.took(100, at: 1_000_000_000)
        #expect(throttle.mayReadAt == 1_000_000_000)
        throttle.took(100, at: 60_000_000_000)
        #expect(throttle.mayReadAt == 60_000_000_000)
        throttle.took(100, at: 60_000_000_000)
        #expect(throttle.mayReadAt == 60_100_000_000)
    }

    @Test func `it asks for a tenth of a second's worth, within bounds`() {
        #expect(ReadThrottle(recordsPerSecond: 1_000).fetchBytes(recordBytes: 512) == 51_200)
        #expect(ReadThrottle(recordsPerSecond: 1).fetchBytes(recordBytes: 512) == 1_024)
        #expect(ReadThrottle(recordsPerSecond: 1e9).fetchBytes(recordBytes: 512) == 1 << 20)
    }
}
