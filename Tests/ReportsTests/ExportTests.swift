import Foundation
import Measurement
@testable import Reports
@testable import Results
import Testing

private let golden: StoredResult = {
    let place = URL(filePath: Repository.path("Tests/Golden/results/run-1-calibrated.json"))
    let record = try! RecordCoding.record(Data(contentsOf: place), at: "golden").record
    return StoredResult(directory: URL(filePath: "Results/2026-11-23-quickstart-0e5e9e"), record: record, writtenVersion: 2, seal: .intact)
}()

private func text(_ format: ExportFormat, phase: String? = nil, clock: String? = nil) throws -> String {
    String(decoding: try RunExport.data(golden, format, phase: phase, clock: clock), as: UTF8.self)
}

private func refusal(_ format: ExportFormat, phase: String? = nil, clock: String? = nil) -> String {
    do {
        _ = try RunExport.data(golden, format, phase: phase, clock: clock)
        return "written"
    } catch { return "\(error)" }
}

@Suite struct ExportTests {
    @Test func `a phase or a clock that is not there is refused with those that are`() {
        #expect(refusal(.hlog, phase: "steady") == "no histogram of phase ‘steady’; there is " + [
            ("append steady", ["client_delay", "hiccup", "response", "service"]),
            ("unpinned steady", ["client_delay", "end_to_end", "hiccup", "response", "schedule_lag", "service"]),
        ].flatMap { phase, clocks in clocks.map { "--phase '\(phase)' --clock \($0)" } }.joined(separator: ", "))
        #expect(refusal(.hgrm, phase: "append steady", clock: "end_to_end").hasPrefix("no histogram of phase ‘append steady’ and clock ‘end_to_end’"))
        #expect(refusal(.csv, phase: "warm") == "no series of phase ‘warm’; there is --phase 'append steady', --phase 'unpinned steady'")
    }

    @Test func `a form for one histogram wants to be told which`() {
        #expect(refusal(.hgrm, clock: "response") == "this format holds one histogram; name it with --phase and --clock: --phase 'append steady' --clock response, --phase 'unpinned steady' --clock response")
    }

    @Test func `a run without latencies or seconds says so`() {
        var record = golden.record
        record.phases = []
        let bare = StoredResult(directory: golden.directory, record: record, writtenVersion: 2, seal: .intact)
        #expect(throws: ExportError("the result holds no histogram: no phase of it measured latencies")) { try RunExport.data(bare, .hlog, phase: nil, clock: nil) }
        #expect(throws: ExportError("the result holds no series: no phase of it was measured second by second")) { try RunExport.data(bare, .csv, phase: nil, clock: nil) }
    }

    @Test func `a bucket has HdrHistogram's place`() {
        #expect([0, 1, 2_047, 2_048, 2_050, 4_095, 4_096, 1 << 40].map { HistogramEncoding.index(of: $0) } == [0, 1, 2_047, 2_048, 2_049, 3_071, 3_072, 30 * 1_024 + 1_024])
    }

    /// HdrHistogram of PyPI adds up what it decodes, bucket by bucket.
    @Test func `a histogram log is read back by somebody else's library, sample for sample`() throws {
        let program = """
            import sys
            from hdrh.histogram import HdrHistogram
            from hdrh.log import HistogramLogReader
            reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 3600000000000, 3))
            while True:
                h = reader.get_next_interval_histogram()
                if h is None: break
                cells = [(i.value_iterated_from, i.count_added_in_this_iter_step) for i in h.get_recorded_iterator()]
                print(h.get_tag(), h.get_total_count(), h.get_value_at_percentile(50), h.get_value_at_percentile(99))
            """
        let read = try pythonLines(program, text(.hlog))
        let written = try RecordedHistogram.list(golden.record, phase: nil, clock: nil)
        #expect(read.count == 10)
        for (line, one) in zip(read, written) {
            let words = line.split(separator: " ").map(String.init)
            #expect(words[0] == one.tag)
            #expect(words[1] == "\(one.histogram.count)")
            // The library answers with the upper edge of a bucket, ours never above the exact maximum.
            for (word, q) in [(words[2], 0.5), (words[3], 0.99)] {
                let theirs = try #require(Double(word)), ours = Double(try #require(one.histogram.value(at: q)))
                #expect(theirs >= ours && theirs <= max(ours * 1.001, ours + 1), "\(one.tag) at \(q): \(theirs) and \(ours)")
            }
        }
    }

    /// Beside the phase's own, those of a named group; intervals have quantiles and no histograms, so they add no lines.
    @Test func `a run with groups and intervals has a line for each group and clock of a phase, at its time and as long`() throws {
        var record = golden.record
        let place = try #require(record.phases.firstIndex { $0.name == "unpinned steady" })
        var (bulk, readers) = (LoadGroupRecord(name: "bulk", role: .producers, lanes: 2, mode: "open"), LoadGroupRecord(name: "tail", role: .consumers, lanes: 1, mode: "tail"))
        let own = record.phases[place].histograms
        bulk.histograms = ["response": try #require(own["response"]), "schedule_lag": LatencyHistogram()]
        readers.histograms = ["end_to_end": try #require(own["end_to_end"])]
        record.phases[place].groups = [bulk, readers]
        let quantiles = IntervalQuantiles(count: 10, meanNanoseconds: 5, minimumNanoseconds: 1, maximumNanoseconds: 9, quantiles: [5, 6, 7, 8, 9, 9])
        record.phases[place].intervals = (0..<4).map { IntervalRecord(firstSecond: 2 * $0, seconds: 2, clocks: ["response": quantiles]) }
        let written = try RecordedHistogram.list(record, phase: nil, clock: nil)
        #expect(written.suffix(2).map(\.tag) == ["unpinned-steady.bulk.response", "unpinned-steady.tail.end_to_end"])
        let program = """
            import sys
            from hdrh.histogram import HdrHistogram
            from hdrh.log import HistogramLogReader
            reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 3600000000000, 3))
            while True:
                h = reader.get_next_interval_histogram()
                if h is None: break
                print(h.get_tag(), h.get_total_count(), h.get_start_time_stamp() / 1000, h.get_end_time_stamp() / 1000)
            """
        let read = try pythonLines(program, HistogramLog.text(written, of: record))
        #expect(read.count == 12 && written.count == 12)
        let start = try Date(record.identity.startedAt, strategy: .iso8601).timeIntervalSince1970
        let origin = try #require(record.phases.map(\.startedNanoseconds).filter { $0 > 0 }.min())
        for (line, one) in zip(read, written) {
            let words = line.split(separator: " ").map(String.init)
            #expect(words.count == 4 && words[0] == one.tag && words[1] == "\(one.histogram.count)", "\(line)")
            let (from, to) = (try #require(Double(words[2])), try #require(Double(words[3])))
            #expect(abs(from - start - Double(one.phase.startedNanoseconds - origin) / 1e9) < 0.002, "\(line)")
            #expect(abs(to - from - one.phase.seconds) < 0.002, "\(line)")
        }
    }

    @Test func `percentiles end at the last sample, and each line holds the samples up to it`() throws {
        let printed = try text(.hgrm, phase: "append steady", clock: "response")
        let lines = printed.split(separator: "\n").map(String.init)
        let rows = lines.dropFirst().prefix { !$0.hasPrefix("#") }.map { $0.split(separator: " ").compactMap { Double($0) } }
        let histogram = try RecordedHistogram.one(golden.record, phase: "append steady", clock: "response").histogram
        #expect(lines[0].split(separator: " ") == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
        #expect(rows.first?[1] == 0 && rows.last?[1] == 1 && rows.last?.count == 3 && rows.last?[2] == Double(histogram.count))
        for row in rows.dropLast() {
            #expect(row.count == 4 && row[2] / Double(histogram.count) >= row[1] && abs(row[3] - 1 / (1 - row[1])) < 0.006)
        }
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0[0] <= $1[0] && $0[1] < $1[1] && $0[2] <= $1[2] })
        let median = try #require(rows.first { $0[1] >= 0.5 }?[0])
        #expect(abs(median * 1e6 - Double(try #require(histogram.value(at: 0.5)))) < 2_000)
        #expect(lines.suffix(3).map { String($0.prefix(9)) } == ["#[Mean   ", "#[Max    ", "#[Buckets"])
        #expect(lines.last == "#[Buckets =           32, SubBuckets     =         2048]")
    }

    @Test func `seconds come phase by phase, and what there is none of is empty`() throws {
        let lines = try text(.csv).components(separatedBy: "\r\n")
        #expect(
            lines[0]
                == "phase,kind,second,records,bytes,response_p50_ns,response_p99_ns,response_max_ns,queued,consumed_records,lag_max_records,lag_records,"
                + "broker_cpu_ns,broker_resident_bytes,failed_records,unread_records,perturbations,end_to_end_p50_ns,end_to_end_p99_ns,end_to_end_max_ns,"
                + "schedule_lag_p99_ns,schedule_lag_max_ns,service_p99_ns,service_max_ns,late_records,consumed_bytes,device_read_bytes,"
                + "device_written_bytes,hit_rate_sampled_bytes,hit_rate,group")
        #expect(lines.count == 1 + 2 + 8 + 1 && lines.last == "")
        let first = try #require(golden.record.phases.first { $0.name == "append steady" }).series[0]
        #expect(lines[1].hasPrefix("append steady,steady,0,\(first.records),\(first.bytes),"))
        #expect(lines[1].split(separator: ",", omittingEmptySubsequences: false).count == 31)
    }

    @Test func `what failed, what is unread and when it was read are in the seconds, and named groups have their own`() throws {
        var record = golden.record
        let place = try #require(record.phases.firstIndex { $0.name == "append steady" })
        var second = record.phases[place].series[0]
        (second.failedRecords, second.unreadRecords) = (3, 70)
        (second.endToEndP50Nanoseconds, second.endToEndP99Nanoseconds, second.endToEndMaximumNanoseconds) = (500, 900, 1_000)
        (second.scheduleLagP99Nanoseconds, second.scheduleLagMaximumNanoseconds) = (40, 60)
        (second.serviceP99Nanoseconds, second.serviceMaximumNanoseconds) = (200, 300)
        (second.lateRecords, second.consumedBytes, second.deviceReadBytes, second.deviceWrittenBytes) = (2, 7_000, 4_096, 8_192)
        (second.hitRate, second.hitRateSampledBytes) = (0.25, 1 << 20)
        var group = LoadGroupRecord(name: "small", role: .producers, lanes: 1, mode: "open")
        group.series = [SecondRecord(second: 0, records: 12, bytes: 1_200)]
        record.phases[place].series = [second]
        record.phases[place].groups = [group]
        let lines = try SeriesCSV.text(record, phase: "append steady").components(separatedBy: "\r\n")
        #expect(lines.count == 4 && lines[1].hasSuffix(",3,70,,500,900,1000,40,60,200,300,2,7000,4096,8192,1048576,0.250000,"), "\(lines)")
        #expect(lines[2] == "append steady,steady,0,12,1200,,,,,,,,,,,,,,,,,,,,,,,,,,small")
    }

    @Test func `figures of one run are those that a comparison writes`() throws {
        #expect(try text(.gobench).contains("BenchmarkQuickstart/"))
        #expect(try text(.gab).contains("\"unit\""))
    }
}
