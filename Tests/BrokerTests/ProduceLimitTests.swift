// Sizes of produced batches, and whose time their records carry when they are read.
import Bytes
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
}
