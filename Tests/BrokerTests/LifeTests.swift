import CLinux
import Glibc
import Testing
import Wire

@testable import Broker

@Suite struct LifeTests {
    @Test(arguments: [1, 2])
    func `a drain answers what waits, refuses what is new and leaves everything on disk`(loops: Int) throws {
        let server = try TestBroker(loops: loops, ["log.flush.interval.messages": "1"])
        let producer = try server.connect()
        try producer.create("t", partitions: 2)
        let waiting = try server.connect()
        try waiting.send(fetchRequest("t", [(0, 0, 1_000), (1, 0, 1_000)], waitMilliseconds: 60_000), 12)
        for n in 0..<20 { try producer.send(produceRequest("t", [(Int32(n % 2), batch())]), 9) }
        for _ in 0..<20 { #expect(try producer.response(ProduceResponse.self, 9).body.topics[0].partitions[0].errorCode == .none) }
        _ = try waiting.response(FetchResponse.self, 12)
        try waiting.send(fetchRequest("t", [(0, 10, 1_000), (1, 10, 1_000)], waitMilliseconds: 60_000), 12)
        // The answer shows that the fetch before it has been read.
        let port = server.broker.endpoints[0].port
        while server.counter("requests_fetch") < 2 { usleep(1_000) }
        try server.stop()
        #expect(try waiting.response(FetchResponse.self, 12).body.topics[0].partitions.count == 2)
        #expect(waiting.isClosedByPeer())
        #expect(producer.isClosedByPeer())
        let late = try? RawClient(port: port)
        #expect(late?.isClosedByPeer() != false)

        let again = try TestBroker(directory: server.directory)
        let client = try again.connect()
        #expect(try client.endOffset("t", 0) == 10)
        #expect(try client.endOffset("t", 1) == 10)
        try again.stop()
    }

    @Test func `a client that takes no answer is cut when the drain's time is over`() throws {
        let server = try TestBroker(["drain.timeout.ms": "100", "message.max.bytes": "2000000"])
        let client = try server.connect()
        try client.create("t")
        for _ in 0..<8 { _ = try client.produce("t", batch(1, valueBytes: 1_000_000)) }
        let deaf = try server.connect()
        _ = clinux_set_buffers(deaf.fd, 0, 8_192)
        try deaf.send(fetchRequest("t", [(0, 0, 20_000_000)]), 12)
        while server.counter("requests_fetch") < 1 { usleep(1_000) }
        try server.stop()
    }

    @Test func `the counter page of a file holds what the broker did`() throws {
        let path = "/tmp/tidemark-test-counters-\(getpid())-\(UInt64.random(in: 0..<UInt64.max))"
        defer { unlink(path) }
        let server = try TestBroker(countersPath: path)
        let client = try server.connect()
        try client.create("t")
        for _ in 0..<3 { _ = try client.produce("t", batch(4)) }
        _ = try client.fetch("t", from: 0)
        _ = try client.endOffset("t")
        let counters = try readCounters(path)
        #expect(counters["requests_produce"] == 3)
        #expect(counters["requests_fetch"] == 1)
        #expect(counters["requests_other"].map { $0 >= 1 } == true)
        #expect(counters["batches_in"] == 3)
        #expect(counters["records_in"] == 12)
        #expect(counters["log_append_bytes"] == UInt64(batch(4).count * 3))
        #expect(counters["fetch_bytes_served"] == UInt64(batch(4).count * 3))
        #expect(counters["fetch_bytes_zero_copy"] == counters["fetch_bytes_served"])
        #expect(counters["connections_open"] == 1)
        #expect(counters["connections_total"] == 1)
        #expect(counters["bytes_in"].map { $0 > 0 } == true)
        #expect(counters["syscalls"].map { $0 > 0 } == true)
        #expect(
            Set(counters.keys) == [
                "requests_produce", "requests_fetch", "requests_other", "bytes_in", "bytes_out", "records_in", "batches_in",
                "fetch_bytes_served", "fetch_bytes_zero_copy", "fetch_bytes_spliced", "fetch_cold_offloads", "residency_sampled_bytes",
                "residency_resident_bytes", "splice_fallbacks", "connections_open", "connections_total", "connections_refused", "log_appends",
                "log_append_bytes", "flushes", "syscalls", "errors", "retention_segments", "retention_bytes",
                "requests_throttled", "fetch_sessions_open", "fetch_sessions_evicted", "batches_recoded",
                "connections_refused", "connections_expired", "handshakes_failed",
            ])
    }

    /// Reads the page as another program would: by its layout.
    private func readCounters(_ path: String) throws -> [String: UInt64] {
        let fd = clinux_open(path, O_RDONLY, 0)
        defer { _ = clinux_close(fd) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = bytes.withUnsafeMutableBytes { clinux_pread(fd, $0.baseAddress!, $0.count, 0) }
        try #require(count > 16 && Array(bytes[..<8]) == Array("TMKCTR01".utf8))
        return bytes.withUnsafeBytes { bytes in
            let entries = Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            return Dictionary(
                uniqueKeysWithValues: (0..<entries).map { entry in
                    let start = 16 + entry * 56
                    let name = String(decoding: bytes[start..<(start + 48)].prefix { $0 != 0 }, as: UTF8.self)
                    return (name, bytes.loadUnaligned(fromByteOffset: start + 48, as: UInt64.self))
                })
        }
    }

    @Test func `connections beyond the limit are closed, and taken again when others have gone`() throws {
        let server = try TestBroker(["max.connections": "3"])
        let clients = try (0..<3).map { _ in try server.connect() }
        for client in clients { _ = try client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self) }
        #expect(try server.connect().isClosedByPeer())
        clients[0].close()
        while server.counter("connections_open") > 2 { usleep(1_000) }
        #expect(try server.connect().ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self).errorCode == .none)
    }
}
