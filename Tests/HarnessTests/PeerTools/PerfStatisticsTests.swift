// The lines of Kafka's tools, written by hand from their formats.
import Foundation
import Testing

@testable import Harness

@Suite struct SendStatisticsTests {
    @Test func `a window ends with the first acknowledgement behind its five seconds, and the next one begins there`() {
        var statistics = SendStatistics(records: 100, interval: 5_000, isSteadyState: false, start: 0)
        #expect(statistics.record(latency: 1, bytes: 100, at: 10) == nil)
        #expect(statistics.record(latency: 2, bytes: 100, at: 4_999) == nil)
        let first = statistics.record(latency: 4, bytes: 100, at: 5_000)
        #expect(first?.line == "3 records sent, 0.6 records/sec (0.00 MB/sec), 2.3 ms avg latency, 4.0 ms max latency.")
        #expect(first?.isFirst == true)
        #expect(statistics.record(latency: 7, bytes: 5_242_880, at: 5_000) == nil)
        let second = statistics.record(latency: 8, bytes: 5_242_880, at: 12_500)
        #expect(second?.line == "2 records sent, 0.3 records/sec (1.33 MB/sec), 7.5 ms avg latency, 8.0 ms max latency.")
        #expect(second?.isFirst == false)
    }

    @Test func `the total has the percentiles that Kafka takes out of the sorted sample`() {
        var statistics = SendStatistics(records: 1_000, interval: 5_000, isSteadyState: false, start: 0)
        for latency in Int64(1)...1_000 { _ = statistics.record(latency: 1_001 - latency, bytes: 1_024, at: latency) }
        #expect(
            statistics.totalLine(at: 2_000)
                == "1000 records sent, 500.000000 records/sec (0.49 MB/sec), 500.50 ms avg latency, 1000.00 ms max latency, 501 ms 50th, 951 ms 95th, 991 ms 99th, 1000 ms 99.9th.")
    }

    @Test func `of a million records every second one is kept`() {
        var statistics = SendStatistics(records: 1_000_000, interval: 5_000, isSteadyState: true, start: 500)
        for number in 0..<10 { _ = statistics.record(latency: number % 2 == 0 ? 10 : 90, bytes: 1, at: 600) }
        #expect(
            statistics.totalLine(at: 3_500)
                == "10 steady state records sent, 3.333333 records/sec (0.00 MB/sec), 50.00 ms avg latency, 90.00 ms max latency, 10 ms 50th, 10 ms 95th, 10 ms 99th, 10 ms 99.9th.")
    }

    @Test func `where nothing was acknowledged the line says what Java says`() {
        let statistics = SendStatistics(records: 5, interval: 5_000, isSteadyState: false, start: 0)
        #expect(
            statistics.totalLine(at: 1_000)
                == "0 records sent, 0.000000 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.")
    }
}

@Suite struct ReadStatisticsTests {
    @Test func `the headers are Kafka's`() {
        #expect(
            ReadStatistics.header(detailed: false)
                == "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec")
        #expect(
            ReadStatistics.header(detailed: true)
                == "time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec")
    }

    @Test func `the total is over all of the time, the timeout at its end included`() {
        var statistics = ReadStatistics(asked: 2_000, interval: 5_000, pollRecords: 500, start: 10_000)
        for _ in 0..<1_000 { _ = statistics.record(bytes: 1_049, at: 10_500) }
        #expect(!statistics.isDone && statistics.lastReadAt == 10_500)
        #expect(statistics.totalLine(startTime: "A", endTime: "B", end: 13_000) == "A, B, 1.0004, 0.3335, 1000, 333.3333, 0, 3000, 0.3335, 333.3333")
        let empty = ReadStatistics(asked: 1, interval: 1, pollRecords: 1, start: 0)
        #expect(empty.totalLine(startTime: "A", endTime: "A", end: 0) == "A, A, 0.0000, NaN, 0, NaN, 0, 0, NaN, NaN")
    }

    @Test func `an interval has its own rates and the totals so far`() {
        var statistics = ReadStatistics(asked: 10, interval: 100, pollRecords: 500, start: 0)
        #expect(statistics.record(bytes: 524_288, at: 99) == nil)
        #expect(statistics.record(bytes: 524_288, at: 200)?.line(time: "T") == "T, 0, 1.0000, 5.0000, 2, 10.0000, 0, 200, 5.0000, 10.0000")
        #expect(statistics.record(bytes: 0, at: 299) == nil)
        #expect(statistics.record(bytes: 262_144, at: 300)?.line(time: "U") == "U, 0, 1.2500, 2.5000, 4, 20.0000, 0, 100, 2.5000, 20.0000")
    }

    @Test func `the time without partitions is no time of fetching`() {
        var statistics = ReadStatistics(asked: 10, interval: 1_000, pollRecords: 500, start: 0)
        statistics.beginJoining(at: 0)
        statistics.endJoining(at: 600)
        // One that has partitions and is given more has not been without.
        statistics.endJoining(at: 700)
        #expect(statistics.record(bytes: 524_288, at: 1_000)?.line(time: "T") == "T, 0, 0.5000, 0.5000, 1, 1.0000, 600, 400, 1.2500, 2.5000")
        statistics.beginJoining(at: 1_500)
        statistics.endJoining(at: 2_500)
        #expect(statistics.record(bytes: 524_288, at: 2_000)?.line(time: "U") == "U, 0, 1.0000, 0.5000, 2, 1.0000, 1000, 0, 0.0000, 0.0000")
        #expect(statistics.totalLine(startTime: "A", endTime: "B", end: 3_600) == "A, B, 1.0000, 0.2778, 2, 0.5556, 1600, 2000, 0.5000, 1.0000")
        statistics.beginJoining(at: 3_000)
        #expect(statistics.totalLine(startTime: "A", endTime: "B", end: 3_600).contains(", 1600, 2000, "), "as in Kafka what has not ended is not counted")
    }

    @Test func `enough is enough only between two polls`() {
        var statistics = ReadStatistics(asked: 3, interval: 100, pollRecords: 2, start: 0)
        for isDone in [false, false, false, true] {
            _ = statistics.record(bytes: 1, at: 1)
            #expect(statistics.isDone == isDone)
        }
        var answered = ReadStatistics(asked: 1, interval: 100, pollRecords: 500, start: 0)
        _ = answered.record(bytes: 1, at: 1)
        #expect(!answered.isDone)
        answered.endPoll()
        #expect(answered.isDone)
        #expect(ReadStatistics(asked: 0, interval: 1, pollRecords: 1, start: 0).isDone)
    }
}

@Suite struct PerfPartsTests {
    @Test func `the throttle waits where the average is ahead, two milliseconds at a time`() {
        let start: UInt64 = 100_000_000
        var throttle = ThroughputThrottle(recordsPerSecond: 1_000, start: start)
        #expect(throttle.wait(behind: 9, sentAt: start) == 0, "there is no average yet")
        #expect(throttle.wait(behind: 0, sentAt: start + 1) == 0)
        #expect(throttle.wait(behind: 10, sentAt: start + 1_000_000) == 0)
        #expect(throttle.wait(behind: 11, sentAt: start + 1_000_000) == 2_000_000)
        #expect(throttle.wait(behind: 12, sentAt: start + 1_000_000) == 0)
        #expect(throttle.wait(behind: 13, sentAt: start + 100_000_000) == 0, "behind the average nothing is owed")
        var slow = ThroughputThrottle(recordsPerSecond: 0.5, start: 0)
        #expect(slow.wait(behind: 1, sentAt: 1_000) == 2_000_000_000)
        var never = ThroughputThrottle(recordsPerSecond: 1e-300, start: 0)
        #expect(never.wait(behind: 1, sentAt: 1_000) > 1_000_000_000_000)
        var free = ThroughputThrottle(recordsPerSecond: -1, start: 0)
        #expect(free.wait(behind: 1_000_000, sentAt: 1_000) == 0)
    }

    @Test(arguments: [(0, 0, false), (1, 100, true), (2_147_483_647, 1_048_576, true), (5, 4_294_967_295, false)] as [(Int64, Int, Bool)])
    func `a mark keeps time, size and phase`(time: Int64, bytes: Int, isSteady: Bool) {
        let mark = RecordMark(sentMilliseconds: time, valueBytes: bytes, isSteady: isSteady)
        #expect(RecordMark(rawValue: mark.rawValue) == mark)
    }

    @Test func `metrics stand in a table, by name`() {
        let table = KafkaMetric.table([KafkaMetric("g", "total", 12), KafkaMetric("g", "avg", 0.5)], clientID: "c")
        #expect(table == ["", "Metric Name             Value", "g:avg:{client-id=c}   : 0.500", "g:total:{client-id=c} : 12.000"])
    }
}

@Suite struct PayloadTests {
    private func text(_ value: UnsafeRawBufferPointer) -> String { String(decoding: value, as: UTF8.self) }

    @Test func `random values are capital letters, and differ from each other`() {
        let payloads = PerfPayloads(randomOf: 33, records: 100)
        let values = (0..<Int64(100)).map { text(payloads.value($0)) }
        #expect(values.allSatisfy { $0.utf8.count == 33 && $0.utf8.allSatisfy { (65...90).contains($0) } })
        #expect(Set(values).count == 100 && Set(values.joined()).count == 26)
        #expect(text(payloads.value(0)) == values[0] && payloads.sizes == 33...33)
    }

    @Test func `numbers are written in digits`() {
        let payloads = PerfPayloads(numbersBelow: 1_001)
        #expect([0, 9, 10, 999, 1_000].map { text(payloads.value($0)) } == ["0", "9", "10", "999", "1000"])
        #expect(payloads.sizes == 1...4)
        let most = PerfPayloads(numbersBelow: .max)
        #expect(text(most.value(.max - 1)) == "9223372036854775806" && most.sizes == 1...19)
    }

    @Test(arguments: [
        ("a\nb\n", "\n", ["a", "b"]), ("a\n\nb", "\n", ["a", "", "b"]), ("\na", "\n", ["a"]), ("\n\na\n\n", "\n", ["", "a", ""]), ("a--b-", "--", ["a", "b-"]),
        ("one", "\n", ["one"]), ("\n", "\n", []),
    ])
    func `a file is cut as Java's Scanner cuts it`(content: String, delimiter: String, pieces: [String]) {
        let bytes = Array(content.utf8)
        #expect(PayloadFile.spans(of: bytes, Array(delimiter.utf8)).map { String(decoding: bytes[$0], as: UTF8.self) } == pieces)
    }

    @Test func `a file that can't be read, holds nothing or is no text is refused, and so is a regular expression`() throws {
        let path = "/tmp/tidemark-test-payloads-\(UInt64.random(in: 0 ... .max))"
        for path in ["/nowhere/payloads", "/", "/dev/null"] {
            #expect(throws: PeerToolError.self, "\(path)") { _ = try PayloadFile.read(path, delimiter: "\\n") }
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        for content in [Data("\n".utf8), Data([0xff, 0xfe])] {
            try content.write(to: URL(filePath: path))
            #expect(throws: PeerToolError.self) { _ = try PayloadFile.read(path, delimiter: "\\n") }
        }
        for delimiter in ["", "a|b", "\\s", "."] { #expect(throws: PeerToolError.self, "\(delimiter)") { _ = try PayloadFile.plain(delimiter) } }
        #expect(try PayloadFile.plain("\\r\\n--\\t") == "\r\n--\t")
    }
}
