import Foundation
import Measurement
@testable import Results
import Testing

extension Sample {
    static func trial(
        _ rate: Double, p99 milliseconds: Double, _ outcome: SearchTrial.Outcome = .passed, kind: SearchTrial.Kind = .trial, _ reasons: String...
    ) -> SearchTrial {
        let slope = ConfidenceInterval(estimate: -0.2, lower: -3, upper: 2.6, method: .leastSquares, samples: 11)
        return SearchTrial(
            kind: kind, phase: kind == .confirm ? "steady" : "search trial", offeredPerSecond: rate, achievedPerSecond: rate - 3, seconds: kind == .confirm ? 60 : 10,
            cells: [
                QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 80_100, bound: .machineFloor, episodes: nil)),
                QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: UInt64(milliseconds * 1e6), bound: nil, episodes: nil)),
                QuantileCell(quantile: 0.999, reading: .unavailable(samples: 40_000)),
            ],
            maximumNanoseconds: UInt64(milliseconds * 3e6), lagMaximumRecords: 1_234, lagSlope: slope, errors: 0, lateShare: outcome == .clientBound ? 0.031 : 0,
            outcome: outcome, reasons: reasons)
    }

    /// The same search with what its windows say of their own doubt.
    static func searchedWithIntervals() -> RunRecord {
        var record = searched()
        var search = record.search!
        for index in search.trials.indices {
            guard let p99 = search.trials[index].reading(0.99)?.nanoseconds else { continue }
            search.trials[index].intervals = [
                QuantileInterval(quantile: 0.5, lowerNanoseconds: 79_000, upperNanoseconds: 82_000, events: 40_000, seconds: 10),
                QuantileInterval(
                    quantile: 0.99, lowerNanoseconds: p99 * 9 / 10, upperNanoseconds: p99 < 1_000_000_000 ? p99 * 12 / 10 : nil, events: 40_000, seconds: 10),
            ]
            search.trials[index].isSure = search.trials[index].offeredPerSecond != 90_510
        }
        // As of an objective that names them.
        search.trials[0].endToEnd = [QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: 12_300_000, bound: nil, episodes: nil))]
        search.trials[0].endToEndIntervals = [QuantileInterval(quantile: 0.99, lowerNanoseconds: 11_000_000, upperNanoseconds: nil, events: 9_000, seconds: 10)]
        search.trials[0].endToEndMaximumNanoseconds = 45_600_000
        (search.surelyHolds, search.surelyFails) = (64_000, 128_000)
        search.knee = SearchKnee.find(search.curve, found: 90_510)
        record.search = search
        return record
    }

    /// A run that searched, and its readers' lag.
    static func searched() -> RunRecord {
        var search = SearchRecord(objective: "p99 <= 10ms and lag slope <= 0", precision: 0.05, mostPerSecond: 1_000_000)
        search.trials = [
            trial(32_000, p99: 1.1), trial(64_000, p99: 2.1), trial(128_000, p99: 4_000, .failed, "p99 4.00 s (<= 10ms)"),
            trial(90_510, p99: 77, .spoiled, "the hypervisor took 12 % of the CPUs (5 % allowed)"), trial(90_510, p99: 9.4),
            trial(90_510, p99: 9.1, kind: .confirm),
        ]
        search.outcome = .found
        (search.recordsPerSecond, search.highestPassing, search.lowestNotPassing) = (90_510, 90_510, 128_000)
        search.knee = SearchKnee.find(search.curve, found: 90_510)
        var record = finished()
        record.search = search
        record.phases[0].lag = LagRecord(
            maximumRecords: 1_204, maximumPartition: 1, slope: search.trials[0].lagSlope, partitionCount: 2, looks: [0, 1.5],
            partitions: [
                PartitionLag(partition: 0, maximumRecords: 4, slope: nil, records: [4, 0]), PartitionLag(partition: 1, maximumRecords: 1_204, slope: nil, records: nil),
            ])
        record.phases[0].series[0].lagMaximumRecords = 7
        record.phases[0].series[0].lagRecords = 9
        record.phases[0].catchUp = CatchUpRecord(
            producers: "throttled", offeredPerSecond: 500, cache: "guest-cold", backlogRecords: 1_048_576, recordBytes: 1_024, buildSeconds: 21.04, seconds: 4.321,
            allowedRecords: 50, readRecordsPerSecond: 243_000, remainingRecords: 12, readerSaturation: 0.4)
        record.phases[0].catchUp?.readBytesPerSecond = 248_832_000
        record.facts[0].lagMaximumRecords = 1_204
        record.facts[0].lagSlopeAtLeast = -3
        return record
    }
}

@Suite struct SearchTableTests {
    private func section(_ form: ResultTable.Form) -> [String] {
        SearchSection(search: Sample.searched().search).lines(form, 100)
    }

    @Test func `one screen shows what was found, the knee and the curve`() {
        let lines = section(.oneScreen(inFull: "x"))
        #expect(lines[0].hasPrefix("SEARCH    p99 <= 10ms and lag slope <= 0 (lag slope: within 0.1 % of the rate), to 5 %:"))
        #expect((lines[0] + lines[1]).contains("hold for 60 s; 128,000 do not"))
        #expect(lines.contains { $0.hasPrefix("  knee at 64,000 records/s (p99 2.10 ms, at 32,000 it is 1.10 ms)") })
        let rows = lines.filter { $0.contains("passed") || $0.contains("failed") || $0.contains("spoiled") }.map { $0.split(separator: " ").map(String.init) }
        #expect(rows.map(\.first) == ["32,000", "64,000", "90,510", "128,000"], "\(lines.joined(separator: "\n"))")
        #expect(rows[2] == ["90,510", "90,507", "≤", "80.1", "µs", "9.10", "ms", "n/a", "27.3", "ms", "1,234", "0", "final:", "passed"])
    }

    @Test func `end-to-end times that the objective names have columns, and their doubt`() throws {
        var search = try #require(Sample.searchedWithIntervals().search)
        search.objective = "e2e p99 <= 20ms and e2e max <= 1s"
        #expect(search.objectiveText == search.objective && search.endToEndAsked == ["p99", "max"])
        for index in search.trials.indices {
            search.trials[index].endToEnd = [QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: 12_300_000, bound: nil, episodes: nil))]
            search.trials[index].endToEndIntervals = [QuantileInterval(quantile: 0.99, lowerNanoseconds: 11_000_000, upperNanoseconds: 14_000_000, events: 9_000, seconds: 10)]
            search.trials[index].endToEndMaximumNanoseconds = 45_600_000
        }
        #expect(search.doubt?.hasPrefix("at 90,510 records/s e2e p99 12.3 ms [11.0 ms, 14.0 ms]; windows up to") == true, "\(search.doubt ?? "")")
        let lines = SearchSection(search: search).lines(.full, 160)
        #expect(lines.contains { $0.contains("e2e p99") && $0.contains("e2e max") } && lines.contains { $0.contains("12.3 ms") && $0.contains("45.6 ms") }, "\(lines)")
    }

    @Test func `in full every window stands with its reasons`() {
        let text = section(.full).joined(separator: "\n")
        #expect(text.components(separatedBy: "passed").count == 5 && text.contains("spoiled") && text.contains("the hypervisor took 12 %"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `how sure the rate and the knee are stands below them, and in full beside every p99`() throws {
        let search = try #require(Sample.searchedWithIntervals().search)
        #expect(
            search.doubt
                == "at 90,510 records/s p99 9.10 ms [8.19 ms, 10.9 ms]; windows up to 64,000 pass, and from 128,000 on fail, wherever in their 95 % intervals their times truly lie"
        )
        let knee = try #require(search.knee)
        #expect(knee.text.hasPrefix("at 64,000 records/s (p99 2.10 ms [1.89 ms, 2.52 ms], at 32,000 it is 1.10 ms [990 µs, 1.32 ms]); at 90,510 "), "\(knee.text)")
        #expect(knee.isSure == true && !knee.text.contains("leave open"))
        let lines = SearchSection(search: search).lines(.full, 100)
        #expect(lines.contains { $0.hasPrefix("  sure at 90,510 records/s p99 9.10 ms [8.19 ms, 10.9 ms]; ") })
        #expect(lines.contains { $0.contains("95 % of p99") } && lines.contains { $0.contains("[3.60 s, –]") })
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(!SearchSection(search: search).lines(.oneScreen(inFull: "x"), 100).contains { $0.contains("95 % of p99") })
        #expect(Sample.searched().search?.doubt == nil)
    }

    @Test func `a bend within the intervals is said to be open`() throws {
        var curve = [(1_000, 1.0), (2_000, 1.1), (4_000, 2.3)].map { Sample.trial(Double($0.0), p99: $0.1) }
        for index in curve.indices {
            let p99 = UInt64([1.0, 1.1, 2.3][index] * 1e6)
            curve[index].intervals = [QuantileInterval(quantile: 0.99, lowerNanoseconds: p99 * 8 / 10, upperNanoseconds: p99 * 12 / 10, events: 9_000, seconds: 10)]
        }
        let knee = try #require(SearchKnee.find(curve, found: 4_000))
        #expect(knee.beyondRecordsPerSecond == 4_000 && knee.isSure == false && knee.text.hasSuffix("times that, which the intervals leave open"), "\(knee.text)")
    }

    @Test func `a run without a search has no such section, and one with a lag says it`() {
        #expect(SearchSection(search: nil).full(80) == [])
        var record = Sample.searched()
        record.phases[0].counters["acknowledged_records"] = 5
        #expect(ResultTable.text(record, .full).contains("  lag: at most 1,204 records (partition 1), slope 0 [-3, 3] records/s\n"))
    }

    @Test func `a knee needs two rates, and is no rate above one that bends`() throws {
        #expect(SearchKnee.find([Sample.trial(1_000, p99: 1)], found: 1_000) == nil)
        let curve = [(1_000, 1.0), (2_000, 1.1), (4_000, 2.9), (5_000, 1.9)].map { Sample.trial(Double($0.0), p99: $0.1) }
        let knee = try #require(SearchKnee.find(curve, found: 5_000))
        #expect(knee == SearchKnee(recordsPerSecond: 2_000, p99Nanoseconds: 1_100_000, baseRecordsPerSecond: 2_000, baseP99Nanoseconds: 1_100_000, beyondRecordsPerSecond: 4_000))
        // Where nothing was measured at half, the lowest rate is what is compared with.
        #expect(SearchKnee.find(Array(curve.suffix(2)), found: 5_000)?.baseRecordsPerSecond == 4_000)
        #expect(SearchKnee.find(Array(curve.prefix(2)), found: 2_000)?.beyondRecordsPerSecond == nil)
    }
}
