import Measurement
import Testing

private func times(_ stream: ArrivalStream) -> [UInt64] {
    var (stream, all) = (stream, [UInt64]())
    while let time = stream.take() { all.append(time) }
    return all
}

@Suite struct OpenLoopScheduleTests {
    @Test func `event n of a fixed schedule is where n divided by the rate says, after many events too`() {
        let schedule = OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: 30_000, nanoseconds: 10_000_000_000)
        let all = times(schedule.stream(lane: 0, of: 1, startingAt: 5))
        #expect(all.count == 300_000)
        #expect(all[0] == 5)
        for n in [1, 29_999, 30_000, 299_999] {
            #expect(abs(Int64(all[n]) - 5 - Int64(n) * 1_000_000_000 / 30_000) <= 1)
        }
    }

    @Test func `lanes share a fixed schedule without gap or overlap`() {
        let schedule = OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: 1_000, nanoseconds: 1_000_000_000)
        let lanes = (0..<3).flatMap { times(schedule.stream(lane: $0, of: 3, startingAt: 0)) }
        #expect(lanes.sorted() == times(schedule.stream(lane: 0, of: 1, startingAt: 0)))
    }

    @Test func `steps change the rate where they say, and a pause sends nothing`() {
        let schedule = OpenLoopSchedule(
            arrivals: .fixed,
            steps: [
                .init(eventsPerSecond: 100, nanoseconds: 1_000_000_000), .init(eventsPerSecond: 0, nanoseconds: 2_000_000_000),
                .init(eventsPerSecond: 1_000, nanoseconds: 500_000_000),
            ])
        let all = times(schedule.stream(lane: 0, of: 1, startingAt: 0))
        #expect(all.count == 600)
        #expect(schedule.expectedEvents == 600)
        #expect(all[99] < 1_000_000_000)
        #expect(all[100] == 3_000_000_000)
        #expect(all.last! < 3_500_000_000)
    }

    @Test func `a seed repeats a Poisson schedule and another gives another`() {
        func schedule(_ seed: UInt64) -> OpenLoopSchedule {
            OpenLoopSchedule(arrivals: .poisson, eventsPerSecond: 1_000, nanoseconds: 10_000_000_000, seed: seed)
        }
        let one = times(schedule(7).stream(lane: 0, of: 1, startingAt: 0))
        #expect(one == times(schedule(7).stream(lane: 0, of: 1, startingAt: 0)))
        #expect(one != times(schedule(8).stream(lane: 0, of: 1, startingAt: 0)))
    }

    @Test func `Poisson gaps have the mean and the spread of an exponential, split over lanes or not`() {
        let schedule = OpenLoopSchedule(arrivals: .poisson, eventsPerSecond: 1_000, nanoseconds: 40_000_000_000, seed: 3)
        let split = (0..<4).flatMap { times(schedule.stream(lane: $0, of: 4, startingAt: 0)) }.sorted()
        for all in [times(schedule.stream(lane: 0, of: 1, startingAt: 0)), split] {
            #expect(abs(all.count - 40_000) < 800)
            let gaps = zip(all.dropFirst(), all).map { Double($0 - $1) }
            let mean = gaps.reduce(0, +) / Double(gaps.count)
            let deviation = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)).squareRoot()
            #expect(abs(mean - 1e6) < 2e4)
            #expect(abs(deviation / mean - 1) < 0.03)
        }
    }

    @Test func `an event is not taken before it is due`() {
        var stream = OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: 10, nanoseconds: 1_000_000_000)
            .stream(lane: 1, of: 2, startingAt: 0)
        #expect(stream.take(dueBy: 99_999_999) == nil)
        #expect(stream.take(dueBy: 100_000_000) == 100_000_000)
        #expect(stream.index == 1)
        #expect(stream.next == 300_000_000)
    }
}

@Suite struct IntervalSeriesTests {
    @Test func `seconds hold what was added in them and close as time moves on`() {
        let series = IntervalSeries(origin: 1_000, maximumSeconds: 5)
        series.add(count: 2, bytes: 20, at: 1_001)
        series.add(count: 3, bytes: 30, at: 1_000 + 2_500_000_000)
        #expect(series.closedSeconds == 2)
        #expect(series.points() == [.init(count: 2, bytes: 20), .init(), .init(count: 3, bytes: 30)])
    }

    @Test func `lanes add up second by second`() {
        let merged = IntervalSeries.merged([[.init(count: 1, bytes: 2)], [.init(count: 3, bytes: 4), .init(count: 5, bytes: 6)]])
        #expect(merged == [.init(count: 4, bytes: 6), .init(count: 5, bytes: 6)])
    }
}

@Suite struct SteadyStateTests {
    @Test func `a ramp is not steady, the level after it is`() {
        var state = SteadyState(limit: 20)
        var outcome = SteadyState.Outcome.waiting
        for value in [100.0, 200, 300, 400, 500] { outcome = state.add(value) }
        #expect(outcome == .waiting)
        for value in [505.0, 500, 495] { outcome = state.add(value) }
        #expect(outcome == .steady(afterWindows: 7) || outcome == .steady(afterWindows: 8))
    }

    @Test func `a load that never settles is told apart after the limit`() {
        var state = SteadyState(limit: 10)
        var outcome = SteadyState.Outcome.waiting
        for n in 0..<10 { outcome = state.add(n % 2 == 0 ? 100 : 900) }
        guard case .noSteadyState(_, let variation) = outcome else { Issue.record("\(outcome)"); return }
        #expect(variation > 0.5)
        #expect(state.add(500) == outcome)
    }

    @Test func `silence is not steady`() {
        var state = SteadyState(limit: 100)
        for _ in 0..<20 { #expect(state.add(0) == .waiting) }
    }
}
