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

    @Test func `what is advertised is the table`() {
        let ranges = ApiVersionsResponse.advertised().apiKeys
        #expect(ranges.map(\.apiKey) == [0, 1, 2, 3, 18, 19, 20, 21, 22, 32, 48, 49])
        #expect(ranges.map(\.minimum) == [0, 4, 1, 0, 0, 2, 1, 0, 0, 1, 0, 0])
        #expect(ranges.map(\.maximum) == [9, 12, 7, 12, 4, 7, 6, 2, 4, 4, 1, 1])
    }

    @Test func `a request of an API we do not know still tells its correlation id`() throws {
        let bytes: [UInt8] = [0, 11, 0, 5, 0, 0, 0, 42, 0, 1, 0x63, 0xee]
        try reading(bytes) { reader in
            let header = try RequestHeaderView(from: &reader)
            #expect(header.key == nil && header.apiKey == 11 && header.correlationID == 42 && header.bodyPosition == 11)
        }
        reading(bytes) { reader in
            #expect(throws: WireError.unsupportedVersion(apiKey: 11, version: 5)) { try RequestHeader(from: &reader) }
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
