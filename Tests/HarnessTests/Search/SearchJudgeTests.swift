// A window that does not meet the objective: why, and whose doing that is.
import Measurement
import Results
import Testing

@testable import Harness

private func measured(_ milliseconds: Double, _ bound: QuantileReading.Bound? = nil) -> QuantileReading {
    .measured(nanoseconds: UInt64(milliseconds * 1e6), bound: bound, episodes: nil)
}

private func slope(_ estimate: Double, _ half: Double) -> ConfidenceInterval {
    ConfidenceInterval(estimate: estimate, lower: estimate - half, upper: estimate + half, method: .leastSquares, samples: 11)
}

/// 10,000 records/s that meet every objective of these tests.
private func window(_ change: (inout WindowFigures) -> Void = { _ in }) -> WindowFigures {
    var figures = WindowFigures(offeredPerSecond: 10_000)
    figures.readings = [0.5: measured(1), 0.9: measured(2), 0.99: measured(5), 0.999: measured(9)]
    figures.maximumNanoseconds = 40_000_000
    figures.lagMaximumRecords = 300
    figures.lagSlope = slope(4, 9)
    change(&figures)
    return figures
}

private let objective = "p99 <= 10ms and lag slope <= 0 and lag <= 1000 and errors = 0 and late <= 0.1%"

private func judged(_ figures: WindowFigures, _ text: String = objective, rules: (String, Verdict.Outcome)...) throws -> (outcome: SearchTrial.Outcome, reasons: [String]) {
    let verdict = Verdict(reasons: rules.map { .init(rule: $0.0, outcome: $0.1, phase: "search 1 trial", text: "rule \($0.0)") })
    return SearchJudge(objective: try SearchObjective.parse(text)).judge(figures, verdict)
}

@Suite struct SearchJudgeTests {
    @Test func `what meets every condition passes, and nothing is to be said`() throws {
        let (outcome, reasons) = try judged(window())
        #expect(outcome == .passed && reasons == [])
    }

    @Test func `each condition that does not hold is told with its figure and its bound`() throws {
        let (outcome, reasons) = try judged(
            window {
                $0.readings[0.99] = measured(12)
                $0.lagSlope = slope(500, 40)
                $0.lagMaximumRecords = 2_000
                $0.errors = 3
            })
        #expect(outcome == .failed)
        #expect(reasons == ["p99 12.0 ms (<= 10ms)", "lag slope 500 [460, 540] records/s (<= 0)", "lag 2000 records (<= 1000)", "3 errors (= 0)"])
    }

    @Test func `a slope fails when all of its interval is above, by more than a thousandth of the rate`() throws {
        #expect(try judged(window { $0.lagSlope = slope(500, 600) }).outcome == .passed)
        #expect(try judged(window { $0.lagSlope = slope(9, 1) }).outcome == .passed, "10 records/s is a thousandth")
        #expect(try judged(window { $0.lagSlope = slope(12, 1) }).outcome == .failed)
        #expect(try judged(window { $0.lagSlope = nil }).reasons == ["the slope of the lag was not measured"])
    }

    @Test func `a quantile that too few requests carry is judged by what is certain`() throws {
        let few = QuantileReading.unavailable(samples: 900)
        func figures(p90: Double, maximum: UInt64) -> WindowFigures {
            window {
                $0.readings[0.99] = few
                $0.readings[0.9] = measured(p90)
                $0.maximumNanoseconds = maximum
            }
        }
        #expect(try judged(figures(p90: 2, maximum: 9_000_000)).outcome == .passed, "even the slowest is within")
        #expect(try judged(figures(p90: 11, maximum: 40_000_000)).reasons == ["p90 is 11.0 ms already (p99 <= 10ms)"])
        let untold = try judged(window { $0.readings[0.99] = few })
        #expect(untold.outcome == .failed && untold.reasons == ["p99 can't be told from 900 requests; a longer ‘search.trial’ has more"])
        #expect(try judged(window { $0.maximumNanoseconds = nil }).reasons == ["nothing was acknowledged"])
    }

    @Test func `end-to-end times are judged by what was read, whatever the response time is`() throws {
        func figures(p99: QuantileReading, maximum: UInt64? = 80_000_000) -> WindowFigures {
            window { $0.endToEnd = ClockFigures(readings: [0.9: measured(4), 0.99: p99], maximumNanoseconds: maximum) }
        }
        #expect(try judged(figures(p99: measured(18)), "p99 <= 10ms and e2e p99 <= 20ms").outcome == .passed)
        #expect(try judged(figures(p99: measured(25)), "p99 <= 10ms and e2e p99 <= 20ms").reasons == ["e2e p99 25.0 ms (<= 20ms)"])
        #expect(try judged(figures(p99: measured(25)), "p99 <= 10ms").outcome == .passed)
        #expect(try judged(figures(p99: measured(18)), "e2e max <= 20ms").reasons == ["e2e max 80.0 ms (<= 20ms)"])
        #expect(try judged(figures(p99: measured(25, .generator)), "e2e p99 <= 20ms").outcome == .clientBound)
        let few = QuantileReading.unavailable(samples: 70)
        #expect(try judged(figures(p99: few), "e2e p99 <= 20ms").reasons == ["e2e p99 can't be told from 70 polls; a longer ‘search.trial’ has more"])
        #expect(try judged(figures(p99: few), "e2e p99 <= 3ms").reasons == ["e2e p90 is 4.00 ms already (e2e p99 <= 3ms)"])
        #expect(try judged(window(), "e2e p99 <= 20ms").reasons == ["nothing was read"])
    }

    @Test func `a window is sure of an end-to-end time by that time's own interval`() throws {
        func figures(_ lower: UInt64, _ upper: UInt64) -> WindowFigures {
            window {
                let interval = QuantileInterval(quantile: 0.99, lowerNanoseconds: lower, upperNanoseconds: upper, events: 9_000, seconds: 10)
                $0.endToEnd = ClockFigures(readings: [0.99: measured(15)], intervals: [interval], maximumNanoseconds: 80_000_000)
            }
        }
        #expect(try sure(figures(14_000_000, 17_000_000), "e2e p99 <= 20ms") == true)
        #expect(try sure(figures(14_000_000, 21_000_000), "e2e p99 <= 20ms") == false)
    }

    @Test func `max is exact, and < excludes its bound`() throws {
        #expect(try judged(window(), "max <= 40ms").outcome == .passed)
        #expect(try judged(window(), "max < 40ms").reasons == ["max 40.0 ms (< 40ms)"])
        #expect(try judged(window(), "p50 < 1ms").outcome == .failed)
    }

    @Test func `what the machine or the generator had a part in is not the broker's`() throws {
        let slow = window { $0.readings[0.99] = measured(12, .machineFloor) }
        #expect(try judged(slow).outcome == .spoiled)
        #expect(try judged(window { $0.readings[0.999] = measured(90, .generator) }, "p99.9 <= 10ms").outcome == .clientBound)
        let late = try judged(window { $0.lateShare = 0.02 })
        #expect(late.outcome == .clientBound && late.reasons == ["2 % of the schedule was handed over late (<= 0.1%)"])
    }

    @Test(arguments: [
        ("keptUp", .saturated, .failed), ("lag", .saturated, .failed), ("errors", .invalid, .failed),
        ("scheduleLag", .invalid, .clientBound), ("handOver", .invalid, .clientBound), ("laneSaturation", .invalid, .clientBound),
        ("steal", .invalid, .spoiled), ("foreignLoad", .invalid, .spoiled), ("impossibleSample", .invalid, .spoiled),
    ] as [(String, Verdict.Outcome, SearchTrial.Outcome)])
    func `a rule of the verdict is broken by whom it is about, whatever the objective says`(
        rule: String, verdict: Verdict.Outcome, outcome: SearchTrial.Outcome
    ) throws {
        let (found, reasons) = try judged(window(), rules: (rule, verdict))
        #expect(found == outcome && reasons == ["rule \(rule)"])
    }

    @Test func `the machine is blamed before the generator, and the generator before the broker`() throws {
        let slow = window { $0.readings[0.99] = measured(12) }
        #expect(try judged(slow, rules: ("scheduleLag", .invalid)).outcome == .clientBound)
        let all = try judged(slow, rules: ("scheduleLag", .invalid), ("keptUp", .saturated), ("steal", .invalid))
        #expect(all.outcome == .spoiled && all.reasons.first == "rule steal" && all.reasons.count == 4)
    }

    private func sure(_ figures: WindowFigures, _ text: String, rules: (String, Verdict.Outcome)...) throws -> Bool? {
        let verdict = Verdict(reasons: rules.map { .init(rule: $0.0, outcome: $0.1, phase: "search 1 trial", text: "rule \($0.0)") })
        let judge = SearchJudge(objective: try SearchObjective.parse(text))
        return judge.isSure(judge.judge(figures, verdict).outcome, figures, verdict)
    }

    @Test func `a window is sure of its outcome where its quantiles' intervals are on one side of the bound`() throws {
        func figures(p99: Double, _ lower: Double, _ upper: Double?) -> WindowFigures {
            window {
                $0.readings[0.99] = measured(p99)
                $0.intervals = [
                    QuantileInterval(
                        quantile: 0.99, lowerNanoseconds: UInt64(lower * 1e6), upperNanoseconds: upper.map { UInt64($0 * 1e6) }, events: 9_000, seconds: 10)
                ]
            }
        }
        #expect(try sure(figures(p99: 5, 4, 9), "p99 <= 10ms") == true)
        #expect(try sure(figures(p99: 5, 4, 11), "p99 <= 10ms") == false)
        #expect(try sure(figures(p99: 5, 4, nil), "p99 <= 10ms") == false, "an open end")
        #expect(try sure(figures(p99: 12, 11, 13), "p99 <= 10ms") == true)
        #expect(try sure(figures(p99: 12, 9, 13), "p99 <= 10ms") == false)
        // Without an interval the maximum may say it all.
        #expect(try sure(window { $0.maximumNanoseconds = 9_000_000 }, "p99 <= 10ms") == true)
        #expect(try sure(window(), "p99 <= 10ms") == false)
    }

    @Test func `what is counted is sure, a rule of the verdict too, and a window that says nothing of the broker is neither`() throws {
        #expect(try sure(window { $0.errors = 1 }, "errors = 0") == true)
        #expect(try sure(window(), "errors = 0") == true)
        #expect(try sure(window(), "p99 <= 10ms", rules: ("keptUp", .saturated)) == true)
        #expect(try sure(window(), "p99 <= 10ms", rules: ("scheduleLag", .invalid)) == nil)
    }
}
