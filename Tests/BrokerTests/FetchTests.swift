import CLinux
import Host
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct FetchTests {
    @Test(arguments: [1, 2])
    func `a waiting fetch is woken by an append, long before its time`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let producer = try server.connect()
        try producer.create("t", partitions: 4)
        let consumer = try server.connect()
        for partition in Int32(0)..<4 {
            try consumer.send(fetchRequest("t", (0..<4).map { ($0, $0 < partition ? 1 : 0, 10_000) }, waitMilliseconds: 60_000), 12)
            _ = try producer.produce("t", partition, batch())
            let found = try consumer.response(FetchResponse.self, 12).body.topics[0].partitions
            #expect(found.map { $0.records?.isEmpty == false } == (0..<4).map { $0 == partition })
        }
    }

    @Test(arguments: [1, 2])
    func `a waiting fetch is answered empty when its time is over, and not before`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        let start = MonotonicClock.now()
        let found = try client.ask(fetchRequest("t", [(0, 0, 1_000), (1, 0, 1_000)], waitMilliseconds: 120), 12, FetchResponse.self)
        let waited = MonotonicClock.now() - start
        #expect(found.topics[0].partitions.allSatisfy { $0.records?.isEmpty != false && $0.errorCode == .none })
        #expect(waited >= 120_000_000 && waited < 2_000_000_000)
    }

    @Test func `a fetch waits for its minimum of bytes, over several appends`() throws {
        let server = try TestBroker()
        let producer = try server.connect()
        try producer.create("t")
        let bytes = batch(1, valueBytes: 1_000)
        let consumer = try server.connect()
        try consumer.send(fetchRequest("t", [(0, 0, 100_000)], minBytes: Int32(bytes.count * 3), waitMilliseconds: 60_000), 12)
        for _ in 0..<3 { _ = try producer.produce("t", bytes) }
        #expect(try consumer.response(FetchResponse.self, 12).body.topics[0].partitions[0].records?.count == bytes.count * 3)
    }

    @Test func `a deleted topic answers those who wait for it`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let consumer = try server.connect()
        try consumer.send(fetchRequest("t", [(0, 0, 1_000)], waitMilliseconds: 60_000), 12)
        _ = try client.ask(MetadataRequest(topics: nil), 12, MetadataResponse.self)
        let deleted = try client.ask(DeleteTopicsRequest(topics: [.init(name: "t")], timeoutMilliseconds: 1_000), 6, DeleteTopicsResponse.self)
        #expect(deleted.responses.map(\.errorCode) == [.none])
        // The shard notices with its next tick.
        _ = try client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self)
        #expect(try consumer.response(FetchResponse.self, 12).body.topics[0].partitions[0].errorCode == .unknownTopicOrPartition)
    }

    @Test(arguments: [1, 2])
    func `the first records come whole though they are larger than asked, the later ones stay within the limit`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 3)
        let bytes = batch(1, valueBytes: 5_000)
        for partition in Int32(1)..<3 { for _ in 0..<2 { _ = try client.produce("t", partition, bytes) } }
        func counts(_ maxBytes: Int32, _ partitionMaxBytes: Int32) throws -> [Int] {
            try client.ask(fetchRequest("t", (0..<3).map { ($0, 0, partitionMaxBytes) }, maxBytes: maxBytes), 12, FetchResponse.self)
                .topics[0].partitions.map { $0.records?.count ?? 0 }
        }
        // Partition 0 is empty, so the first records are those of partition 1.
        #expect(try counts(1, 1) == [0, bytes.count, 0])
        #expect(try counts(.max, 100_000) == [0, bytes.count * 2, bytes.count * 2])
        let limited = try counts(Int32(bytes.count * 3), 100_000)
        #expect(limited == [0, bytes.count * 2, bytes.count])
    }

    /// Kafka may send the front of a batch, which its reader throws away; the decision in Sources/README.md says why not here.
    @Test(arguments: [1, 2, 3])
    func `an answer's records end with a whole batch and fill the room, wherever the limit falls`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 4)
        let bytes = batch(1, valueBytes: 500)
        for partition in Int32(0)..<4 { for _ in 0..<5 { _ = try client.produce("t", partition, bytes) } }
        let total = 4 * 5 * bytes.count
        for limit in stride(from: 1, through: total + bytes.count, by: bytes.count / 3) {
            let found = try client.ask(fetchRequest("t", (0..<4).map { ($0, 0, .max) }, maxBytes: Int32(limit)), 12, FetchResponse.self)
                .topics[0].partitions.map { $0.records ?? [] }
            for records in found {
                let expected = (0..<5).flatMap { stored(bytes, at: Int64($0)) }.prefix(records.count)
                #expect(records.count.isMultiple(of: bytes.count) && records == Array(expected), "limit \(limit)")
            }
            let fitting = min(total, max(1, limit / bytes.count) * bytes.count)
            #expect(found.reduce(0) { $0 + $1.count } == fitting, "limit \(limit): \(found.map(\.count))")
        }
    }

    @Test(arguments: [1, 2]) func `a log that parts from the fetcher's says where, at once`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        for partition in Int32(0)..<2 {
            _ = try client.produce("t", partition, batch(3))
            func fetch(_ offset: Offset, lastFetchedEpoch: LeaderEpoch) throws -> FetchResponse.Partition {
                var request = fetchRequest("t", [(partition, offset, 10_000)], waitMilliseconds: 60_000)
                request.topics[0].partitions[0].lastFetchedEpoch = lastFetchedEpoch
                return try client.ask(request, 12, FetchResponse.self).topics[0].partitions[0]
            }
            // Everything here is of epoch 0 and ends at 3.
            let parted = try fetch(5, lastFetchedEpoch: 0)
            #expect(parted.divergingEpoch == .init(epoch: 0, endOffset: 3) && parted.errorCode == .none)
            #expect(parted.records?.isEmpty != false && parted.highWatermark == 3)
            #expect(try fetch(0, lastFetchedEpoch: 7).errorCode == .offsetOutOfRange)
            #expect(try fetch(5, lastFetchedEpoch: -1).errorCode == .offsetOutOfRange)
            let agreed = try fetch(0, lastFetchedEpoch: 0)
            #expect(agreed.divergingEpoch == nil && agreed.records == stored(batch(3), at: 0))
        }
    }

    @Test(arguments: [1, 2]) func `who asks for more bytes than fit does not wait for them`(loops: Int) throws {
        let server = try TestBroker(loops: loops, ["fetch.max.bytes": "2000"])
        let client = try server.connect()
        try client.create("t", partitions: 2)
        for partition in Int32(0)..<2 { _ = try client.produce("t", partition, batch(1, valueBytes: 1_700)) }
        let request = fetchRequest("t", [(0, 0, 10_000), (1, 0, 10_000)], minBytes: 1 << 20, waitMilliseconds: 60_000)
        let found = try client.ask(request, 12, FetchResponse.self).topics[0].partitions
        #expect(found.map { $0.records?.isEmpty == false } == [true, false])
    }

    @Test func `who reads an old segment does not wait for more bytes than it has`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["segment.bytes": "2000"])
        let bytes = batch(1, valueBytes: 900)
        for _ in 0..<4 { _ = try client.produce("t", bytes) }
        #expect(try client.fetch("t", from: 0, minBytes: 1 << 20, waitMilliseconds: 60_000).records?.count == 2 * bytes.count)
    }

    @Test func `every transfer mode sends the same bytes`() throws {
        let modes = ["splice", "sendfile", "copy", "copy,buffer=4KiB", "mmap"]
        let server = try TestBroker(listeners: modes.map { "127.0.0.1:0,transfer=\($0)" })
        let producer = try server.connect()
        try producer.create("t", ["max.message.bytes": "3000000"])
        let batches = (0..<5).map { batch(2, valueBytes: 1_000_000, seed: UInt8($0)) }
        for bytes in batches { #expect(try producer.produce("t", bytes).errorCode == .none) }
        let expected = batches.enumerated().flatMap { stored($1, at: Int64($0 * 2)) }
        for listener in modes.indices {
            let before = server.counter("fetch_bytes_zero_copy")
            let client = try server.connect(listener: listener)
            #expect(try client.fetch("t", from: 0, maxBytes: 20_000_000).records == expected, "\(modes[listener])")
            _ = try client.endOffset("t")
            let copied = server.counter("fetch_bytes_zero_copy") - before
            #expect(copied == (listener < 2 ? UInt64(expected.count) : 0), "\(modes[listener])")
        }
        #expect(server.counter("splice_fallbacks") == 0)
    }

    @Test func `bytes that were dropped from memory are read ahead before they are served`() throws {
        let server = try TestBroker(["residency.sample.interval": "1"])
        let client = try server.connect()
        try client.create("t")
        let bytes = batch(8, valueBytes: 50_000)
        for _ in 0..<10 { _ = try client.produce("t", bytes) }
        try server.stop()
        let data = "\(server.directory)/data/t-0/00000000000000000000.log"
        let file = clinux_open(data, 0, 0)
        try #require(file >= 0)
        try PageCache.drop(file)
        _ = clinux_close(file)
        let again = try TestBroker(directory: server.directory, ["residency.sample.interval": "1"])
        let consumer = try again.connect()
        #expect(try consumer.fetch("t", from: 0, maxBytes: 5_000_000).records == (0..<10).flatMap { stored(bytes, at: Int64($0 * 8)) })
        #expect(again.counter("fetch_cold_offloads") == 1)
        #expect(again.counter("residency_sampled_bytes") > 0)
        // Dropped again right after it was served: nothing is taken for cached because it was a moment ago.
        let dropped = clinux_open(data, 0, 0)
        try PageCache.drop(dropped)
        _ = clinux_close(dropped)
        #expect(try consumer.fetch("t", from: 0, maxBytes: 5_000_000).records?.count == 10 * bytes.count)
        #expect(again.counter("fetch_cold_offloads") == 2)
        try again.stop()
    }

    @Test(arguments: [true, false])
    func `a fetch from the disk brings the bytes behind it along, unless the broker is told to read nothing ahead`(readsAhead: Bool) throws {
        let settings = ["log.read.ahead": "\(readsAhead)", "log.preallocate": "false"]
        let server = try TestBroker(settings)
        let client = try server.connect()
        try client.create("t")
        let bytes = batch(8, valueBytes: 50_000)
        for _ in 0..<10 { _ = try client.produce("t", bytes) }
        // What was appended a moment ago counts as cached: only a broker that found it looks at the disk.
        try server.stop()
        let again = try TestBroker(directory: server.directory, settings)
        let consumer = try again.connect()
        let file = clinux_open("\(server.directory)/data/t-0/00000000000000000000.log", 0, 0)
        try #require(file >= 0)
        defer { _ = clinux_close(file) }
        try PageCache.drop(file)
        #expect(try consumer.fetch("t", from: 0, maxBytes: 1_000_000).records?.count == 2 * bytes.count)
        let size = try checked(clinux_file_size(file), "fstat", "a segment")
        let resident = try PageCache.residency(of: file, in: 0..<size, by: PageCache.instrument(for: file)).residentBytes
        // Whole pages, and those of headers that were looked at.
        let asked = Int64(2 * bytes.count + 4 * 4_096)
        #expect(resident >= Int64(2 * bytes.count) && (resident > asked + 65_536) == readsAhead, "\(resident) of \(size), \(asked) at most were asked for")
        try again.stop()
    }

    @Test func `offsets are found by time, at both ends and nowhere`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        for n in 0..<5 { _ = try client.produce("t", batch(2, timestamp: Int64(1_000 + n * 100))) }
        #expect(try client.list("t", -2).offset == 0)
        #expect(try client.list("t", -1).offset == 10)
        #expect(try client.list("t", 1_150).offset == 4)
        #expect(try client.list("t", 1_150).timestamp == 1_200)
        #expect(try client.list("t", -3).offset == 8)
        #expect(try client.list("t", 99_999).offset == -1)
        #expect(try client.list("t", 99_999).leaderEpoch == -1, "no record, no epoch")
        #expect(try [-1, 1_150, -3].map { try client.list("t", $0).leaderEpoch } == [0, 0, 0])
        #expect(try client.list("t", -9).errorCode == .unsupportedVersion)
        #expect(try client.list("nowhere", -1).errorCode == .unknownTopicOrPartition)
    }
}
