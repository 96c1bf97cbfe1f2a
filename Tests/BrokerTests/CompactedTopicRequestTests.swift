// Compaction in a running broker: what clients see of it, and what each setting does.
import Glibc
import Host
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct CompactedTopicRequestTests {
    @Test func `a record without a key is invalid on a compacted topic, by the broker's default or the topic's own`() throws {
        let server = try TestBroker(["log.cleanup.policy": "compact"])
        let client = try server.connect()
        let topics: [CreateTopicsRequest.Topic] = [
            .init(name: "compacted", partitionCount: 1),
            .init(name: "plain", partitionCount: 1, configs: [.init(name: "cleanup.policy", value: "delete")]),
        ]
        _ = try client.ask(CreateTopicsRequest(topics: topics, validateOnly: false), 7, CreateTopicsResponse.self)
        #expect(try client.produce("compacted", batch(2)).errorCode == .invalidRecord)
        #expect(try client.produce("plain", batch(2)).errorCode == .none)
    }

    /// Appends batches of the same few keys, each a segment's worth.
    private func fill(_ client: RawClient, _ topic: String, rounds: Int) throws {
        for round in 0..<rounds {
            #expect(try client.produce(topic, keyedBatch(keys: 10, value: "\(round)")).errorCode == .none)
        }
    }

    private func keyedBatch(keys: Int, value: String) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: WallClock.milliseconds())
        for key in 0..<keys {
            Array("key \(key)".utf8).withUnsafeBytes { key in
                Array("\(value) \(String(repeating: "v", count: 80))".utf8).withUnsafeBytes { value in
                    precondition(builder.append(key: key, value: value, timestampMilliseconds: WallClock.milliseconds()))
                }
            }
        }
        return Array(builder.finish())
    }

    private func records(_ client: RawClient, _ topic: String) throws -> [Offset] {
        let end = try client.endOffset(topic)
        var offset: Offset = 0
        var offsets: [Offset] = []
        while offset < end {
            let bytes = try #require(try client.fetch(topic, from: offset).records)
            try bytes.withUnsafeBytes { raw in
                var position = 0
                while position < raw.count {
                    let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: raw[position...]))
                    var iterator = RecordIterator(view.records)
                    while let record = try iterator.next() { offsets.append(view.baseOffset + Offset(record.offsetDelta)) }
                    offset = view.nextOffset
                    position += view.size
                }
            }
        }
        return offsets
    }

    private let settings = ["log.cleanup.policy": "compact", "log.segment.bytes": "2048", "log.flush.interval.messages": "1", "log.cleaner.backoff.ms": "20"]

    /// Waits until a topic has lost records; false when it has not after the time.
    private func isCompacted(_ client: RawClient, _ topic: String, within milliseconds: Int) throws -> Bool {
        let end = Int(try client.endOffset(topic))
        let deadline = MonotonicClock.now() + UInt64(milliseconds) * 1_000_000
        while MonotonicClock.now() < deadline {
            if try records(client, topic).count < end / 2 { return true }
            usleep(10_000)
        }
        return false
    }

    @Test(arguments: [1, 2]) func `a broker compacts in the background while clients read and write`(loops: Int) throws {
        let server = try TestBroker(loops: loops, settings)
        let client = try server.connect()
        for topic in ["a", "b"] {
            try client.create(topic)
            try fill(client, topic, rounds: 40)
        }
        for topic in ["a", "b"] {
            #expect(try isCompacted(client, topic, within: 10_000))
            let kept = try records(client, topic)
            #expect(kept == kept.sorted() && Set((390..<400).map { Offset($0) }).isSubset(of: kept))
            #expect(try client.produce(topic, keyedBatch(keys: 1, value: "more")).baseOffset == 400)
        }
        // Deleted under the cleaner: it has nobody to ask any more, and the broker stops all the same.
        _ = try client.ask(DeleteTopicsRequest(topics: [.init(name: "a")], timeoutMilliseconds: 1), 6, DeleteTopicsResponse.self)
        try server.stop()
    }

    @Test(arguments: [("log.cleaner.enable", "false"), ("log.cleaner.backoff.ms", "3600000"), ("log.cleaner.min.cleanable.ratio", "1"), ("log.cleaner.min.compaction.lag.ms", "3600000")])
    func `a setting that keeps a log from being compacted does so`(key: String, value: String) throws {
        let server = try TestBroker(settings.merging([key: value]) { $1 })
        let client = try server.connect()
        try client.create("t")
        try fill(client, "t", rounds: 20)
        #expect(try !isCompacted(client, "t", within: 300))
    }

    @Test func `a rate limit stretches a compaction, and a stop does not wait for it`() throws {
        let server = try TestBroker(settings.merging(["log.cleaner.io.max.bytes.per.second": "10KiB"]) { $1 })
        let client = try server.connect()
        try client.create("t")
        try fill(client, "t", rounds: 40)
        // 45 KB are read twice and written once: ten seconds at that rate.
        #expect(try !isCompacted(client, "t", within: 500))
        let start = MonotonicClock.now()
        try server.stop()
        #expect(MonotonicClock.now() - start < 2_000_000_000)
    }
}
