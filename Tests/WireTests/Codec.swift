// One message type behind closures, so that a test can go through all of them.
import Bytes
import Vocabulary
import Wire

/// Decodes and encodes one kind of message and knows what the golden frames of it say.
struct Codec: Sendable {
    let key: APIKey
    let direction: Direction
    let type: any WireMessage.Type
    /// Decodes header and body; the body encoded again, and whether it equals what the frame should say.
    let decode: @Sendable ([UInt8], Int16) throws -> Decoded
    let matches: @Sendable (GoldenFrame) throws -> Bool

    struct Decoded {
        let bodyStart: Int
        let bodyEnd: Int
        let encoded: [UInt8]
    }

    init<Message: WireMessage>(
        _ direction: Direction, _: Message.Type, expected: @escaping @Sendable (Int16, Variant) -> Message
    ) {
        let key = Message.key
        self.key = key
        self.direction = direction
        type = Message.self
        decode = { bytes, version in
            try reading(bytes) { reader in
                try skipHeader(&reader, of: key, version, direction)
                let start = reader.position
                let message = try Message(from: &reader, version: version)
                return Decoded(
                    bodyStart: start, bodyEnd: reader.position,
                    encoded: written { message.encode(into: &$0, version: version) })
            }
        }
        matches = { frame in
            try reading(frame.bytes) { reader in
                try skipHeader(&reader, of: key, frame.version, direction)
                return try Message(from: &reader, version: frame.version) == expected(frame.version, frame.variant)
            }
        }
    }

    static let all: [Codec] = [
        Codec(.request, ApiVersionsRequest.self, expected: Expected.apiVersionsRequest),
        Codec(.response, ApiVersionsResponse.self, expected: Expected.apiVersionsResponse),
        Codec(.request, MetadataRequest.self, expected: Expected.metadataRequest),
        Codec(.response, MetadataResponse.self, expected: Expected.metadataResponse),
        Codec(.request, CreateTopicsRequest.self, expected: Expected.createTopicsRequest),
        Codec(.response, CreateTopicsResponse.self, expected: Expected.createTopicsResponse),
        Codec(.request, DeleteTopicsRequest.self, expected: Expected.deleteTopicsRequest),
        Codec(.response, DeleteTopicsResponse.self, expected: Expected.deleteTopicsResponse),
        Codec(.request, DeleteRecordsRequest.self, expected: Expected.deleteRecordsRequest),
        Codec(.response, DeleteRecordsResponse.self, expected: Expected.deleteRecordsResponse),
        Codec(.request, ProduceRequest.self, expected: Expected.produceRequest),
        Codec(.response, ProduceResponse.self, expected: Expected.produceResponse),
        Codec(.request, FetchRequest.self, expected: Expected.fetchRequest),
        Codec(.response, FetchResponse.self, expected: Expected.fetchResponse),
        Codec(.request, ListOffsetsRequest.self, expected: Expected.listOffsetsRequest),
        Codec(.response, ListOffsetsResponse.self, expected: Expected.listOffsetsResponse),
        Codec(.request, InitProducerIDRequest.self, expected: Expected.initProducerIDRequest),
        Codec(.response, InitProducerIDResponse.self, expected: Expected.initProducerIDResponse),
        Codec(.request, AddPartitionsToTxnRequest.self, expected: Expected.addPartitionsToTxnRequest),
        Codec(.response, AddPartitionsToTxnResponse.self, expected: Expected.addPartitionsToTxnResponse),
        Codec(.request, AddOffsetsToTxnRequest.self, expected: Expected.addOffsetsToTxnRequest),
        Codec(.response, AddOffsetsToTxnResponse.self, expected: Expected.addOffsetsToTxnResponse),
        Codec(.request, EndTxnRequest.self, expected: Expected.endTxnRequest),
        Codec(.response, EndTxnResponse.self, expected: Expected.endTxnResponse),
        Codec(.request, WriteTxnMarkersRequest.self, expected: Expected.writeTxnMarkersRequest),
        Codec(.response, WriteTxnMarkersResponse.self, expected: Expected.writeTxnMarkersResponse),
        Codec(.request, TxnOffsetCommitRequest.self, expected: Expected.txnOffsetCommitRequest),
        Codec(.response, TxnOffsetCommitResponse.self, expected: Expected.txnOffsetCommitResponse),
        Codec(.request, SaslHandshakeRequest.self, expected: Expected.saslHandshakeRequest),
        Codec(.response, SaslHandshakeResponse.self, expected: Expected.saslHandshakeResponse),
        Codec(.request, SaslAuthenticateRequest.self, expected: Expected.saslAuthenticateRequest),
        Codec(.response, SaslAuthenticateResponse.self, expected: Expected.saslAuthenticateResponse),
        Codec(.request, DescribeAclsRequest.self, expected: Expected.describeAclsRequest),
        Codec(.response, DescribeAclsResponse.self, expected: Expected.describeAclsResponse),
        Codec(.request, CreateAclsRequest.self, expected: Expected.createAclsRequest),
        Codec(.response, CreateAclsResponse.self, expected: Expected.createAclsResponse),
        Codec(.request, DeleteAclsRequest.self, expected: Expected.deleteAclsRequest),
        Codec(.response, DeleteAclsResponse.self, expected: Expected.deleteAclsResponse),
        Codec(.request, DescribeUserScramCredentialsRequest.self, expected: Expected.describeUserScramCredentialsRequest),
        Codec(.response, DescribeUserScramCredentialsResponse.self, expected: Expected.describeUserScramCredentialsResponse),
        Codec(.request, AlterUserScramCredentialsRequest.self, expected: Expected.alterUserScramCredentialsRequest),
        Codec(.response, AlterUserScramCredentialsResponse.self, expected: Expected.alterUserScramCredentialsResponse),
        Codec(.request, DescribeConfigsRequest.self, expected: Expected.describeConfigsRequest),
        Codec(.response, DescribeConfigsResponse.self, expected: Expected.describeConfigsResponse),
        Codec(.request, OffsetCommitRequest.self, expected: Expected.offsetCommitRequest),
        Codec(.response, OffsetCommitResponse.self, expected: Expected.offsetCommitResponse),
        Codec(.request, OffsetFetchRequest.self, expected: Expected.offsetFetchRequest),
        Codec(.response, OffsetFetchResponse.self, expected: Expected.offsetFetchResponse),
        Codec(.request, FindCoordinatorRequest.self, expected: Expected.findCoordinatorRequest),
        Codec(.response, FindCoordinatorResponse.self, expected: Expected.findCoordinatorResponse),
        Codec(.request, JoinGroupRequest.self, expected: Expected.joinGroupRequest),
        Codec(.response, JoinGroupResponse.self, expected: Expected.joinGroupResponse),
        Codec(.request, HeartbeatRequest.self, expected: Expected.heartbeatRequest),
        Codec(.response, HeartbeatResponse.self, expected: Expected.heartbeatResponse),
        Codec(.request, LeaveGroupRequest.self, expected: Expected.leaveGroupRequest),
        Codec(.response, LeaveGroupResponse.self, expected: Expected.leaveGroupResponse),
        Codec(.request, SyncGroupRequest.self, expected: Expected.syncGroupRequest),
        Codec(.response, SyncGroupResponse.self, expected: Expected.syncGroupResponse),
        Codec(.request, DescribeGroupsRequest.self, expected: Expected.describeGroupsRequest),
        Codec(.response, DescribeGroupsResponse.self, expected: Expected.describeGroupsResponse),
        Codec(.request, ListGroupsRequest.self, expected: Expected.listGroupsRequest),
        Codec(.response, ListGroupsResponse.self, expected: Expected.listGroupsResponse),
        Codec(.request, DeleteGroupsRequest.self, expected: Expected.deleteGroupsRequest),
        Codec(.response, DeleteGroupsResponse.self, expected: Expected.deleteGroupsResponse),
        Codec(.request, OffsetDeleteRequest.self, expected: Expected.offsetDeleteRequest),
        Codec(.response, OffsetDeleteResponse.self, expected: Expected.offsetDeleteResponse),
        Codec(.request, DescribeClientQuotasRequest.self, expected: Expected.describeClientQuotasRequest),
        Codec(.response, DescribeClientQuotasResponse.self, expected: Expected.describeClientQuotasResponse),
        Codec(.request, AlterClientQuotasRequest.self, expected: Expected.alterClientQuotasRequest),
        Codec(.response, AlterClientQuotasResponse.self, expected: Expected.alterClientQuotasResponse),
        Codec(.request, OffsetForLeaderEpochRequest.self, expected: Expected.offsetForLeaderEpochRequest),
        Codec(.response, OffsetForLeaderEpochResponse.self, expected: Expected.offsetForLeaderEpochResponse),
        Codec(.request, AlterConfigsRequest.self, expected: Expected.alterConfigsRequest),
        Codec(.response, AlterConfigsResponse.self, expected: Expected.alterConfigsResponse),
        Codec(.request, DescribeLogDirsRequest.self, expected: Expected.describeLogDirsRequest),
        Codec(.response, DescribeLogDirsResponse.self, expected: Expected.describeLogDirsResponse),
        Codec(.request, CreatePartitionsRequest.self, expected: Expected.createPartitionsRequest),
        Codec(.response, CreatePartitionsResponse.self, expected: Expected.createPartitionsResponse),
        Codec(.request, IncrementalAlterConfigsRequest.self, expected: Expected.incrementalAlterConfigsRequest),
        Codec(.response, IncrementalAlterConfigsResponse.self, expected: Expected.incrementalAlterConfigsResponse),
        Codec(.request, DescribeClusterRequest.self, expected: Expected.describeClusterRequest),
        Codec(.response, DescribeClusterResponse.self, expected: Expected.describeClusterResponse),
        Codec(.request, DescribeProducersRequest.self, expected: Expected.describeProducersRequest),
        Codec(.response, DescribeProducersResponse.self, expected: Expected.describeProducersResponse),
        Codec(.request, DescribeTransactionsRequest.self, expected: Expected.describeTransactionsRequest),
        Codec(.response, DescribeTransactionsResponse.self, expected: Expected.describeTransactionsResponse),
        Codec(.request, ListTransactionsRequest.self, expected: Expected.listTransactionsRequest),
        Codec(.response, ListTransactionsResponse.self, expected: Expected.listTransactionsResponse),
    ]

    static func of(_ frame: GoldenFrame) -> Codec { of(frame.key, frame.direction) }

    static func of(_ key: APIKey, _ direction: Direction) -> Codec {
        all.first { $0.key == key && $0.direction == direction }!
    }
}
