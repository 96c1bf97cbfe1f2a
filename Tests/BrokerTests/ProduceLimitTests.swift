// Sizes of produced batches, and whose time their records carry when they are read.
import Bytes
import Codecs
import Records
import Testing
import Wire

@testable import Broker

@Suite struct ProduceLimitTests {
    @Test(arguments: [1, 2]) func `a batch over the topic's limit or a segment's is refused, the next one is not`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2, ["max.message.bytes": "3000", "segment.bytes": "2000"])
        for partition in Int32(0)..<2 {
            #expect(try client.produce("t", partition, batch(1, valueBytes: 3_000)).errorCode == .messageTooLarge)
            #expect(try client.produce("t", partition, batch(1, valueBytes: 2_500)).errorCode == .recordListTooLarge)
            #expect(try client.produce("t", partition, batch(1, valueBytes: 1_500)).errorCode == .none)
            #expect(try client.endOffset("t", partition) == 1)
        }
    }

    @Test(arguments: [1, 2]) func `a consumer sees the broker's time, its mark and a checksum that fits`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2, ["message.timestamp.type": "LogAppendTime"])
        for partition in Int32(0)..<2 {
            let time = try client.produce("t", partition, batch(3, timestamp: 5)).logAppendTimeMilliseconds
            let records = try #require(try client.fetch("t", partition, from: 0).records)
            try records.withUnsafeBytes { bytes in
                let view = try BatchValidation.stored(bytes)
                #expect(view.usesLogAppendTime && view.maxTimestamp == time && view.recordCount == 3)
            }
        }
    }

    @Test func `a producer that claims to know the broker's time is refused`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        var bytes = batch()
        bytes.withUnsafeMutableBytes { MutableBatch($0).stamp(logAppendTime: 7) }
        #expect(try client.produce("t", bytes).errorCode == .invalidTimestamp)
        #expect(try client.endOffset("t") == 0)
    }

    @Test func `a largest time that a client left empty, or put too high, becomes the records' own`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let time: Int64 = 1_700_000_000_000
        for wrong in [-1, time + 5_000] {
            let offset = try client.endOffset("t")
            var bytes = batch(3, timestamp: time)
            bytes.withUnsafeMutableBytes { MutableBatch($0).correct(maxTimestamp: wrong) }
            #expect(try client.produce("t", bytes).errorCode == .none)
            try #require(try client.fetch("t", from: offset).records).withUnsafeBytes { bytes in
                let view = try BatchValidation.produced(bytes)
                #expect(view.maxTimestamp == time)
            }
        }
    }

    @Test func `of compressed records it becomes the first one's time, at least`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let time: Int64 = 1_700_000_000_000
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { memory.deallocate() }
        let compressor = Compressor()
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: time)
        let value = [UInt8](repeating: 7, count: 500)
        for _ in 0..<3 { _ = value.withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: time) } }
        #expect(builder.recordCount == 3)
        let batch = builder.finish(codec: .gzip) { try? compressor.compress($0, .gzip) }
        MutableBatch(batch).correct(maxTimestamp: -1)
        #expect(try client.produce("t", [UInt8](batch)).errorCode == .none)
        try #require(try client.fetch("t", from: 0).records).withUnsafeBytes { bytes in
            let view = try BatchValidation.stored(bytes)
            #expect(view.codec == .gzip && view.maxTimestamp == time)
        }
    }
}
