// The consumer tool against a null broker.
import Client
import Foundation
import Host
import NullBroker
import Testing

@testable import Harness

@Suite(.serialized) struct ConsumerPerfTests {
    private static var total: Regex<Substring> {
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}, \d+\.\d{4}, \d+\.\d{4}, \d+, \d+\.\d{4}, 0, \d+, \d+\.\d{4}, \d+\.\d{4}$/
    }

    /// A broker with 1,200 records of 1,000 bytes.
    private func filled(_ faults: [Fault] = [], partitions: Int32 = 3, properties: [String: String] = [:]) throws -> FaultyBroker {
        let broker = try FaultyBroker(faults, partitions: partitions)
        let run = PerfRun()
        let outcome = run.produce(to: broker.broker.port, records: 1_200, payload: .random(bytes: 1_000), properties: properties)
        try #require(outcome?.acknowledgedRecords == 1_200, "\(String(describing: run.error))")
        return broker
    }

    private func fields(_ line: String) -> [String] { line.components(separatedBy: ", ") }

    @Test func `no broker, and a topic that can't be, are errors behind the header`() throws {
        let broker = try FaultyBroker(partitions: 20_000)
        var run = PerfRun()
        #expect(run.consume(from: broker.broker.port, records: 1) == nil && run.error is ClientError && run.said.count == 1)
        broker.stop()
        run = PerfRun()
        #expect(run.consume(from: broker.broker.port, records: 1, hidesHeader: true) == nil && run.error is ClientError && run.said == [])
    }

    @Test func `a damaged batch ends the reading with its place`() throws {
        let broker = try filled([.batchLength(-5, every: 2)], partitions: 1, properties: ["batch.size": "8192"])
        defer { broker.stop() }
        let run = PerfRun()
        #expect(run.consume(from: broker.broker.port, records: 1_200) == nil)
        let error = try #require(run.error)
        #expect("\(error)".contains("perf-0"), "\(error)")
    }

    @Test(arguments: ["none", "zstd"])
    func `every record is read once, and bytes are those of keys and values`(compression: String) throws {
        let broker = try filled(properties: ["compression.type": compression])
        defer { broker.stop() }
        let run = PerfRun()
        #expect(run.consume(from: broker.broker.port, records: 1_200, printsMetrics: true) == 1_200, "\(String(describing: run.error))")
        #expect(run.said[0] == ReadStatistics.header(detailed: false) && run.said[1].wholeMatch(of: Self.total) != nil, "\(run.said)")
        // The null broker keeps no groups.
        #expect(run.complaints.count == 1 && run.complaints[0].contains("keeps no groups"))
        let values = fields(run.said[1])
        #expect(values[2] == "1.1444" && values[4] == "1200" && values[6] == "0")
        let consumed = try #require(run.said.first { $0.hasPrefix("consumer-fetch-manager-metrics:records-consumed-total:{client-id=perf-consumer-client}") })
        #expect(consumed.hasSuffix(" : 1200.000"))
    }

    @Test func `it ends with the poll that brought enough`() throws {
        let broker = try filled(partitions: 1)
        defer { broker.stop() }
        let read = try #require(PerfRun().consume(from: broker.broker.port, records: 450, properties: ["max.poll.records": "100"]))
        #expect((450..<550).contains(read), "\(read)")
    }

    @Test func `what does not come within the timeout is warned about`() throws {
        let broker = try filled()
        defer { broker.stop() }
        let run = PerfRun()
        #expect(run.consume(from: broker.broker.port, records: 5_000, timeout: 100, hidesHeader: true) == 1_200)
        #expect(
            run.said[0]
                == "WARNING: Exiting before consuming the expected number of messages: timeout (100 ms) exceeded. You can use the --timeout option to increase the timeout.")
        #expect(fields(run.said[1])[4] == "1200" && Int(fields(run.said[1])[7])! > 100)
        let latest = PerfRun()
        #expect(latest.consume(from: broker.broker.port, records: 1, timeout: 50, hidesHeader: true, startsAtEnd: true) == 0)
        #expect(fields(latest.said[1])[2...5] == ["0.0000", "0.0000", "0", "0.0000"])
    }

    @Test func `details come line by line and add up`() throws {
        let broker = try filled(partitions: 1, properties: ["batch.size": "4096"])
        defer { broker.stop() }
        let run = PerfRun()
        #expect(run.consume(from: broker.broker.port, records: 1_200, interval: 1, showsDetails: true, fetchBytes: 20_000) == 1_200)
        #expect(run.said[0] == ReadStatistics.header(detailed: true) && run.said.count > 2)
        let lines = run.said.dropFirst().map(fields)
        #expect(lines.allSatisfy { $0.count == 10 && $0[1] == "0" && $0[6] == "0" })
        let counts = lines.compactMap { Int($0[4]) }
        #expect(counts == counts.sorted() && counts.count == lines.count && (counts.last ?? 0) <= 1_200)
    }

    @Test func `every topic whose whole name matches is read, each record once, and no other`() throws {
        let broker = try filled()
        defer { broker.stop() }
        for topic in ["perf-2", "perf-3", "other"] { try #require(PerfRun().produce(to: broker.broker.port, topic: topic, records: 100)?.acknowledgedRecords == 100) }
        let run = PerfRun()
        #expect(run.consume(from: broker.broker.port, include: "perf(-[0-9])?", records: 1_400, printsMetrics: true) == 1_400, "\(String(describing: run.error))")
        #expect(fields(run.said[1])[4] == "1400")
        let consumed = try #require(run.said.first { $0.hasPrefix("consumer-fetch-manager-metrics:records-consumed-total:") })
        #expect(consumed.hasSuffix(" : 1400.000"))
        // A part of a name is no match.
        let one = PerfRun()
        #expect(one.consume(from: broker.broker.port, include: "perf", records: 5_000, timeout: 100) == 1_200)
        let none = PerfRun()
        #expect(none.consume(from: broker.broker.port, include: "per", records: 1) == nil)
        #expect(none.error as? PeerToolError == .failed("no topic matches --include per"))
    }

    @Test func `a damaged batch of one of several topics is told with its name`() throws {
        let broker = try FaultyBroker([.batchLength(-5, every: 2)])
        defer { broker.stop() }
        for topic in ["a", "b"] { _ = PerfRun().produce(to: broker.broker.port, topic: topic, records: 600, payload: .random(bytes: 1_000), properties: ["batch.size": "8192"]) }
        let run = PerfRun()
        #expect(run.consume(from: broker.broker.port, include: "[ab]", records: 1_200) == nil)
        let error = try #require(run.error)
        #expect("\(error)".contains("a-0") || "\(error)".contains("b-0"), "\(error)")
    }
}
