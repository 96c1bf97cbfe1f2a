import Testing

@testable import Gate

/// A/A groups with components that are known.
private func recorded(_ count: Int, slice: Double, restart: Double, drift: Double, seed: UInt64 = 1) -> [RestartGroup] {
    var random = GaussianRandom(GateRandom(seed: seed))
    return (0..<count).map { index in
        let common = drift * random.next()
        func side() -> [Double] {
            let luck = restart * random.next()
            return (0..<2).map { _ in 100 * exponential(common + luck + slice * random.next()) }
        }
        return RestartGroup(
            index: index, attempt: 0, arrangement: GroupArrangement(seed: 7, group: index, slicesPerSide: 2),
            values: ["p99 ack": SliceValues(base: side(), head: side())], noise: calm, seconds: 20)
    }
}

@Suite struct SelftestTests {
    @Test func `noise is split into slice, restart and drift`() throws {
        let split = try #require(NoiseSplit(groups: recorded(2000, slice: 0.05, restart: 0.02, drift: 0.04), metric: latency))
        #expect(abs(split.sliceDeviation - 0.05) < 0.002 && abs(split.restartDeviation - 0.02) < 0.003 && abs(split.driftDeviation - 0.04) < 0.003)
        // √(2·(0.02² + 0.05²/2)) of a difference.
        #expect(abs(split.groupDeviation - 0.0574) < 0.003)
        #expect((12...18).contains(split.groupsNeeded(toFind: 0.05)))
        #expect(split.groupsNeeded(toFind: 0.01) > 300 && split.groupsNeeded(toFind: 0.5) == 10)
        #expect(split.minutesNeeded(toFind: 0.5, secondsPerGroup: 30) == 5)
    }

    @Test func `where restarts decide, one slice a start is enough; where slices do, more are worth their time`() throws {
        let lucky = try #require(NoiseSplit(groups: recorded(500, slice: 0.01, restart: 0.05, drift: 0), metric: latency))
        #expect(lucky.slicesPerStart(startSeconds: 2, sliceSeconds: 3) == 1)
        let steady = try #require(NoiseSplit(groups: recorded(500, slice: 0.1, restart: 0.01, drift: 0), metric: latency))
        #expect(steady.slicesPerStart(startSeconds: 5, sliceSeconds: 3) == 6)
    }

    @Test func `too few groups have no components, and what is missing is missing`() {
        #expect(NoiseSplit(groups: recorded(1, slice: 0.1, restart: 0, drift: 0), metric: latency) == nil)
        #expect(NoiseSplit(groups: recorded(20, slice: 0.1, restart: 0, drift: 0), metric: throughput) == nil)
    }

    @Test func `a counter's spread is what 95 of 100 groups stay within`() throws {
        let spread = try #require(NoiseSplit.spread(of: recorded(1000, slice: 0.001, restart: 0, drift: 0.1), metric: latency))
        // 1.96 standard deviations of a difference of two means of two.
        #expect(abs(spread - 0.00196) < 0.0003)
    }

    @Test func `the gate replayed on relabelled groups keeps its budget, and finds more the larger the change is`() throws {
        let replay = try #require(
            try GateReplay(groups: recorded(60, slice: 0.06, restart: 0.02, drift: 0.05), metric: latency, plan: try plan([latency])))
        let rates = [0, 0.03, 0.05, 0.1].map { replay.rates(change: $0, relabellings: 200, seed: 3) }
        #expect(rates[0].failShare <= 0.025 && rates[0].passShare > 0.7)
        #expect(rates[1].failShare < rates[2].failShare && rates[2].failShare > 0.7 && rates[3].failShare == 1)
        #expect(rates.allSatisfy { $0.trials == 200 && (10...50).contains(Int($0.groupsMean)) })
    }

    @Test func `one shift is caught or missed by the same relabellings every time`() throws {
        let replay = try #require(
            try GateReplay(groups: recorded(30, slice: 0.02, restart: 0.01, drift: 0.02), metric: latency, plan: try plan([latency])))
        #expect(replay.rates(change: 0.03, relabellings: 50, seed: 3) == replay.rates(change: 0.03, relabellings: 50, seed: 3))
        let smallest = try #require(replay.smallestCaught(power: 0.85, relabellings: 40, seed: 3))
        #expect(smallest > 0.01 && smallest < 0.06)
    }

    @Test func `nine groups are too few to replay`() throws {
        #expect(try GateReplay(groups: recorded(9, slice: 0.02, restart: 0, drift: 0), metric: latency, plan: try plan([latency])) == nil)
    }
}

@Suite struct ChangePointTests {
    private func series(_ levels: [Double], points: Int, noise: Double, seed: UInt64) -> [Double] {
        var random = GaussianRandom(GateRandom(seed: seed))
        return levels.flatMap { level in (0..<points).map { _ in level + noise * random.next() } }
    }

    @Test func `a step of two deviations is found where it is`() throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            let found = ChangePoints.find(in: series([1, 1.04], points: 20, noise: 0.02, seed: seed))
            #expect(found.count == 1 && abs(found[0].index - 20) <= 3, "seed \(seed): \(found)")
            #expect(abs(found[0].before - 1) < 0.02 && abs(found[0].after - 1.04) < 0.02 && found[0].p <= 0.01)
        }
    }

    @Test func `there and back again are two`() {
        let found = ChangePoints.find(in: series([1, 1.1, 1], points: 15, noise: 0.02, seed: 3))
        #expect(found.map(\.index) == [15, 30])
    }

    @Test func `of 40 series without a change at most two show one`() {
        let wrong = (1...40).count { !ChangePoints.find(in: series([1], points: 40, noise: 0.02, seed: $0)).isEmpty }
        #expect(wrong <= 2)
    }

    @Test func `one wild night is no new level, and nine points have none`() {
        var quiet = series([1], points: 30, noise: 0.01, seed: 4)
        quiet[12] = 3
        #expect(ChangePoints.find(in: quiet).isEmpty)
        #expect(ChangePoints.find(in: [1, 1, 1, 1, 2, 2, 2, 2, 2]).isEmpty)
        #expect(ChangePoints.find(in: []).isEmpty && ChangePoints.find(in: [Double](repeating: 1, count: 50)).isEmpty)
    }
}
