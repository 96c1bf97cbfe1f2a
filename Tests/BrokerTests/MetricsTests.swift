import CLinux
import Foundation
import Glibc
import Host
import StorageEngine
import Telemetry
import Testing
import Vocabulary
import Wire

@testable import Broker

/// A broker with its endpoint, which is asked over sockets.
private final class Watched {
    let server: TestBroker
    let endpoint: BrokerEndpoint
    let registry = PrometheusRegistry(MetricTable.all)

    init(loops: Int = 1, dataDirectories: [String] = ["data"], fileSystem: any FileSystem = DiskFileSystem.shared, _ settings: [String: String] = [:]) throws {
        server = try TestBroker(
            loops: loops, dataDirectories: dataDirectories, fileSystem: fileSystem, metrics: registry,
            ["metrics.listen": "0", "residency.sample.interval": "1"].merging(settings) { $1 })
        endpoint = try BrokerEndpoint(at: Endpoint(host: "127.0.0.1", port: 0), registry: registry)
    }

    deinit { endpoint.stop() }

    func get(_ path: String, method: String = "GET") throws -> (status: Int, body: String) {
        let client = try RawClient(port: endpoint.address.port)
        try client.send(Array("\(method) \(path) HTTP/1.1\r\nHost: here\r\n\r\n".utf8))
        var bytes: [UInt8] = []
        do { while true { bytes += try client.receive(1) } } catch is RawClient.Closed {}
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { throw RawClient.Closed() }
        return (status, parts.count > 1 ? String(parts[1]) : "")
    }

    /// Samples by name and labels, as they are written.
    func samples() throws -> [String: Double] {
        let (status, body) = try get("/metrics")
        #expect(status == 200)
        var samples: [String: Double] = [:]
        for line in body.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            let name = String(line[..<space])
            #expect(samples[name] == nil, "\(name) stands twice")
            let value = try #require(Double(line[line.index(after: space)...]), "\(line)")
            samples[name] = value
        }
        return samples
    }

    /// Reads until it is so, five seconds at most: counters are published when a tick is over.
    func samples(until isSo: ([String: Double]) -> Bool) throws -> [String: Double] {
        let deadline = MonotonicClock.now() + 5_000_000_000
        while true {
            let samples = try samples()
            if isSo(samples) || MonotonicClock.now() > deadline { return samples }
        }
    }
}

@Suite struct MetricsTests {
    @Test func `before its broker is there the endpoint says that logs are recovered, and after the drain's begin that it ends`() throws {
        let watched = try Watched()
        #expect(try watched.get("/healthz") == (503, "the logs are being recovered\n"))
        #expect(try watched.get("/metrics").status == 200)
        watched.endpoint.serve(watched.server.broker)
        #expect(try watched.get("/healthz") == (200, "ok\n"))
        watched.endpoint.drains()
        #expect(try watched.get("/healthz") == (503, "the broker is shutting down\n"))
    }

    @Test func `what is not served is refused, and a HEAD has no body`() throws {
        let watched = try Watched()
        watched.endpoint.serve(watched.server.broker)
        #expect(try watched.get("/metrics/x").status == 404)
        #expect(try watched.get("/metrics", method: "POST").status == 405)
        #expect(try watched.get("/metrics", method: "HEAD") == (200, ""))
        #expect(try watched.get("/metrics?name[]=x").status == 200)
    }

    @Test func `more connections than the limit are closed, and others are served again when they have gone`() throws {
        let watched = try Watched()
        watched.endpoint.serve(watched.server.broker)
        let idle = try (0..<MetricsEndpoint.connectionLimit).map { _ in try RawClient(port: watched.endpoint.address.port) }
        #expect(try RawClient(port: watched.endpoint.address.port).isClosedByPeer())
        for client in idle { client.close() }
        let deadline = MonotonicClock.now() + 5_000_000_000
        var status: Int?
        while status != 200, MonotonicClock.now() < deadline { status = try? watched.get("/healthz").status }
        #expect(status == 200)
    }

    @Test func `a dead data directory makes it unhealthy, by name`() throws {
        let disk = BreakableFileSystem()
        let watched = try Watched(dataDirectories: ["d", "e"], fileSystem: disk)
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        try client.create("t", partitions: 4)
        let directory = "\(watched.server.directory)/e"
        disk.fail(directory, errno: EIO)
        for partition in Int32(0)..<4 { _ = try client.produce("t", partition, batch()) }
        let samples = try watched.samples { $0["tidemark_data_directory_up{directory=\"\(directory)\"}"] == 0 }
        #expect(samples["tidemark_data_directory_up{directory=\"\(directory)\"}"] == 0)
        #expect(samples["tidemark_data_directory_up{directory=\"\(watched.server.directory)/d\"}"] == 1)
        #expect(samples.filter { $0.key.hasPrefix("tidemark_log_offline") && $0.value == 1 }.count == 2)
        let (status, body) = try watched.get("/healthz")
        #expect(status == 503 && body.hasPrefix("data directory out of service: \(directory): "), "\(body)")
        disk.repair()
    }

    @Test func `errors are counted by code, also those that the write of a tick turns up`() throws {
        let disk = BreakableFileSystem()
        let watched = try Watched(fileSystem: disk)
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        #expect(try client.produce("none", batch()).errorCode == .unknownTopicOrPartition)
        #expect(try client.fetch("none", from: 0).errorCode == .unknownTopicOrPartition)
        let deletion = DeleteTopicsRequest(topics: [.init(name: "none")], timeoutMilliseconds: 100)
        _ = try client.ask(deletion, 6, DeleteTopicsResponse.self)
        try client.create("t")
        _ = try client.produce("t", batch())
        #expect(try client.fetch("t", from: 99).errorCode == .offsetOutOfRange)
        disk.fail("\(watched.server.directory)/data", errno: EIO, .writes)
        #expect(try client.produce("t", batch()).errorCode == .kafkaStorageError)
        let samples = try watched.samples { $0["tidemark_errors_total{code=\"KAFKA_STORAGE_ERROR\"}"] == 1 }
        #expect(samples["tidemark_errors_total{code=\"UNKNOWN_TOPIC_OR_PARTITION\"}"] == 3)
        #expect(samples["tidemark_errors_total{code=\"OFFSET_OUT_OF_RANGE\"}"] == 1)
        #expect(samples["tidemark_errors_total{code=\"KAFKA_STORAGE_ERROR\"}"] == 1)
        #expect(samples.keys.contains { $0.hasPrefix("tidemark_errors_total{code=\"NONE\"") } == false)
        disk.repair()
    }

    @Test(arguments: [1, 2])
    func `requests, their times, bytes, flushes and logs are what clients did`(loops: Int) throws {
        let watched = try Watched(loops: loops, ["log.flush.interval.messages": "1"])
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        try client.create("t", partitions: 3)
        for number in 0..<6 { #expect(try client.produce("t", Int32(number % 3), batch(2)).errorCode == .none) }
        for partition in Int32(0)..<3 { _ = try client.fetch("t", partition, from: 0) }
        let waiting = try watched.server.connect()
        try waiting.send(fetchRequest("t", [(0, 4, 1_000)], waitMilliseconds: 60_000), 12)
        let bytes = Double(batch(2).count)
        let samples = try watched.samples { $0["tidemark_requests_waiting{api=\"Fetch\"}"] == 1 && $0["tidemark_requests_total{api=\"Fetch\"}"] == 4 }
        #expect(samples["tidemark_requests_total{api=\"Produce\"}"] == 6)
        #expect(samples["tidemark_requests_waiting{api=\"Fetch\"}"] == 1)
        #expect(samples["tidemark_requests_waiting{api=\"Produce\"}"] == 0)
        #expect(samples["tidemark_request_duration_seconds_count{api=\"Produce\"}"] == 6)
        #expect(samples["tidemark_request_duration_seconds_bucket{api=\"Produce\",le=\"+Inf\"}"] == 6)
        #expect(samples["tidemark_request_duration_seconds_sum{api=\"Produce\"}"].map { $0 > 0 && $0 < 60 } == true)
        #expect(samples["tidemark_request_duration_seconds_count{api=\"Fetch\"}"] == 3)
        #expect(samples["tidemark_flush_duration_seconds_count"].map { $0 >= 3 && $0 <= 6 } == true)
        #expect(samples["tidemark_produced_records_total"] == 12)
        #expect(samples["tidemark_fetch_sent_bytes_total{path=\"splice\"}"] == 6 * bytes)
        #expect(samples["tidemark_fetch_sent_bytes_total{path=\"sendfile\"}"] == 0)
        #expect(samples["tidemark_connections_open"] == 2)
        #expect(samples["tidemark_page_cache_sampled_bytes_total"] == samples["tidemark_page_cache_hit_bytes_total"])
        #expect(samples["tidemark_page_cache_hit_bytes_total"].map { $0 >= 6 * bytes } == true)
        #expect(samples["tidemark_partitions"] == 3)
        for partition in 0..<3 {
            #expect(samples["tidemark_log_size_bytes{topic=\"t\",partition=\"\(partition)\"}"] == 2 * bytes)
            #expect(samples["tidemark_log_end_offset{topic=\"t\",partition=\"\(partition)\"}"] == 4)
            #expect(samples["tidemark_log_high_watermark{topic=\"t\",partition=\"\(partition)\"}"] == 4)
        }
        waiting.close()
        #expect(try watched.samples { $0["tidemark_requests_waiting{api=\"Fetch\"}"] == 0 }["tidemark_requests_waiting{api=\"Fetch\"}"] == 0)
    }

    @Test func `partitions beyond the limit are counted and have no series`() throws {
        let watched = try Watched(["metrics.max.partitions": "70"])
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        try client.create("a", partitions: 69)
        try client.create("b", partitions: 3)
        let samples = try watched.samples()
        #expect(samples["tidemark_partitions"] == 72)
        #expect(samples["tidemark_partitions_unlisted"] == 2)
        #expect(samples.keys.filter { $0.hasPrefix("tidemark_log_size_bytes") }.count == 70)
        #expect(samples["tidemark_log_size_bytes{topic=\"b\",partition=\"0\"}"] == 0)
        #expect(samples["tidemark_log_size_bytes{topic=\"b\",partition=\"1\"}"] == nil)
    }

    @Test func `a group's lag is what lies between its offset and the high watermark`() throws {
        struct Fixed: GroupPositionSource {
            let offsets: [GroupPosition]
            func groupPositions(limit: Int, _ tell: @escaping @Sendable ([GroupPosition]) -> Void) { tell(Array(offsets.prefix(limit))) }
        }
        let watched = try Watched(["metrics.max.partitions": "2"])
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        try client.create("t", partitions: 3)
        for _ in 0..<5 { _ = try client.produce("t", 2, batch(2)) }
        func commit(_ partition: Int32, _ offset: Offset, _ topic: String = "t") -> GroupPosition {
            GroupPosition(group: "g", partition: TopicPartition(topic: topic, partition: partition), offset: offset)
        }
        // Of a partition without a series, and of a topic that is gone.
        watched.server.broker.groupPositions = Fixed(offsets: [commit(2, 3), commit(0, 7, "gone"), commit(0, 0)])
        let samples = try watched.samples()
        #expect(samples["tidemark_group_lag_records{group=\"g\",topic=\"t\",partition=\"2\"}"] == 7)
        #expect(samples["tidemark_group_committed_offset{group=\"g\",topic=\"t\",partition=\"2\"}"] == 3)
        #expect(samples.keys.filter { $0.hasPrefix("tidemark_group_lag_records") }.count == 1)
    }

    @Test func `what a client commits shows as its group's lag`() throws {
        let watched = try Watched(loops: 2, quickGroups)
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        try client.create("t", partitions: 2)
        for _ in 0..<5 { _ = try client.produce("t", 1, batch(2)) }
        #expect(try client.commit("g", "t", 4, partition: 1) == .none)
        #expect(try client.commit("h", "t", 10, partition: 1) == .none)
        let samples = try watched.samples()
        #expect(samples["tidemark_group_lag_records{group=\"g\",topic=\"t\",partition=\"1\"}"] == 6)
        #expect(samples["tidemark_group_lag_records{group=\"h\",topic=\"t\",partition=\"1\"}"] == 0)
        #expect(samples.keys.filter { $0.hasPrefix("tidemark_group_committed_offset") }.count == 2)
    }

    @Test func `METRICS.md lists every metric with its kind, labels and meaning, and no other`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Sources/Broker/Metrics/METRICS.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let expected = MetricTable.all.map { metric in
            "| `\(metric.name)` | \(metric.kind.rawValue) | \(metric.labels.map { "`\($0)`" }.joined(separator: " ")) | \(metric.help) |"
                .replacing("|  |", with: "| |")
        }
        #expect(rows.map(String.init) == expected)
        #expect(Set(MetricTable.all.map(\.name)).count == MetricTable.all.count)
    }

    @Test func `every sample belongs to a metric of the table, with its labels`() throws {
        let watched = try Watched()
        watched.endpoint.serve(watched.server.broker)
        let client = try watched.server.connect()
        try client.create("t")
        _ = try client.produce("t", batch())
        _ = try client.produce("none", batch())
        let byName = Dictionary(uniqueKeysWithValues: MetricTable.all.map { ($0.name, $0) })
        var seen: Set<String> = []
        for sample in try watched.samples(until: { $0["tidemark_errors_total{code=\"UNKNOWN_TOPIC_OR_PARTITION\"}"] != nil }).keys {
            var name = String(sample.prefix { $0 != "{" })
            for suffix in ["_bucket", "_sum", "_count"] where byName[name] == nil && name.hasSuffix(suffix) { name = String(name.dropLast(suffix.count)) }
            let metric = try #require(byName[name], "\(sample)")
            seen.insert(name)
            let labels = sample.contains("{") ? sample.dropFirst(sample.prefix { $0 != "{" }.count + 1).dropLast().split(separator: "\",").map { String($0.prefix { $0 != "=" }) } : []
            #expect(labels.filter { $0 != "le" } == metric.labels, "\(sample)")
        }
        // Only groups are missing here: there is none.
        #expect(Set(byName.keys).subtracting(seen) == ["tidemark_group_committed_offset", "tidemark_group_lag_records"])
    }
}
