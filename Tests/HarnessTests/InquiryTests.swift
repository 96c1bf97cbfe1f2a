// Questions beside the headlines: how a profile asks them, and how their answers become figures.
import Foundation
import Measurement
import Results
import Testing
@testable import Harness

@Suite struct InquiryTests {
    private func read(_ headlines: String) -> Result<Profile, ProfileError> {
        Result { () throws(ProfileError) in try Profile.parse("question: Q?\nname: n\nheadlines: \(headlines)\n", path: "n.yaml") }
    }

    @Test func `a profile asks in its own order, and that alone is something to measure`() throws {
        let profile = try read("{ask: [record-life, lookup]}").get()
        #expect(profile.headlines.ask == [.recordLife, .lookup])
        #expect(headlineMeasurements(for: profile).map(\.name) == ["record-life", "lookup"])
    }

    @Test(arguments: [("{ask: [luck]}", "must be one of"), ("{ask: [lookup, lookup]}", "twice"), ("{ask: lookup}", "must be a list")])
    func `what cannot be asked is refused with its reason`(headlines: String, reason: String) {
        guard case .failure(let error) = read(headlines) else { return #expect(Bool(false), "\(headlines) was taken") }
        #expect(error.description.contains(reason), "\(error)")
    }

    @Test func `the quick tier asks less of the same`() throws {
        for inquiry in Inquiry.allCases {
            let (quick, full) = (inquiry.measurement(.quick), inquiry.measurement(.full))
            #expect(quick.name == inquiry.rawValue && full.name == inquiry.rawValue)
        }
    }

    @Test func `prices become figures of the run, and half of them are refused`() throws {
        let text = "question: Q?\nname: n\nheadlines: {disk: true}\nprices: "
        let profile = try Profile.parse(text + "{currency: EUR, cpuHour: 0.05, gigabyteMonth: 0.1}\n", path: "n.yaml")
        #expect(profile.prices?.metrics.map(\.unit) == ["EUR/CPU-h", "EUR/GB-month"])
        #expect(profile.prices?.metrics.map(\.note) == ["given in the profile", "given in the profile"])
        let sourced = try Profile.parse(text + "{source: 'a list: of 2026', cpuHour: 0.05, gigabyteMonth: 0.1}\n", path: "n.yaml")
        #expect(sourced.prices?.metrics.last?.note == "given in the profile: a list: of 2026")
        for wrong in ["{cpuHour: 0.05}", "{cpuHour: 0, gigabyteMonth: 1}", "{currency: euros, cpuHour: 1, gigabyteMonth: 1}"] {
            #expect(throws: ProfileError.self) { try Profile.parse(text + wrong + "\n", path: "n.yaml") }
        }
    }

    @Test func `items become figures with their intervals, and what is missing keeps its reason`() throws {
        let json = #"""
            {"items": [{"name": "a", "value": 2.5, "unit": "x", "polarity": "higher", "interval": [2, 3], "samples": 7, "note": "n"},
                       {"name": "b", "unit": "MB/s", "unavailable": "no control group"}]}
            """#
        let metrics = try FigureItems.metrics(Data(json.utf8))
        #expect(metrics[0].value == 2.5 && metrics[0].interval?.lower == 2 && metrics[0].interval?.upper == 3 && metrics[0].samples == 7 && metrics[0].note == "n")
        #expect(metrics[1].value == nil && metrics[1].unavailable == "no control group" && metrics[1].unit == "MB/s")
    }

    @Test func `the cost of a lookup grows by no less than its passes allow`() throws {
        let json = #"""
            {"logs": [{"segments": 1, "logBytes": 16000000, "indexBytes": 31250, "passesNanoseconds": [100, 102, 98, 101, 99, 100]},
                      {"segments": 4, "logBytes": 64000000, "indexBytes": 125000, "passesNanoseconds": [120, 122, 118, 121, 119, 120]},
                      {"segments": 32, "logBytes": 512000000, "indexBytes": 1000000, "passesNanoseconds": [150, 152, 148, 151, 149, 150]}]}
            """#
        let metrics = try MicrobenchInquiry.lookup(true).figures(Data(json.utf8))
        let growth = try #require(metrics.first { $0.name == "lookup_growth" })
        #expect(growth.value == 1.5 && growth.interval?.lower == 148.0 / 102 && growth.interval?.upper == 152.0 / 98)
        #expect(metrics.first { $0.name == "log_growth" }?.value == 32)
        let between = try #require(metrics.first { $0.name == "lookup_4_segments" })
        #expect(between.value == 120 && between.interval != nil && between.note == "log of 64.0 MB", "\(between)")
        #expect(metrics.first { $0.name == "index_of_log" }.flatMap(\.value).map { abs($0 - 0.1953) < 0.001 } == true)
    }

    @Test func `a removal and a compaction are read as microbench tells them`() throws {
        let removal = #"{"segments": 200, "passes": 3, "p99BesideNanoseconds": [30, 31, 32], "p99AloneNanoseconds": [29, 30, 31], "ratio": {"median": 1.03, "low": 1, "high": 1.1}, "interval95": [1.0, 1.1]}"#
        let found = try MicrobenchInquiry.removal(true).figures(Data(removal.utf8))
        #expect(found.map(\.name) == ["segments_removed", "append_p99_alone", "append_p99_beside", "append_p99_beside_removal"])
        #expect(found[3].value == 1.03 && found[3].interval?.upper == 1.1 && found[1].value == 30)
        let side = #"{"GBps": 1.5, "ratio": {"median": 0.9}, "interval95": [0.8, 1.0]}"#
        let compaction = #"{"engine": {"GBps": 1.2}, "pairs": 3, "ratio": {"median": 0.95}, "interval95": [0.9, 1.0], "beside": {"throttled": \#(side), "unthrottled": \#(side), "throttledBytesPerSecond": 67108864, "rounds": 3}}"#
        let other = try MicrobenchInquiry.compaction(true).figures(Data(compaction.utf8))
        #expect(other.map(\.name) == ["compaction_throughput", "compaction_of_c_limit", "append_beside_compaction", "append_beside_held_compaction"])
        #expect(other[3].note?.contains("67.1 MB/s") == true && other[2].value == 0.9)
    }
}
