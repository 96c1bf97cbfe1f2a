// Which types read and write each API's bodies. The golden tests and the fuzzer of Scripts/fuzz go through this
// table, and its switches are complete: an API that is not in them does not compile.
import Wire

extension APIKey {
    var requestType: any WireMessage.Type {
        switch self {
        case .produce: ProduceRequest.self
        case .fetch: FetchRequest.self
        case .listOffsets: ListOffsetsRequest.self
        case .metadata: MetadataRequest.self
        case .offsetCommit: OffsetCommitRequest.self
        case .offsetFetch: OffsetFetchRequest.self
        case .findCoordinator: FindCoordinatorRequest.self
        case .joinGroup: JoinGroupRequest.self
        case .heartbeat: HeartbeatRequest.self
        case .leaveGroup: LeaveGroupRequest.self
        case .syncGroup: SyncGroupRequest.self
        case .describeGroups: DescribeGroupsRequest.self
        case .listGroups: ListGroupsRequest.self
        case .saslHandshake: SaslHandshakeRequest.self
        case .apiVersions: ApiVersionsRequest.self
        case .createTopics: CreateTopicsRequest.self
        case .deleteTopics: DeleteTopicsRequest.self
        case .deleteRecords: DeleteRecordsRequest.self
        case .initProducerID: InitProducerIDRequest.self
        case .offsetForLeaderEpoch: OffsetForLeaderEpochRequest.self
        case .describeConfigs: DescribeConfigsRequest.self
        case .alterConfigs: AlterConfigsRequest.self
        case .describeLogDirs: DescribeLogDirsRequest.self
        case .createPartitions: CreatePartitionsRequest.self
        case .incrementalAlterConfigs: IncrementalAlterConfigsRequest.self
        case .describeClientQuotas: DescribeClientQuotasRequest.self
        case .alterClientQuotas: AlterClientQuotasRequest.self
        case .describeCluster: DescribeClusterRequest.self
        case .describeAcls: DescribeAclsRequest.self
        case .createAcls: CreateAclsRequest.self
        case .deleteAcls: DeleteAclsRequest.self
        case .saslAuthenticate: SaslAuthenticateRequest.self
        case .describeUserScramCredentials: DescribeUserScramCredentialsRequest.self
        case .alterUserScramCredentials: AlterUserScramCredentialsRequest.self
        case .addPartitionsToTxn: AddPartitionsToTxnRequest.self
        case .addOffsetsToTxn: AddOffsetsToTxnRequest.self
        case .endTxn: EndTxnRequest.self
        case .writeTxnMarkers: WriteTxnMarkersRequest.self
        case .txnOffsetCommit: TxnOffsetCommitRequest.self
        case .deleteGroups: DeleteGroupsRequest.self
        case .offsetDelete: OffsetDeleteRequest.self
        case .describeProducers: DescribeProducersRequest.self
        case .describeTransactions: DescribeTransactionsRequest.self
        case .listTransactions: ListTransactionsRequest.self
        }
    }

    var responseType: any WireMessage.Type {
        switch self {
        case .produce: ProduceResponse.self
        case .fetch: FetchResponse.self
        case .listOffsets: ListOffsetsResponse.self
        case .metadata: MetadataResponse.self
        case .offsetCommit: OffsetCommitResponse.self
        case .offsetFetch: OffsetFetchResponse.self
        case .findCoordinator: FindCoordinatorResponse.self
        case .joinGroup: JoinGroupResponse.self
        case .heartbeat: HeartbeatResponse.self
        case .leaveGroup: LeaveGroupResponse.self
        case .syncGroup: SyncGroupResponse.self
        case .describeGroups: DescribeGroupsResponse.self
        case .listGroups: ListGroupsResponse.self
        case .saslHandshake: SaslHandshakeResponse.self
        case .apiVersions: ApiVersionsResponse.self
        case .createTopics: CreateTopicsResponse.self
        case .deleteTopics: DeleteTopicsResponse.self
        case .deleteRecords: DeleteRecordsResponse.self
        case .initProducerID: InitProducerIDResponse.self
        case .offsetForLeaderEpoch: OffsetForLeaderEpochResponse.self
        case .describeConfigs: DescribeConfigsResponse.self
        case .alterConfigs: AlterConfigsResponse.self
        case .describeLogDirs: DescribeLogDirsResponse.self
        case .createPartitions: CreatePartitionsResponse.self
        case .incrementalAlterConfigs: IncrementalAlterConfigsResponse.self
        case .describeClientQuotas: DescribeClientQuotasResponse.self
        case .alterClientQuotas: AlterClientQuotasResponse.self
        case .describeCluster: DescribeClusterResponse.self
        case .describeAcls: DescribeAclsResponse.self
        case .createAcls: CreateAclsResponse.self
        case .deleteAcls: DeleteAclsResponse.self
        case .saslAuthenticate: SaslAuthenticateResponse.self
        case .describeUserScramCredentials: DescribeUserScramCredentialsResponse.self
        case .alterUserScramCredentials: AlterUserScramCredentialsResponse.self
        case .addPartitionsToTxn: AddPartitionsToTxnResponse.self
        case .addOffsetsToTxn: AddOffsetsToTxnResponse.self
        case .endTxn: EndTxnResponse.self
        case .writeTxnMarkers: WriteTxnMarkersResponse.self
        case .txnOffsetCommit: TxnOffsetCommitResponse.self
        case .deleteGroups: DeleteGroupsResponse.self
        case .offsetDelete: OffsetDeleteResponse.self
        case .describeProducers: DescribeProducersResponse.self
        case .describeTransactions: DescribeTransactionsResponse.self
        case .listTransactions: ListTransactionsResponse.self
        }
    }
}
