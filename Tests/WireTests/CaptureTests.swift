// What unmodified clients sent, and what a broker that isn't ours answered, read and written again; see Tests/Golden/capture.py.
import Bytes
import Testing
import Wire

/// One line of captures.txt.
struct CapturedFrame: CustomTestStringConvertible {
    /// Whose encoder wrote it, with its version.
    let writer: String
    let key: APIKey
    let version: Int16
    let direction: Direction
    /// Without the four bytes of length.
    let bytes: [UInt8]

    /// What lies behind the end of the message: librdkafka writes the empty tags of AlterUserScramCredentials twice.
    var surplus: [UInt8] { writer.hasPrefix("confluent-kafka-") && key == .alterUserScramCredentials ? [0] : [] }

    var testDescription: String { "\(writer): \(key.name) \(version) \(direction) of \(bytes.count) bytes" }

    static let all: [CapturedFrame] = FrameLine.all(of: "captures.txt").map { line in
        CapturedFrame(
            writer: line.words[0], key: APIKey.named(line.words[1]), version: Int16(line.words[2])!,
            direction: Direction(rawValue: line.words[3])!, bytes: line.bytes)
    }
}

/// What each client must have been put through at least: a capture that went wrong would leave less to test.
private let everyClient: Set<APIKey> = [
    .apiVersions, .metadata, .produce, .fetch, .listOffsets, .findCoordinator, .joinGroup, .syncGroup, .heartbeat, .leaveGroup,
    .offsetCommit, .offsetFetch, .saslHandshake, .initProducerID,
]
private let transactions: Set<APIKey> = [.addPartitionsToTxn, .endTxn]
private let offsets: Set<APIKey> = [.addOffsetsToTxn, .txnOffsetCommit]
private let admin: Set<APIKey> = [
    .createTopics, .deleteTopics, .createPartitions, .deleteRecords, .describeConfigs, .alterConfigs, .describeGroups, .listGroups,
]

@Suite struct CaptureTests {
    @Test(arguments: [
        ("kcat-", everyClient.union(transactions).union([.saslAuthenticate])),
        ("confluent-kafka-", everyClient.union(transactions).union(offsets).union(admin).union([.saslAuthenticate, .createAcls])),
        ("kafka-python-", everyClient.union(transactions).union(offsets).union(admin).union([.saslAuthenticate, .describeProducers])),
        ("aiokafka-", everyClient.union(transactions).union(offsets).union(admin).union([.saslAuthenticate])),
        ("sarama-", everyClient.subtracting([.apiVersions]).union([.createTopics, .deleteTopics, .createPartitions, .alterConfigs])),
    ])
    func `each client's requests are there`(writer: String, keys: Set<APIKey>) {
        let captured = Set(CapturedFrame.all.filter { $0.writer.hasPrefix(writer) && $0.direction == .request }.map(\.key))
        #expect(keys.subtracting(captured).map(\.name).sorted() == [], "\(writer) \(captured.count) APIs")
    }

    @Test func `responses are another broker's`() {
        let responses = CapturedFrame.all.filter { $0.direction == .response }
        #expect(responses.allSatisfy { $0.writer.hasPrefix("librdkafka-mock-") })
        let expected = everyClient.subtracting([.saslHandshake]).union(transactions).union(offsets)
        #expect(expected.subtracting(responses.map(\.key)).map(\.name).sorted() == [])
    }

    @Test(arguments: CapturedFrame.all)
    func `a captured frame is read to its end and written again byte for byte`(frame: CapturedFrame) throws {
        let header: [UInt8] = try reading(frame.bytes) { reader in
            switch frame.direction {
            case .request:
                let header = try RequestHeader(from: &reader)
                #expect(header.key == frame.key && header.version == frame.version)
                return written { header.encode(into: &$0) }
            case .response:
                let header = try ResponseHeader(from: &reader, key: frame.key, version: frame.version)
                return written { header.encode(into: &$0, key: frame.key, version: frame.version) }
            }
        }
        let decoded = try Codec.of(frame.key, frame.direction).decode(frame.bytes, frame.version)
        #expect(decoded.bodyEnd == frame.bytes.count - frame.surplus.count)
        #expect(header + decoded.encoded + frame.surplus == frame.bytes)
        try walkInPlace(frame.bytes, of: frame.key, frame.version, frame.direction)
    }
}
