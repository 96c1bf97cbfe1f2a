// A topic that demands a codec: what producers send in any other is stored and served in that one, otherwise unchanged.
import Bytes
import Codecs
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

private let codecs: [CompressionCodec] = [.none, .gzip, .snappy, .lz4, .zstd]

extension CompressionCodec {
    fileprivate var type: String { self == .none ? "uncompressed" : "\(self)" }
}

/// The same batch, its records compressed; or others in their place.
private func compressed(_ bytes: [UInt8], _ codec: CompressionCodec, records: [UInt8]? = nil) -> [UInt8] {
    let compressor = Compressor()
    let block = records ?? bytes[BatchLayout.headerSize...].withUnsafeBytes { block in
        withExtendedLifetime(compressor) {
            guard let result = try? compressor.compress(block, codec) else { fatalError("\(codec)") }
            return Array(result)
        }
    }
    var result = Array(bytes[..<BatchLayout.headerSize]) + block
    put(Int32(result.count - BatchLayout.lengthOverhead), BatchLayout.batchLength, &result)
    result[BatchLayout.attributes + 1] = result[BatchLayout.attributes + 1] & ~7 | UInt8(codec.rawValue)
    return sealed(result)
}

private func put<Value: FixedWidthInteger>(_ value: Value, _ position: Int, _ bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { bytes.replaceSubrange(position..<position + $0.count, with: $0) }
}

private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    put(bytes[BatchLayout.checksummed...].withUnsafeBytes { CRC32C.checksum($0) }, BatchLayout.crc, &result)
    return result
}

/// The same batch, its records as they lie when nothing is compressed.
private func plain(_ bytes: [UInt8]) throws -> (batch: [UInt8], codec: CompressionCodec) {
    try bytes.withUnsafeBytes { raw in
        let view = try BatchValidation.stored(raw)
        let codec = try #require(view.codec)
        let decompressor = Decompressor()
        let records = try withExtendedLifetime(decompressor) { Array(try decompressor.decompress(view.records, codec, limit: 1 << 26)) }
        return (compressed(Array(view.bytes), .none, records: records), codec)
    }
}

/// The batches of a fetched range.
private func batches(_ records: [UInt8]) throws -> [[UInt8]] {
    var result: [[UInt8]] = []
    var rest = records[...]
    while !rest.isEmpty {
        let size = try Array(rest).withUnsafeBytes { try BatchValidation.frame($0).size }
        result.append(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
    }
    return result
}

@Suite struct RecodingTests {
    @Test func `a codec that does not exist is no setting`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        let request = CreateTopicsRequest(topics: [
            .init(name: "t", partitionCount: 1, replicationFactor: 1, configs: [.init(name: "compression.type", value: "brotli")])
        ])
        #expect(try client.ask(request, 7, CreateTopicsResponse.self).topics.map(\.errorCode) == [.invalidConfig])
    }

    @Test(arguments: [1, 2], [-1, 1] as [Int16])
    func `records come back as they were sent, in the topic's codec, whatever the producer's`(loops: Int, acks: Int16) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        for demanded in codecs {
            let topic = demanded.type
            try client.create(topic, partitions: 2, ["compression.type": topic])
            for partition in Int32(0)..<2 {
                for (number, codec) in codecs.enumerated() {
                    let sent = batch(20, valueBytes: 100, seed: UInt8(number), producer: 7, sequence: Int32(number * 20), timestamp: 5_000 + Int64(number))
                    let answer = try client.produce(topic, partition, compressed(sent, codec), acks: acks)
                    #expect(answer.errorCode == .none && answer.baseOffset == Int64(number * 20), "\(codec) for \(demanded)")
                }
                let found = try batches(try #require(try client.fetch(topic, partition, from: 0).records))
                #expect(found.count == codecs.count)
                for (number, stored_) in found.enumerated() {
                    let (records, codec) = try plain(stored_)
                    #expect(codec == demanded)
                    let sent = batch(20, valueBytes: 100, seed: UInt8(number), producer: 7, sequence: Int32(number * 20), timestamp: 5_000 + Int64(number))
                    #expect(records == stored(sent, at: Int64(number * 20)), "\(codecs[number]) for \(demanded)")
                }
            }
        }
        #expect(server.counter("batches_recoded") == UInt64(codecs.count * (codecs.count - 1) * 2))
    }

    @Test func `without a demand nothing is touched`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["compression.type": "producer"])
        var expected: [UInt8] = []
        for (number, codec) in codecs.enumerated() {
            let sent = compressed(batch(5, valueBytes: 50), codec)
            _ = try client.produce("t", sent)
            expected += stored(sent, at: Int64(number * 5))
        }
        #expect(try client.fetch("t", from: 0).records == expected)
        #expect(server.counter("batches_recoded") == 0)
    }

    @Test(arguments: [1, 2]) func `batches of a partition stay in their order, those that may pass as they are too`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2, ["compression.type": "lz4"])
        var frames: [UInt8] = []
        for number in 0..<40 {
            // Large ones that take long in front of small ones that need nothing.
            let sequence = Int32(number / 2 * 201 + number % 2 * 200)
            let sent = number % 2 == 0
                ? compressed(batch(200, valueBytes: 200, seed: UInt8(number), producer: 7, sequence: sequence), .gzip)
                : compressed(batch(1, seed: UInt8(number), producer: 7, sequence: sequence), .lz4)
            frames += client.frame(produceRequest("t", [(1, sent)], acks: number % 3 == 0 ? 1 : -1), 9)
        }
        try client.send(frames)
        for number in 0..<40 {
            let partition = try client.response(ProduceResponse.self, 9).body.topics[0].partitions[0]
            #expect(partition.errorCode == .none && partition.baseOffset == Int64(number / 2 * 201 + number % 2 * 200), "\(number)")
        }
    }

    @Test func `a batch that is sent again is answered with its first offset`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["compression.type": "zstd"])
        let sent = compressed(batch(3, producer: 9, sequence: 0), .gzip)
        _ = try client.produce("t", batch(5))
        for _ in 0..<3 { #expect(try client.produce("t", sent).baseOffset == 5) }
        #expect(try client.endOffset("t") == 8)
        #expect(try client.produce("t", compressed(batch(3, producer: 9, sequence: 7), .gzip)).errorCode == .outOfOrderSequenceNumber)
    }

    @Test func `what does not decompress, lies or is too large is refused`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["compression.type": "uncompressed", "max.message.bytes": "20000"])
        try client.create("l", ["compression.type": "lz4", "max.message.bytes": "20000"])
        let good = batch(10, valueBytes: 100)
        for topic in ["t", "l"] {
            #expect(try client.produce(topic, compressed(good, .zstd, records: [1, 2, 3])).errorCode == .corruptMessage)
            var count = compressed(good, .gzip)
            put(Int32(8), BatchLayout.lastOffsetDelta, &count)
            put(Int32(9), BatchLayout.recordCount, &count)
            #expect(try client.produce(topic, sealed(count)).errorCode == .invalidRecord)
            var sum = compressed(good, .gzip)
            sum[BatchLayout.crc] ^= 1
            #expect(try client.produce(topic, sum).errorCode == .corruptMessage)
            #expect(try client.produce(topic, Array(good[..<30])).errorCode == .corruptMessage)
            var unknown = good
            unknown[BatchLayout.attributes + 1] |= 5
            #expect(try client.produce(topic, sealed(unknown)).errorCode == .unsupportedCompressionType)
            #expect(try client.produce(topic, batch(1, valueBytes: 30_000)).errorCode == .messageTooLarge)
            #expect(try client.endOffset(topic) == 0)
        }
        // Small as it comes, too large as it would be stored.
        let zeros = compressed(constant(30_000), .zstd)
        #expect(zeros.count < 1_000)
        #expect(try client.produce("t", zeros).errorCode == .messageTooLarge)
        #expect(try client.produce("l", zeros).errorCode == .none)
        // A bomb: more than any batch may decompress to.
        let compressor = Compressor()
        let bomb = [UInt8](repeating: 0, count: 65 << 20).withUnsafeBytes { bytes in
            withExtendedLifetime(compressor) { (try? compressor.compress(bytes, .zstd)).map(Array.init) ?? [] }
        }
        #expect(try client.produce("l", compressed(good, .zstd, records: bomb)).errorCode == .corruptMessage)
        #expect(try client.endOffset("l") == 1)
    }

    /// One record of equal bytes.
    private func constant(_ count: Int) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count + 200, alignment: 16)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 1)
        _ = [UInt8](repeating: 7, count: count).withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: 1) }
        return Array(builder.finish())
    }

    @Test func `a largest time that lies is put right, and a time of the broker's is given`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", ["compression.type": "gzip"])
        var lying = compressed(batch(2, timestamp: 5_000), .lz4)
        put(Int64(9_000), BatchLayout.maxTimestamp, &lying)
        #expect(try client.produce("t", sealed(lying)).errorCode == .none)
        #expect(try client.list("t", 5_000).offset == 0)
        #expect(try client.list("t", 5_001).offset == -1)
        try client.create("b", ["compression.type": "gzip", "message.timestamp.type": "LogAppendTime"])
        let answer = try client.produce("b", compressed(batch(2, timestamp: 5_000), .lz4))
        #expect(answer.logAppendTimeMilliseconds > 1_000_000)
        #expect(try client.list("b", ListOffsetsRequest.maxTimestamp).timestamp == answer.logAppendTimeMilliseconds)
    }

    @Test func `batches without acks are stored too, and a client that leaves is not waited for`() throws {
        let server = try TestBroker(loops: 2)
        let client = try server.connect()
        try client.create("t", partitions: 2, ["compression.type": "zstd"])
        for partition in Int32(0)..<2 {
            for _ in 0..<5 { try client.send(produceRequest("t", [(partition, compressed(batch(1), .gzip))], acks: 0), 9) }
            #expect(try client.produce("t", partition, batch(1)).baseOffset == 5)
        }
        let leaving = try server.connect()
        for _ in 0..<5 { try leaving.send(produceRequest("t", [(0, compressed(batch(2_000, valueBytes: 400), .gzip))]), 9) }
        leaving.close()
        #expect(try client.produce("t", batch(1)).errorCode == .none)
        try server.stop()
    }
}
