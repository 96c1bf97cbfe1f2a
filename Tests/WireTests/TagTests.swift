// Tags we do not know, wherever a struct may end: a newer peer's, which cost nothing and change nothing.
import Bytes
import Testing
import Wire

/// Two tags with numbers that no schema uses, three bytes and none.
private let unknownTags: [UInt8] = [2, 0xe3, 0x07, 3, 0xaa, 0xbb, 0xcc, 0xe4, 0x07, 0]

@Suite struct TagTests {
    @Test(arguments: Codec.all.indices)
    func `unknown tags behind a body are passed over`(index: Int) throws {
        let codec = Codec.all[index]
        let flexible = GoldenFrame.all(codec.key, codec.direction).filter {
            $0.variant != .full && codec.key.isFlexible($0.version)
        }
        let hasFlexible = codec.key.isFlexible(APIVersions.of(codec.key).maximum)
        #expect(flexible.isEmpty != hasFlexible)
        for frame in flexible {
            #expect(frame.bytes.last == 0)
            let tagged = frame.bytes.dropLast() + unknownTags
            let decoded = try codec.decode(Array(tagged), frame.version)
            #expect(decoded.bodyEnd == tagged.count)
            #expect(decoded.encoded == Array(frame.bytes[decoded.bodyStart...]), "\(frame.testDescription)")
        }
    }

    @Test func `unknown tags in a request header are passed over`() throws {
        let header = RequestHeader(key: .apiVersions, version: 3, correlationID: 5, clientID: "c")
        let bytes = written { header.encode(into: &$0) }.dropLast() + unknownTags + [9]
        try reading(Array(bytes)) { reader in
            let read = try RequestHeader(from: &reader)
            #expect(read == header && reader.remaining == 1)
        }
    }

    @Test func `unknown tags at every depth of a produce request are passed over, in values and in place`() throws {
        let records: [UInt8] = [7, 7, 7]
        let bytes: [UInt8] =
            [0] + [0, 1] + [0, 0, 0, 9] + [2]  // transactional id null, acks, timeout, one topic
            + [2, 0x74] + [2] + [0, 0, 0, 4] + [4] + records  // "t", one partition, index, three bytes
            + unknownTags + unknownTags + unknownTags
        let expected = ProduceRequest(
            acks: 1, timeoutMilliseconds: 9,
            topics: [.init(name: "t", partitions: [.init(index: 4, records: records)])])
        try reading(bytes) { reader in
            let request = try ProduceRequest(from: &reader, version: 9)
            #expect(request == expected)
            #expect(reader.remaining == 0)
            var view = try ProduceRequestView(frame: reader.bytes, bodyPosition: 0, version: 9)
            #expect(try view.check() == 1)
            #expect(try view.nextTopic()?.partitionCount == 1)
            let partition = try view.nextPartition()
            #expect(partition?.index == 4)
            #expect(partition?.records.map { Array(bytes[$0]) } == records)
            #expect(try view.nextPartition() == nil)
            #expect(try view.nextTopic() == nil)
        }
    }

    @Test func `a known tag is read although an unknown one precedes and follows it`() throws {
        let plain = written { FetchRequest(maxWaitMilliseconds: 1, minBytes: 1, topics: []).encode(into: &$0, version: 12) }
        let tags: [UInt8] = [3, 0x00, 3, 3, 0x68, 0x69, 0x05, 1, 0xff, 0x06, 0]  // 0: "hi", 5: one byte, 6: none
        try reading(Array(plain.dropLast()) + tags) { reader in
            let request = try FetchRequest(from: &reader, version: 12)
            #expect(request.clusterID == "hi" && reader.remaining == 0)
        }
    }

    @Test func `a tag cannot read beyond its own size`() {
        let plain = written { FetchRequest(maxWaitMilliseconds: 1, minBytes: 1, topics: []).encode(into: &$0, version: 12) }
        let tags: [UInt8] = [1, 0x00, 2, 9, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f]  // eight letters claimed, one inside
        reading(Array(plain.dropLast()) + tags) { reader in
            #expect(throws: WireError.self) { try FetchRequest(from: &reader, version: 12) }
        }
    }
}
