// A whole search against a broker that is a formula: what the record says of it.
import Measurement
import Results
import Testing

@testable import Harness

/// A queue with one server: p99 grows as 1 / (capacity − rate), and above the capacity everything waits.
private struct QueueBroker {
    var capacity = 100_000.0
    /// Of the generator: above it is late.
    var generator = Double.infinity
    /// Share of a p99 by which it may be off; nil: nobody says.
    var doubt: Double?

    func window(_ rate: Double) -> (figures: WindowFigures, verdict: Verdict) {
        var figures = WindowFigures(offeredPerSecond: rate)
        let p99 = rate < capacity ? 1e6 / (1 - rate / capacity) : 5e9
        for (quantile, factor) in [(0.5, 0.2), (0.9, 0.5), (0.99, 1), (0.999, 2)] {
            figures.readings[quantile] = .measured(nanoseconds: UInt64(p99 * factor), bound: nil, episodes: nil)
        }
        figures.maximumNanoseconds = UInt64(p99 * 4)
        if let doubt {
            figures.intervals = [
                QuantileInterval(
                    quantile: 0.99, lowerNanoseconds: UInt64(p99 * (1 - doubt)), upperNanoseconds: UInt64(p99 * (1 + doubt)), events: 10_000, seconds: 10)
            ]
        }
        var facts = VerdictFacts(phase: "window", load: .openLoop)
        facts.scheduleLagP99Nanoseconds = rate > generator ? 1_000_000_000 : 10_000
        return (figures, Verdict.judge(facts))
    }
}

private func searched(
    _ broker: QueueBroker, objective: String = "p99 <= 10ms", from: Int = 1_000, most: Int = 1_000_000
) throws -> SearchRecord {
    var plan = SearchPlan(objective: try SearchObjective.parse(objective))
    (plan.fromPerSecond, plan.mostPerSecond) = (from, most)
    var book = SearchBook(plan)
    while let (kind, rate) = book.next {
        let (figures, verdict) = broker.window(rate)
        let name = "search \(book.record.trials.count + 1) \(kind.rawValue)"
        let achieved = min(rate, broker.capacity)
        _ = book.take(.init(kind: kind, name: name, achievedPerSecond: achieved, seconds: kind == .trial ? 10 : 60), figures, verdict)
    }
    return book.record
}

@Suite struct SearchBookTests {
    @Test func `what was found stands between what passed and what did not, with every window and the reason`() throws {
        let record = try searched(QueueBroker())
        #expect(record.outcome == .found)
        // p99 is 10 ms at 90,000 records/s.
        let (rate, failing) = (try #require(record.recordsPerSecond), try #require(record.lowestNotPassing))
        #expect(rate <= 90_000 && failing > 90_000 && failing <= rate * 1.05 && record.highestPassing == rate)
        #expect(record.trials.last?.kind == .confirm && record.trials.last?.outcome == .passed)
        #expect(record.trials.allSatisfy { ($0.outcome == .passed) == $0.reasons.isEmpty })
        #expect(record.text.hasPrefix("\(Int(rate) / 1000),"))
        #expect(record.text.contains("records/s hold for 60 s; ") && record.text.contains("do not (p99 ") && record.text.hasSuffix("(<= 10ms))"))
        // Of a rate that was tried and confirmed the final measurement is the point of the curve.
        #expect(record.curve.map(\.offeredPerSecond) == Set(record.trials.map(\.offeredPerSecond)).sorted())
        #expect(record.curve.first { $0.offeredPerSecond == rate }?.kind == .confirm)
        let knee = try #require(record.knee)
        // Next below half of what was found p99 is 1.47 ms; it is twice that at 66,000 records/s.
        #expect(knee.baseRecordsPerSecond == 32_000 && knee.recordsPerSecond == 64_000 && knee.beyondRecordsPerSecond == 76_109)
    }

    @Test func `between what surely holds and what surely fails lie the rates whose windows can't tell`() throws {
        let record = try searched(QueueBroker(doubt: 0.2))
        let (found, holds, fails) = (try #require(record.recordsPerSecond), try #require(record.surelyHolds), try #require(record.surelyFails))
        // p99 is 1 / (1 − rate / 100,000) ms: with a fifth more it is at 10 ms from 88,000 records/s on, with a fifth less only from 92,000 on.
        #expect(holds <= 88_000 && found >= holds && fails > 92_000 && fails >= record.lowestNotPassing ?? 0, "\(record.text)")
        #expect(record.trials.allSatisfy { $0.isSure == ($0.offeredPerSecond <= 88_000 || $0.offeredPerSecond >= 92_000) })
        #expect(record.doubt?.contains("windows up to ") == true && record.knee?.p99Interval != nil && record.knee?.isSure != nil)
        let exact = try searched(QueueBroker())
        #expect(exact.doubt == nil && exact.knee?.isSure == nil && exact.recordsPerSecond == found)
    }

    @Test func `a generator at its end is said, and the rate below it still found`() throws {
        let record = try searched(QueueBroker(generator: 40_000))
        #expect(record.outcome == .clientBound)
        let rate = try #require(record.recordsPerSecond)
        #expect(rate <= 40_000 && rate > 38_000)
        #expect(record.text.contains("client-bound at ") && record.text.contains("the generator was at its end, not the broker"))
        let nothing = try searched(QueueBroker(generator: 10))
        #expect(nothing.outcome == .nothingPassed && nothing.text.hasPrefix("client-bound at 32 records/s") && nothing.text.hasSuffix("nothing is said about the broker"))
    }

    @Test func `no limit, and not even the lowest rate, are answers too`() throws {
        let easy = try searched(QueueBroker(), most: 50_000)
        #expect(easy.outcome == .noLimit && easy.recordsPerSecond == 50_000 && easy.lowestNotPassing == nil)
        #expect(easy.text == "50,000 records/s hold for 60 s, the most that the search may offer: no limit was found")
        let hard = try searched(QueueBroker(), objective: "p99 <= 1ms")
        #expect(hard.outcome == .nothingPassed && hard.recordsPerSecond == nil && hard.knee == nil)
        #expect(hard.text == "not even 32 records/s meet the objective (p99 1.00 ms (<= 1ms))")
    }

    @Test func `a search that is stopped says why, and what it had seen`() throws {
        var book = SearchBook(SearchPlan(objective: try SearchObjective.parse("p99 <= 10ms")))
        for rate in [1_000.0, 2_000] {
            let (figures, verdict) = QueueBroker().window(rate)
            _ = book.take(.init(kind: .trial, name: "n", achievedPerSecond: rate, seconds: 10), figures, verdict)
        }
        book.stop("the broker came to no rest")
        #expect(book.next == nil && book.record.outcome == .unfinished)
        #expect(book.record.text == "could not go on: the broker came to no rest; the highest that passed as a trial is 2,000 records/s")
        #expect(book.metric.unavailable == book.record.text)
    }

    @Test func `the rate is a figure of the run with its bracket beside it`() throws {
        var plan = SearchPlan(objective: try SearchObjective.parse("p99 <= 10ms"))
        (plan.fromPerSecond, plan.mostPerSecond) = (1_000, 1_000)
        var book = SearchBook(plan)
        for kind in [SearchTrial.Kind.trial, .confirm] {
            let (figures, verdict) = QueueBroker().window(1_000)
            _ = book.take(.init(kind: kind, name: "n", achievedPerSecond: 1_000, seconds: 10), figures, verdict)
        }
        #expect(book.metric.value == 1_000 && book.metric.unit == "records/s" && book.metric.note == "p99 <= 10ms; no limit up to it")
    }
}
