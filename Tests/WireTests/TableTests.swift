// The table of versions and the table of errors, against the facts that clients break on.
import Bytes
import Testing
import Wire

@Suite struct TableTests {
    @Test func `produce 0 is advertised and not served`() {
        // librdkafka before 2.11.1 sends uncompressed, silently, unless 0 is in the range.
        let produce = APIVersions.of(.produce)
        #expect(produce.minimum == 0 && produce.maximum == 9)
        #expect((0...2).allSatisfy { !produce.isServed($0) && produce.isCoded($0) })
        #expect((3...9).allSatisfy { produce.isServed($0) })
        #expect(!produce.isServed(10))
    }

    @Test func `the answer to an ApiVersions request of a version we do not know has the oldest layout`() {
        let bytes = written {
            ResponseHeader(correlationID: 1).encode(into: &$0, key: .apiVersions, version: 99)
            ApiVersionsResponse.advertised(errorCode: .unsupportedVersion).encode(into: &$0, version: 0)
        }
        // Correlation id, error 35, a classic count: neither tags nor compact lengths.
        #expect(Array(bytes[..<10]) == [0, 0, 0, 1, 0, 35, 0, 0, 0, UInt8(APIKey.allCases.count)])
        #expect(bytes.count == 10 + APIKey.allCases.count * 6)
    }

    @Test func `what is advertised is the table`() throws {
        let ranges = ApiVersionsResponse.advertised().apiKeys
        #expect(ranges.map(\.apiKey) == APIKey.allCases.map(\.rawValue))
        #expect(ranges.map(\.apiKey) == ranges.map(\.apiKey).sorted())
        for range in ranges {
            let versions = try #require(APIKey(rawValue: range.apiKey).map(APIVersions.of))
            #expect(range.minimum == versions.minimum && range.maximum == versions.maximum)
        }
    }

    @Test func `librdkafka finds groups and idempotence in the table`() {
        // 2.0.2 looks for these versions exactly before it believes that a broker has groups at all.
        for key in [APIKey.findCoordinator, .joinGroup, .syncGroup, .heartbeat, .leaveGroup, .initProducerID] {
            #expect(APIVersions.of(key).isServed(0), "\(key.name)")
        }
        #expect(APIVersions.of(.offsetFetch).isServed(1) && APIVersions.of(.offsetCommit).isServed(2))
    }

    @Test func `a request of an API we do not know still tells its correlation id`() throws {
        let bytes: [UInt8] = [0, 99, 0, 5, 0, 0, 0, 42, 0, 1, 0x63, 0xee]
        try reading(bytes) { reader in
            let header = try RequestHeaderView(from: &reader)
            #expect(header.key == nil && header.apiKey == 99 && header.correlationID == 42 && header.bodyPosition == 11)
        }
        reading(bytes) { reader in
            #expect(throws: WireError.unsupportedVersion(apiKey: 99, version: 5)) { try RequestHeader(from: &reader) }
        }
    }

    @Test func `errors have Kafka's names and say whether to try again`() {
        #expect(ErrorCode.unknownTopicOrPartition.rawValue == 3)
        #expect(ErrorCode.kafkaStorageError.description == "KAFKA_STORAGE_ERROR (56)")
        #expect(ErrorCode.unknownServerError.name == "UNKNOWN_SERVER_ERROR")
        #expect(ErrorCode(rawValue: 9999).name == "ERROR_9999")
        #expect(ErrorCode(rawValue: .min).name == "ERROR_-32768" && ErrorCode(rawValue: .max).name == "ERROR_32767")
        let retriable: [ErrorCode] = [
            .corruptMessage, .unknownTopicOrPartition, .leaderNotAvailable, .notLeaderOrFollower, .requestTimedOut,
            .notEnoughReplicas, .notEnoughReplicasAfterAppend, .kafkaStorageError, .fencedLeaderEpoch,
        ]
        #expect(retriable.filter { !$0.isRetriable } == [])
        let final: [ErrorCode] = [
            .none, .offsetOutOfRange, .messageTooLarge, .invalidRequiredAcks, .unsupportedVersion,
            .outOfOrderSequenceNumber, .duplicateSequenceNumber, .invalidRecord, .unknownServerError,
        ]
        #expect(final.filter { $0.isRetriable } == [])
    }
}
