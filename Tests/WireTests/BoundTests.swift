// The bound on what a frame can make a decoder hold rests on each element's smallest size being right.
import Bytes
import Testing
import Vocabulary
@testable import Wire

/// One kind of array element: its smallest form, measured and claimed.
private struct Element {
    let name: String
    /// The fewest bytes that its empty form takes at any version.
    let measured: Int
    let claimed: Int
    let sizeInMemory: Int

    init<Struct: WireStruct>(_ key: APIKey, from first: Int16? = nil, _ empty: Struct) {
        name = String(reflecting: Struct.self)
        claimed = Struct.minimumSize
        sizeInMemory = MemoryLayout<Struct>.stride
        let versions = APIVersions.of(key)
        measured = ((first ?? versions.minimum)...versions.maximum).map { version in
            var fields = FieldWriter(ByteWriter(), version: version, isFlexible: key.isFlexible(version))
            empty.encode(into: &fields)
            return fields.finish().count
        }.min()!
    }

    static let all: [Element] = [
        Element(.apiVersions, ApiVersionsResponse.APIRange(apiKey: 0, minimum: 0, maximum: 0)),
        Element(.apiVersions, from: 3, ApiVersionsResponse.SupportedFeature(name: "", minimum: 0, maximum: 0)),
        Element(.apiVersions, from: 3, ApiVersionsResponse.FinalizedFeature(name: "", maximumLevel: 0, minimumLevel: 0)),
        Element(.metadata, MetadataRequest.Topic(name: "")),
        Element(.metadata, MetadataResponse.Broker(nodeID: 0, host: "", port: 0)),
        Element(.metadata, MetadataResponse.Topic(name: "", partitions: [])),
        Element(.metadata, MetadataResponse.Partition(partitionIndex: 0, leaderID: 0, replicaNodes: [], isrNodes: [])),
        Element(.createTopics, CreateTopicsRequest.Topic(name: "")),
        Element(.createTopics, CreateTopicsRequest.Assignment(partitionIndex: 0, brokerIDs: [])),
        Element(.createTopics, CreateTopicsRequest.Config(name: "", value: nil)),
        Element(.createTopics, CreateTopicsResponse.Topic(name: "")),
        Element(.createTopics, from: 5, CreateTopicsResponse.Config(name: "", value: nil)),
        Element(.deleteTopics, from: 6, DeleteTopicsRequest.Topic(name: nil)),
        Element(.deleteTopics, DeleteTopicsResponse.Topic(name: "")),
        Element(.deleteRecords, DeleteRecordsRequest.Topic(name: "", partitions: [])),
        Element(.deleteRecords, DeleteRecordsRequest.Partition(partitionIndex: 0, offset: 0)),
        Element(.deleteRecords, DeleteRecordsResponse.Topic(name: "", partitions: [])),
        Element(.deleteRecords, DeleteRecordsResponse.Partition(partitionIndex: 0)),
        Element(.produce, ProduceRequest.Topic(name: "", partitions: [])),
        Element(.produce, ProduceRequest.Partition(index: 0, records: nil)),
        Element(.produce, ProduceResponse.Topic(name: "", partitions: [])),
        Element(.produce, ProduceResponse.Partition(index: 0)),
        Element(.produce, from: 8, ProduceResponse.RecordError(batchIndex: 0, message: nil)),
        Element(.fetch, FetchRequest.Topic(name: "", partitions: [])),
        Element(.fetch, FetchRequest.Partition(partition: 0, fetchOffset: 0, partitionMaxBytes: 0)),
        Element(.fetch, from: 7, FetchRequest.ForgottenTopic(name: "", partitions: [])),
        Element(.fetch, FetchResponse.Topic(name: "", partitions: [])),
        Element(.fetch, FetchResponse.Partition(index: 0, highWatermark: 0, records: nil)),
        Element(.fetch, FetchResponse.AbortedTransaction(producerID: 0, firstOffset: 0)),
        Element(.listOffsets, ListOffsetsRequest.Topic(name: "", partitions: [])),
        Element(.listOffsets, ListOffsetsRequest.Partition(partitionIndex: 0, timestamp: 0)),
        Element(.listOffsets, ListOffsetsResponse.Topic(name: "", partitions: [])),
        Element(.listOffsets, ListOffsetsResponse.Partition(partitionIndex: 0)),
        Element(.findCoordinator, from: 4, FindCoordinatorResponse.Coordinator()),
        Element(.joinGroup, JoinGroupRequest.MemberProtocol(name: "", metadata: [])),
        Element(.joinGroup, JoinGroupResponse.Member(memberID: "", metadata: [])),
        Element(.leaveGroup, from: 3, LeaveGroupRequest.Member(memberID: "")),
        Element(.leaveGroup, from: 3, LeaveGroupResponse.Member(memberID: "")),
        Element(.syncGroup, SyncGroupRequest.Assignment(memberID: "", assignment: [])),
        Element(.offsetCommit, OffsetCommitRequest.Topic(name: "", partitions: [])),
        Element(.offsetCommit, OffsetCommitRequest.Partition(partitionIndex: 0, offset: 0)),
        Element(.offsetCommit, OffsetCommitResponse.Topic(name: "", partitions: [])),
        Element(.offsetCommit, OffsetCommitResponse.Partition(partitionIndex: 0)),
        Element(.offsetFetch, from: 8, OffsetFetchRequest.Group(groupID: "", topics: [])),
        Element(.offsetFetch, OffsetFetchRequest.Topic(name: "", partitionIndexes: [])),
        Element(.offsetFetch, from: 8, OffsetFetchResponse.Group(topics: [])),
        Element(.offsetFetch, OffsetFetchResponse.Topic(name: "", partitions: [])),
        Element(.offsetFetch, OffsetFetchResponse.Partition(partitionIndex: 0)),
        Element(.describeGroups, DescribeGroupsResponse.Group(groupID: "")),
        Element(.describeGroups, DescribeGroupsResponse.Member(memberID: "", clientID: "", clientHost: "")),
        Element(.listGroups, ListGroupsResponse.Group(groupID: "", protocolType: "")),
        Element(.deleteGroups, DeleteGroupsResponse.Result(groupID: "")),
        Element(.offsetDelete, OffsetDeleteRequest.Topic(name: "", partitions: [])),
        Element(.offsetDelete, OffsetDeleteRequest.Partition(partitionIndex: 0)),
        Element(.offsetDelete, OffsetDeleteResponse.Topic(name: "", partitions: [])),
        Element(.offsetDelete, OffsetDeleteResponse.Partition(partitionIndex: 0)),
        Element(.describeConfigs, DescribeConfigsRequest.Resource(resourceType: 0, resourceName: "", configurationKeys: nil)),
        Element(.describeConfigs, DescribeConfigsResponse.Result(resourceType: 0, resourceName: "", configs: [])),
        Element(.describeConfigs, DescribeConfigsResponse.Config(name: "", value: nil, source: 0)),
        Element(.describeConfigs, DescribeConfigsResponse.Synonym(name: "", value: nil, source: 0)),
        Element(.describeClientQuotas, DescribeClientQuotasRequest.Component(entityType: "", matchType: 0)),
        Element(.describeClientQuotas, DescribeClientQuotasResponse.Entry(entity: [], values: [])),
        Element(.describeClientQuotas, DescribeClientQuotasResponse.Value(key: "", value: 0)),
        Element(.describeClientQuotas, QuotaEntityPart(type: "", name: nil)),
        Element(.alterClientQuotas, AlterClientQuotasRequest.Entry(entity: [], operations: [])),
        Element(.alterClientQuotas, AlterClientQuotasRequest.Operation(key: "", value: 0)),
        Element(.alterClientQuotas, AlterClientQuotasResponse.Entry(entity: [])),
        Element(.offsetForLeaderEpoch, OffsetForLeaderEpochRequest.Topic(name: "", partitions: [])),
        Element(.offsetForLeaderEpoch, OffsetForLeaderEpochRequest.Partition(partitionIndex: 0, leaderEpoch: 0)),
        Element(.offsetForLeaderEpoch, OffsetForLeaderEpochResponse.Topic(name: "", partitions: [])),
        Element(.offsetForLeaderEpoch, OffsetForLeaderEpochResponse.Partition(partitionIndex: 0)),
        Element(.alterConfigs, AlterConfigsRequest.Resource(resourceType: 0, resourceName: "", configs: [])),
        Element(.alterConfigs, AlterConfigsRequest.Config(name: "", value: nil)),
        Element(.alterConfigs, AlterConfigsResponse.Resource(resourceType: 0, resourceName: "")),
        Element(.describeLogDirs, DescribeLogDirsRequest.Topic(name: "", partitions: [])),
        Element(.describeLogDirs, DescribeLogDirsResponse.Directory(path: "")),
        Element(.describeLogDirs, DescribeLogDirsResponse.Topic(name: "", partitions: [])),
        Element(.describeLogDirs, DescribeLogDirsResponse.Partition(partitionIndex: 0, sizeBytes: 0, offsetLag: 0)),
        Element(.createPartitions, CreatePartitionsRequest.Topic(name: "", count: 0)),
        Element(.createPartitions, CreatePartitionsRequest.Assignment(brokerIDs: [])),
        Element(.createPartitions, CreatePartitionsResponse.Topic(name: "")),
        Element(.incrementalAlterConfigs, IncrementalAlterConfigsRequest.Resource(resourceType: 0, resourceName: "", configs: [])),
        Element(.incrementalAlterConfigs, IncrementalAlterConfigsRequest.Config(name: "", operation: 0, value: nil)),
        Element(.incrementalAlterConfigs, IncrementalAlterConfigsResponse.Resource(resourceType: 0, resourceName: "")),
        Element(.describeCluster, DescribeClusterResponse.Broker(nodeID: 0, host: "", port: 0)),
        Element(.addPartitionsToTxn, TopicPartitions(name: "", partitions: [])),
        Element(.addPartitionsToTxn, TopicErrors(name: "", partitions: [])),
        Element(.addPartitionsToTxn, TopicErrors.Partition(partitionIndex: 0)),
        Element(
            .writeTxnMarkers,
            WriteTxnMarkersRequest.Marker(producerID: 0, producerEpoch: 0, isCommit: false, topics: [], coordinatorEpoch: 0)),
        Element(.writeTxnMarkers, WriteTxnMarkersResponse.Marker(producerID: 0, topics: [])),
        Element(.txnOffsetCommit, TxnOffsetCommitRequest.Topic(name: "", partitions: [])),
        Element(.txnOffsetCommit, TxnOffsetCommitRequest.Partition(partitionIndex: 0, committedOffset: 0)),
        Element(.describeProducers, DescribeProducersResponse.Topic(name: "", partitions: [])),
        Element(.describeProducers, DescribeProducersResponse.Partition(partitionIndex: 0)),
        Element(.describeProducers, DescribeProducersResponse.Producer(producerID: 0, producerEpoch: 0, coordinatorEpoch: 0)),
        Element(.describeTransactions, DescribeTransactionsResponse.Transaction(transactionalID: "")),
        Element(.listTransactions, ListTransactionsResponse.Transaction(transactionalID: "", producerID: 0, state: "")),
    ]
}

@Suite struct BoundTests {
    @Test func `the smallest size an element claims is the smallest it has`() {
        for element in Element.all {
            // Larger would refuse frames that are right; smaller would loosen the bound.
            #expect(element.measured == element.claimed, "\(element.name)")
        }
    }

    @Test func `no element takes more than sixteen times as much memory as frame`() {
        for element in Element.all {
            #expect(element.sizeInMemory <= 16 * element.claimed, "\(element.name)")
        }
    }

    /// A name of one byte becomes a topic by name or id: the worst there is, and twice the others' bound.
    @Test func `the densest frame, empty compact names, takes no more than 32 times its size`() throws {
        let count = 65_000
        let frame = written { $0.arrayCount(count, isFlexible: true) } + [UInt8](repeating: 1, count: count) + [0, 0, 0, 0, 0]
        let request = try reading(frame) { try DeleteTopicsRequest(from: &$0, version: 4) }
        #expect(request.topics.count == count)
        #expect(request.topics.capacity * MemoryLayout<DeleteTopicsRequest.Topic>.stride <= 33 * frame.count)
    }
}
