// A search as a page: the curve, its intervals, and what was found.
import Foundation
import Measurement
import Testing
@testable import Results
@testable import WebReport

@Suite struct SearchChapterTests {
    private func trial(_ rate: Double, p99 milliseconds: UInt64, upper: UInt64?, _ outcome: SearchTrial.Outcome = .passed, _ reasons: [String] = []) -> SearchTrial {
        let p99 = milliseconds * 1_000_000
        return SearchTrial(
            kind: .trial, phase: "search trial", offeredPerSecond: rate, achievedPerSecond: rate, seconds: 10,
            cells: [
                QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 200_000, bound: nil, episodes: nil)),
                QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: p99, bound: nil, episodes: nil)),
                QuantileCell(quantile: 0.999, reading: .unavailable(samples: 9_000)),
            ],
            intervals: [QuantileInterval(quantile: 0.99, lowerNanoseconds: p99 / 2, upperNanoseconds: upper.map { $0 * 1_000_000 }, events: 9_000, seconds: 10)],
            outcome: outcome, isSure: upper != nil, reasons: reasons)
    }

    private func search(_ reason: String = "p99 90.0 ms (<= 10ms)") -> SearchRecord {
        var search = SearchRecord(objective: "p99 <= 10ms", precision: 0.05, mostPerSecond: 1_000_000)
        // A window that the machine spoiled is no point of the curve.
        search.trials = [
            trial(1_000, p99: 2, upper: 3), trial(2_000, p99: 400, upper: nil, .spoiled), trial(2_000, p99: 3, upper: 4), trial(4_000, p99: 90, upper: nil, .failed, [reason]),
        ]
        (search.outcome, search.recordsPerSecond, search.highestPassing, search.lowestNotPassing) = (.found, 2_000, 2_000, 4_000)
        (search.surelyHolds, search.knee) = (2_000, SearchKnee.find(search.curve, found: 2_000))
        return search
    }

    @Test func `the curve has a point a rate, with the interval of each p99`() throws {
        let page = Document(html: try Fixture.html { $0.search = search() })
        #expect(page.html.contains("<section id=\"search\"") && page.html.contains("href=\"#search\""))
        #expect(try page.column(0, of: "search-curve") == [1_000, 2_000, 4_000])
        #expect(try page.column(2, of: "search-curve") == [2e6, 3e6, 9e7])
        #expect(try page.column(3, of: "search-curve") == [1e6, 1.5e6, 4.5e7])
        #expect(try page.column(4, of: "search-curve") == [3e6, 4e6, nil])
        #expect(try page.column(5, of: "search-curve") == [nil, nil, nil])
        #expect(page.html.contains("How sure: at 2,000 records/s p99 3.00 ms [1.50 ms, 4.00 ms]; windows up to 2,000 pass"))
        #expect(page.html.contains("All 4 windows") && page.html.contains("within its doubt"))
    }

    @Test func `a run without a search has no such chapter, and a reason is never HTML`() throws {
        #expect(try !Fixture.html().contains("<section id=\"search\""))
        let hostile = "<script>window.pwned = 1</script>"
        #expect(try !Fixture.html { $0.search = search(hostile) }.contains(hostile))
    }
}
