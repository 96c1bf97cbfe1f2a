// Arrivals by a trace: its shape at any rate, over and over, shared among lanes.
import Measurement
import Testing

private func times(_ stream: ArrivalStream) -> [UInt64] {
    var (stream, all) = (stream, [UInt64]())
    while let time = stream.take() { all.append(time) }
    return all
}

@Suite struct ArrivalTraceTests {
    /// Four arrivals over three seconds: with a mean gap behind the last, one a second.
    private func trace() throws -> ArrivalTrace { try #require(ArrivalTrace(seconds: [100, 100.5, 100.5, 103])) }

    private func schedule(rate: Double, seconds: Double) throws -> OpenLoopSchedule {
        OpenLoopSchedule(arrivals: .fixed, steps: [.init(eventsPerSecond: rate, nanoseconds: UInt64(seconds * 1e9))], trace: try trace())
    }

    @Test func `at its own rate a trace is gone through as it was seen, and then again`() throws {
        #expect(try trace().eventsPerSecond == 1 && trace().periodNanoseconds == 4_000_000_000)
        let all = times(try schedule(rate: 1, seconds: 5).stream(lane: 0, of: 1, startingAt: 7))
        #expect(all == [0, 500_000_000, 500_000_000, 3_000_000_000, 4_000_000_000, 4_500_000_000, 4_500_000_000].map { $0 + 7 })
    }

    @Test func `another rate stretches it and keeps its shape`() throws {
        let all = times(try schedule(rate: 10, seconds: 0.4).stream(lane: 0, of: 1, startingAt: 0))
        #expect(all == [0, 50_000_000, 50_000_000, 300_000_000])
        let long = times(try schedule(rate: 1_000, seconds: 10).stream(lane: 0, of: 1, startingAt: 0))
        #expect(long.count == 10_000 && zip(long, long.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `lanes share a trace without gap or overlap`() throws {
        let schedule = try schedule(rate: 100, seconds: 1)
        let lanes = (0..<3).flatMap { times(schedule.stream(lane: $0, of: 3, startingAt: 0)) }
        #expect(lanes.sorted() == times(schedule.stream(lane: 0, of: 1, startingAt: 0)))
    }

    @Test(arguments: [[], [1], [1, 1], [2, 1], [1, 3, 2], [0, 1e8]])
    func `what is no course of arrivals is none`(seconds: [Double]) { #expect(ArrivalTrace(seconds: seconds) == nil) }
}
