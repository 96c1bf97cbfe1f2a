// The producer tool against a null broker: what it sends, what it says, and how it ends when things go wrong.
import Client
import Foundation
import Host
import NullBroker
import Testing

@testable import Harness

/// Runs the tool in this process and keeps what it said.
final class PerfRun {
    private(set) var said: [String] = []
    private(set) var complaints: [String] = []
    private(set) var error: (any Error)?

    static let quick = ["linger.ms": "0", "retry.backoff.ms": "5", "reconnect.backoff.ms": "2"]

    func produce(
        to port: UInt16, topic: String = "perf", records: Int64 = 500, warmUp: Int64 = 0, payload: PayloadSource = .random(bytes: 100), throughput: Double = -1,
        interval: Int64 = 5_000, printsMetrics: Bool = false, isStopped: @escaping () -> Bool = { false }, properties: [String: String] = [:]
    ) -> ProducerPerfOutcome? {
        let all = Self.quick.merging(properties) { _, new in new }.merging(["bootstrap.servers": "127.0.0.1:\(port)"]) { _, new in new }
        return outcome {
            try ProducerPerf.run(
                try ProducerPerfPlan(
                    topic: topic, records: records, warmUpRecords: warmUp, payloads: [payload], throughput: throughput, intervalMilliseconds: interval,
                    printsMetrics: printsMetrics, properties: try ProducerProperties(all)),
                isStopped: isStopped, say: { self.said.append($0) }, complain: { self.complaints.append($0) })
        }
    }

    func consume(
        from port: UInt16, include: String? = nil, records: Int64, timeout: Int64 = 5_000, interval: Int64 = 5_000, showsDetails: Bool = false, hidesHeader: Bool = false,
        startsAtEnd: Bool = false, printsMetrics: Bool = false, fetchBytes: Int = 1 << 20, properties: [String: String] = [:]
    ) -> Int64? {
        let all = ["fetch.max.wait.ms": "5", "retry.backoff.ms": "5"].merging(properties) { _, new in new }
            .merging(["bootstrap.servers": "127.0.0.1:\(port)"]) { _, new in new }
        return outcome {
            try ConsumerPerf.run(
                try ConsumerPerfPlan(
                    topic: include == nil ? "perf" : nil, include: include, records: records, timeoutMilliseconds: timeout, intervalMilliseconds: interval, showsDetails: showsDetails,
                    hidesHeader: hidesHeader, startsAtEnd: startsAtEnd, printsMetrics: printsMetrics,
                    properties: try ConsumerProperties(all, group: "g", fetchBytes: fetchBytes, socketBytes: -1)),
                say: { self.said.append($0) }, complain: { self.complaints.append($0) })
        }
    }

    private func outcome<Outcome>(_ run: () throws -> Outcome) -> Outcome? {
        do { return try run() } catch {
            self.error = error
            return nil
        }
    }

    /// Values of the topic, in no order that is told here.
    static func values(at port: UInt16) throws -> [String] {
        let cluster = try Cluster([BrokerAddress(host: "127.0.0.1", port: port)])
        let topic = try cluster.topic("perf")
        let spans = try cluster.bounds(of: topic).map { TopicSpan(partition: $0.key, from: $0.value.lowerBound, until: $0.value.upperBound) }
        let reader = try TopicReader(cluster, topic, spans, committedOnly: false)
        var values: [String] = []
        while !reader.isDone {
            _ = try reader.readOnce { record in
                values.append(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "none")
                return true
            }
        }
        return values
    }
}

@Suite(.serialized) struct ProducerPerfTests {
    private static var total: Regex<Substring> {
        /^\d+(?: steady state)? records sent, \d+\.\d{6} records\/sec \(\d+\.\d{2} MB\/sec\), \d+\.\d{2} ms avg latency, \d+\.\d{2} ms max latency, \d+ ms 50th, \d+ ms 95th, \d+ ms 99th, \d+ ms 99\.9th\.$/
    }
    private static var window: Regex<Substring> {
        /^\d+ records sent, \d+\.\d records\/sec \(\d+\.\d{2} MB\/sec\), \d+\.\d ms avg latency, \d+\.\d ms max latency\.$/
    }

    @Test func `a broker that nobody listens at is an error, at once`() throws {
        let broker = try FaultyBroker()
        let port = broker.broker.port
        broker.stop()
        let run = PerfRun()
        #expect(run.produce(to: port) == nil && run.error is ClientError && run.said == [])
    }

    @Test func `a broker that answers nothing is an error when the request's time is over`() throws {
        let broker = try FaultyBroker([.stall(afterNanoseconds: 0, forNanoseconds: 400_000_000)])
        defer { broker.stop() }
        MonotonicClock.sleep(nanoseconds: 50_000_000)
        let run = PerfRun()
        let before = MonotonicClock.now()
        // Its listener takes the connection all the same; asking for versions belongs to connecting.
        let properties = ["request.timeout.ms": "100", "socket.connection.setup.timeout.ms": "100"]
        #expect(run.produce(to: broker.broker.port, properties: properties) == nil && run.error is ClientError)
        #expect(MonotonicClock.now() - before < 3_000_000_000)
    }

    @Test func `a topic that can't be is an error`() throws {
        let broker = try FaultyBroker(partitions: 20_000)
        defer { broker.stop() }
        let run = PerfRun()
        #expect(run.produce(to: broker.broker.port) == nil)
        let error = try #require(run.error)
        #expect("\(error)".hasPrefix("topic ‘perf’ at 127.0.0.1:"), "\(error)")
    }

    @Test func `records that the broker refuses are counted, named once, and in no line`() throws {
        let broker = try FaultyBroker([.error(code: 10, every: 1)])
        defer { broker.stop() }
        let run = PerfRun()
        let outcome = run.produce(to: broker.broker.port, records: 200, properties: ["enable.idempotence": "false"])
        #expect(outcome?.failures == ["MESSAGE_TOO_LARGE": 200] && outcome?.acknowledgedRecords == 0 && outcome?.isComplete == true)
        // The rate is that of no record in a few milliseconds, or in none: 0 or NaN, as in Kafka.
        let line = try #require(run.said.first)
        #expect(run.said.count == 1 && line.hasPrefix("0 records sent, "), "\(line)")
        #expect(line.hasSuffix(" MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th."), "\(line)")
        #expect(run.complaints == ["records failed: MESSAGE_TOO_LARGE"])
    }

    @Test func `where nothing is acknowledged any more it gives up, and says so`() throws {
        let broker = try FaultyBroker([.error(code: 7, every: 1)])
        defer { broker.stop() }
        let run = PerfRun()
        let properties = [
            "enable.idempotence": "false", "request.timeout.ms": "100", "delivery.timeout.ms": "150", "buffer.memory": "4096", "batch.size": "1024",
        ]
        #expect(run.produce(to: broker.broker.port, records: 100_000, properties: properties) == nil)
        let error = try #require(run.error)
        let text = "\(error)"
        #expect(text.contains("nothing was acknowledged for 0.3 s") && text.contains("REQUEST_TIMED_OUT"), "\(text)")
        #expect(run.said.count == 1 && run.said[0].hasPrefix("0 records sent"))
    }

    @Test func `random letters arrive, each record once, and the total is Kafka's line`() throws {
        let broker = try FaultyBroker(partitions: 3)
        defer { broker.stop() }
        let run = PerfRun()
        let outcome = run.produce(to: broker.broker.port, records: 3_000, properties: ["batch.size": "2000", "compression.type": "lz4"])
        #expect(outcome == ProducerPerfOutcome(acknowledgedRecords: 3_000, failures: [:], isComplete: true), "\(String(describing: run.error))")
        #expect(run.said.count == 1 && run.said[0].hasPrefix("3000 records sent, ") && run.said[0].wholeMatch(of: Self.total) != nil, "\(run.said)")
        let values = try PerfRun.values(at: broker.broker.port)
        #expect(values.count == 3_000 && Set(values).count == 3_000 && values.allSatisfy { $0.utf8.count == 100 })
    }

    @Test func `numbers and pieces of a file arrive as they are`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        #expect(PerfRun().produce(to: broker.broker.port, records: 1_200, payload: .monotonic)?.acknowledgedRecords == 1_200)
        #expect(try Set(PerfRun.values(at: broker.broker.port)) == Set((0..<1_200).map(String.init)))

        let other = try FaultyBroker()
        defer { other.stop() }
        let path = "/tmp/tidemark-test-pieces-\(UInt64.random(in: 0 ... .max))"
        try Data("one;;three;caf\u{e9}".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let run = PerfRun()
        #expect(run.produce(to: other.broker.port, records: 300, payload: .file(path: path, delimiter: ";"))?.acknowledgedRecords == 300)
        #expect(run.said.prefix(2) == ["Reading payloads from: \(path)", "Number of messages read: 4"])
        let values = try PerfRun.values(at: other.broker.port)
        #expect(values.count == 300 && Set(values) == ["one", "", "three", "café"])
    }

    @Test func `a rate is held, windows are printed, and the warm-up has a line of its own`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let run = PerfRun()
        let before = MonotonicClock.now()
        let outcome = run.produce(
            to: broker.broker.port, records: 400, warmUp: 100, throughput: 1_000, interval: 50, printsMetrics: true, properties: ["acks": "1"])
        let seconds = Double(MonotonicClock.now() - before) / 1e9
        #expect(outcome?.acknowledgedRecords == 400 && seconds > 0.35, "\(seconds) s")
        #expect(run.said[0] == "Warmup first 100 records. Steady state results will print after the complete test summary.")
        let steadyAt = try #require(run.said.firstIndex(of: "In steady state."))
        let totals = run.said.indices.filter { run.said[$0].wholeMatch(of: Self.total) != nil }
        try #require(totals.count == 2)
        #expect(run.said[totals[0]].hasPrefix("400 records sent, ") && run.said[totals[1]].hasPrefix("300 steady state records sent, "))
        #expect(run.said[1..<totals[0]].allSatisfy { $0 == "In steady state." || $0.wholeMatch(of: Self.window) != nil }, "\(run.said)")
        #expect(steadyAt < totals[0] && run.said[totals[1] + 1] == "" && run.said[totals[1] + 2].hasPrefix("Metric Name"))
        let sent = try #require(run.said.first { $0.hasPrefix("producer-metrics:record-send-total:{client-id=perf-producer-client}") })
        #expect(sent.hasSuffix(" : 400.000"))
    }

    @Test func `told to stop it says what was acknowledged up to then`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let run = PerfRun()
        // Counted from when it is first asked, which is when records are about to go.
        var end: UInt64?
        let isStopped = { () -> Bool in
            let now = MonotonicClock.now()
            end = end ?? now + 200_000_000
            return now > end!
        }
        let outcome = run.produce(to: broker.broker.port, records: 1_000_000, payload: .monotonic, throughput: 500, isStopped: isStopped)
        #expect(outcome?.isComplete == false && (1..<1_000).contains(outcome?.acknowledgedRecords ?? 0))
        #expect(run.said.count == 1 && run.said[0].wholeMatch(of: Self.total) != nil, "\(run.said)")
    }

    @Test func `acknowledgements are not waited for with acks=0`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        #expect(PerfRun().produce(to: broker.broker.port, records: 1_000, properties: ["acks": "0"])?.acknowledgedRecords == 1_000)
        #expect(try PerfRun.values(at: broker.broker.port).count <= 1_000)
    }
}
