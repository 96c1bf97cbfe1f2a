import Measurement
@testable import Results
import Testing

@Suite struct CatchUpTableTests {
    private func record(_ change: (inout CatchUpRecord) -> Void = { _ in }) -> RunRecord {
        var record = Sample.searched()
        record.search = nil
        var meanwhile = record.phases[0]
        (meanwhile.name, meanwhile.kind) = ("catch-up", "catch-up")
        change(&meanwhile.catchUp!)
        record.phases[0].catchUp = nil
        record.phases.append(meanwhile)
        for index in record.phases.indices {
            record.phases[index].counters["acknowledged_records"] = 25_000
            record.phases[index].counters["acknowledged_requests"] = 3_000
            record.phases[index].notes = ["open loop"]
        }
        return record
    }

    private func section(_ record: RunRecord) -> String {
        CatchUpSection(phase: record.phases.last, before: LoadReading(record)).full(140).map { $0 + "\n" }.joined()
    }

    @Test func `the section says what was behind, how long it took and what the producers felt`() {
        let text = section(record())
        #expect(text.hasPrefix("CATCH-UP  1,048,576 records (1,074 MB) behind after 21.0 s, cache guest-cold, producers throttled at 500 rec/s\n"), "\(text)")
        #expect(text.contains("  caught up in 4.32 s: 243,000 rec/s, 249 MB/s read\n"))
        #expect(text.contains("response before  meanwhile") && text.contains("  p99.9 "))
    }

    @Test func `readers that were not in time, and those without a CPU to spare, are said`() {
        let text = section(record { ($0.seconds, $0.readerSaturation) = (nil, 0.97) })
        #expect(text.contains("not caught up: 12 records behind when the time was up: 243,000 rec/s, 249 MB/s read; client-bound"), "\(text)")
    }

    @Test func `its figures are comparable, and without an end there is a reason`() throws {
        let figures = try #require(record().phases[1].catchUp).metrics
        #expect(figures.map(\.name) == ["catch_up_time", "drain_throughput"])
        #expect(figures[0].value == 4.321)
        let throughput = try #require(figures[1].value)
        #expect(abs(throughput - 248.832) < 1e-9)
        #expect(figures[0].note == "1,048,576 records behind, cache guest-cold, producers throttled")
        let late = try #require(record { $0.seconds = nil }.phases[1].catchUp).metrics
        #expect(late[0].unavailable == "still 12 records behind when the time was up")
    }

    @Test func `a run without a backlog has no such section`() {
        #expect(!ResultTable.text(Sample.finished(), .full).contains("CATCH-UP") && ResultTable.text(record(), .full).contains("CATCH-UP"))
    }
}
