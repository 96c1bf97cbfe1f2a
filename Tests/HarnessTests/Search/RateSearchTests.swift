// The search against brokers that are functions of the rate: it always ends, within the windows that it promised.
import Measurement
import Results
import Testing

@testable import Harness

private let standard = RateSearch.Bounds(from: 1_000, most: 2_000_000, precision: 0.05)

private struct Course {
    var search: RateSearch
    var ending: RateSearch.Ending
    /// Of all windows, in their order.
    var rates: [Double] = []
    var confirmed: [Double] = []

    /// Runs a search to its end.
    init(_ bounds: RateSearch.Bounds = standard, _ broker: (Double) -> SearchTrial.Outcome) throws {
        search = RateSearch(bounds)
        ending = .spoiled
        while true {
            switch search.step {
            case .end(let ending):
                self.ending = ending
                return
            case .trial(let rate): rates.append(rate)
            case .confirm(let rate):
                rates.append(rate)
                confirmed.append(rate)
            }
            try #require(rates.count <= bounds.windowsMaximum, "\(rates)")
            #expect(rates.last! >= 1 && rates.last! <= bounds.most && rates.last! == rates.last!.rounded())
            _ = search.take(broker(rates.last!))
        }
    }
}

@Suite struct RateSearchTests {
    @Test(arguments: [1_000.0, 1_001, 1_500, 3_000, 4_096, 77_777, 500_000, 1_999_999])
    func `a limit is found to the precision, from below`(limit: Double) throws {
        let course = try Course { $0 <= limit ? .passed : .failed }
        guard case .confirmed(let rate) = course.ending else { return #expect(Bool(false), "\(course.ending)") }
        let failing = try #require(course.search.limit)
        #expect(rate <= limit && failing.rate > limit && failing.rate <= rate * 1.05 && !failing.isClient)
        #expect(course.search.highestPassing == rate && course.confirmed == [rate])
        #expect(course.rates.count <= standard.trialsExpected + 1)
    }

    @Test(arguments: [0.01, 0.02, 0.1, 0.5])
    func `the precision is the profile's`(precision: Double) throws {
        let course = try Course(.init(from: 500, most: 1_000_000, precision: precision)) { $0 <= 123_456 ? .passed : .failed }
        guard case .confirmed(let rate) = course.ending else { return #expect(Bool(false)) }
        #expect(rate <= 123_456 && rate * (1 + precision) >= 123_456)
    }

    @Test func `it looks further down where the first rate is too much, and bisects there too`() throws {
        let course = try Course { $0 <= 210 ? .passed : .failed }
        #expect(course.rates.prefix(6) == [1_000, 1_000, 500, 500, 250, 250])
        guard case .confirmed(let rate) = course.ending else { return #expect(Bool(false)) }
        #expect(rate <= 210 && rate > 195)
    }

    @Test func `a broker that can't do even the lowest rate is told as that`() throws {
        let course = try Course { _ in .failed }
        #expect(course.ending == .nothingPassed)
        #expect(course.rates == [1_000, 500, 250, 125, 63, 32].flatMap { [$0, $0] })
        #expect(course.search.limit == .init(rate: 32, isClient: false) && course.search.highestPassing == nil)
        let one = try Course(.init(from: 1, most: 10, precision: 0.05)) { _ in .failed }
        #expect(one.ending == .nothingPassed && one.rates == [1, 1])
    }

    @Test func `without a limit it stops at the most that it may offer`() throws {
        let course = try Course { _ in .passed }
        #expect(course.ending == .confirmed(2_000_000) && course.search.limit == nil)
        #expect(course.rates == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].map { $0 * 1_000 } + [2_000_000, 2_000_000])
    }

    @Test func `one bad window at a rate is no limit`() throws {
        var seen: Set<Double> = []
        let course = try Course { seen.insert($0).inserted ? .failed : .passed }
        #expect(course.ending == .confirmed(2_000_000))
    }

    @Test func `a broker that holds higher rates again is found at its first limit`() throws {
        let course = try Course { $0 <= 2_500 || $0 > 9_000 ? .passed : .failed }
        guard case .confirmed(let rate) = course.ending else { return #expect(Bool(false)) }
        #expect(rate <= 2_500 && rate > 2_380)
    }

    @Test func `above the generator's own limit nothing is the broker's`() throws {
        let course = try Course { $0 <= 50_000 ? .passed : .clientBound }
        guard case .confirmed(let rate) = course.ending else { return #expect(Bool(false)) }
        #expect(rate <= 50_000 && course.search.limit?.isClient == true)
        // It failed once, and the generator was late the other time: whose limit it is, nobody knows.
        var windows = 0
        let mixed = try Course { rate in
            windows += 1
            return rate <= 50_000 ? .passed : windows % 2 == 0 ? .failed : .clientBound
        }
        #expect(mixed.search.limit?.isClient == true)
        // A limit of the broker's below the generator's is the one that counts.
        let lower = try Course { $0 <= 50_000 ? .passed : $0 < 60_000 ? .failed : .clientBound }
        #expect(lower.search.limit?.isClient == false)
    }

    @Test func `a machine that spoils window after window ends it, one that spoils some does not`() throws {
        #expect(try Course { _ in .spoiled }.ending == .spoiled)
        #expect(try Course { _ in .spoiled }.rates == [1_000, 1_000, 1_000])
        var windows = 0
        let course = try Course { rate in
            windows += 1
            return windows % 3 != 0 ? .spoiled : rate <= 9_000 ? .passed : .failed
        }
        #expect(course.ending == .spoiled, "two spoiled windows a rate are allowed, and a rate that fails needs two more")
        let passing = try Course { _ in
            windows += 1
            return windows % 3 == 0 ? .passed : .spoiled
        }
        #expect(passing.ending == .confirmed(2_000_000))
    }

    @Test func `what passes as a trial and does not hold is lowered by the precision, and not for ever`() throws {
        var search = RateSearch(.init(from: 1_000, most: 1_000, precision: 0.05))
        #expect(search.take(.passed) == .confirm(1_000))
        #expect(search.take(.failed) == .confirm(952))
        #expect(search.take(.spoiled) == .confirm(952))
        #expect(search.take(.passed) == .end(.confirmed(952)))
        #expect(search.limit == .init(rate: 1_000, isClient: false))

        search = RateSearch(.init(from: 1_000, most: 1_000, precision: 0.05))
        #expect(search.take(.passed) == .confirm(1_000))
        #expect(search.take(.failed) == .confirm(952))
        #expect(search.take(.clientBound) == .confirm(907))
        #expect(search.take(.failed) == .confirm(864))
        #expect(search.take(.failed) == .end(.notConfirmed))
    }

    /// Between 0.8 and 1.2 times 30,000 records/s a window passes by chance.
    @Test func `a noisy broker is found where it is noisy, or not confirmed`() throws {
        for seed in UInt64(0)..<300 {
            var random = SeededRandom(seed: seed)
            let course = try Course { rate in
                let share = rate / 30_000
                return share <= 0.8 || (share < 1.2 && random.nextUnit() < (1.2 - share) / 0.4) ? .passed : .failed
            }
            switch course.ending {
            case .confirmed(let rate): #expect((30_000 * 0.75)...(30_000 * 1.2) ~= rate, "seed \(seed): \(rate)")
            case .notConfirmed: #expect(course.confirmed.count == RateSearch.confirmationsMaximum)
            default: #expect(Bool(false), "seed \(seed): \(course.ending)")
            }
        }
    }

    @Test func `whatever becomes of its windows, it ends`() throws {
        let outcomes: [SearchTrial.Outcome] = [.passed, .failed, .clientBound, .spoiled]
        for seed in UInt64(0)..<3_000 {
            var random = SeededRandom(seed: seed)
            let from = Double(random.next() % 5_000 + 1)
            let bounds = RateSearch.Bounds(from: from, most: from + Double(random.next() % 1_000_000), precision: 0.01 + random.nextUnit() * 0.49)
            // Each seed has a taste of its own.
            let weights = outcomes.map { _ in random.nextUnit() }
            _ = try Course(bounds) { _ in
                var place = random.nextUnit() * weights.reduce(0, +)
                return zip(outcomes, weights).first { _, weight in
                    place -= weight
                    return place < 0
                }?.0 ?? .failed
            }
        }
    }
}
