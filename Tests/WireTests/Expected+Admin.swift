// What the golden frames of the admin APIs say that came behind topics and settings.
import Vocabulary
import Wire

extension Expected {
    @Sendable static func offsetForLeaderEpochRequest(_ version: Int16, _ variant: Variant) -> OffsetForLeaderEpochRequest {
        guard variant == .full else {
            let topic = OffsetForLeaderEpochRequest.Topic(name: "", partitions: three(.init(partitionIndex: 0, leaderEpoch: 0)))
            return OffsetForLeaderEpochRequest(topics: variant == .small ? three(topic) : [])
        }
        return OffsetForLeaderEpochRequest(
            replicaID: version >= 3 ? -1 : -2,
            topics: [
                .init(
                    name: "orders",
                    partitions: [
                        .init(partitionIndex: 2, currentLeaderEpoch: 6, leaderEpoch: 5),
                        .init(partitionIndex: 3, leaderEpoch: 0),
                    ]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func offsetForLeaderEpochResponse(_: Int16, _ variant: Variant) -> OffsetForLeaderEpochResponse {
        guard variant == .full else {
            let topic = OffsetForLeaderEpochResponse.Topic(name: "", partitions: three(.init(partitionIndex: 0)))
            return OffsetForLeaderEpochResponse(topics: variant == .small ? three(topic) : [])
        }
        return OffsetForLeaderEpochResponse(
            throttleMilliseconds: 1011,
            topics: [
                .init(
                    name: "orders",
                    partitions: [
                        .init(partitionIndex: 2, leaderEpoch: 5, endOffset: 1 << 47),
                        .init(errorCode: .fencedLeaderEpoch, partitionIndex: 3),
                    ]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func alterConfigsRequest(_: Int16, _ variant: Variant) -> AlterConfigsRequest {
        guard variant == .full else {
            let resource = AlterConfigsRequest.Resource(
                resourceType: 2, resourceName: "", configs: three(.init(name: "", value: nil)))
            return AlterConfigsRequest(resources: variant == .small ? three(resource) : [])
        }
        return AlterConfigsRequest(
            resources: [
                .init(
                    resourceType: ConfigResource.topic, resourceName: "orders",
                    configs: [.init(name: "cleanup.policy", value: "compact"), .init(name: long, value: nil)]),
                .init(resourceType: ConfigResource.broker, resourceName: "1", configs: []),
            ], validateOnly: true)
    }

    @Sendable static func alterConfigsResponse(_: Int16, _ variant: Variant) -> AlterConfigsResponse {
        guard variant == .full else {
            return AlterConfigsResponse(responses: variant == .small ? three(.init(resourceType: 2, resourceName: "")) : [])
        }
        return AlterConfigsResponse(
            throttleMilliseconds: 1012,
            responses: [
                .init(errorCode: .invalidConfig, errorMessage: "no such key", resourceType: 2, resourceName: "orders"),
                .init(resourceType: 4, resourceName: long),
            ])
    }

    @Sendable static func incrementalAlterConfigsRequest(_: Int16, _ variant: Variant) -> IncrementalAlterConfigsRequest {
        guard variant == .full else {
            let resource = IncrementalAlterConfigsRequest.Resource(
                resourceType: 2, resourceName: "", configs: three(.init(name: "", operation: ConfigOperation.set, value: nil)))
            return IncrementalAlterConfigsRequest(resources: variant == .small ? three(resource) : [])
        }
        return IncrementalAlterConfigsRequest(
            resources: [
                .init(
                    resourceType: ConfigResource.topic, resourceName: "orders",
                    configs: [
                        .init(name: "cleanup.policy", operation: ConfigOperation.append, value: "compact"),
                        .init(name: long, operation: ConfigOperation.delete, value: nil),
                    ]),
                .init(resourceType: ConfigResource.broker, resourceName: "1", configs: []),
            ], validateOnly: true)
    }

    @Sendable static func incrementalAlterConfigsResponse(_: Int16, _ variant: Variant) -> IncrementalAlterConfigsResponse {
        guard variant == .full else {
            return IncrementalAlterConfigsResponse(
                responses: variant == .small ? three(.init(resourceType: 2, resourceName: "")) : [])
        }
        return IncrementalAlterConfigsResponse(
            throttleMilliseconds: 1013,
            responses: [
                .init(errorCode: .invalidRequest, errorMessage: "read-only", resourceType: 4, resourceName: "1"),
                .init(resourceType: 2, resourceName: long),
            ])
    }

    @Sendable static func describeLogDirsRequest(_: Int16, _ variant: Variant) -> DescribeLogDirsRequest {
        switch variant {
        case .empty: DescribeLogDirsRequest(topics: nil)
        case .small: DescribeLogDirsRequest(topics: three(.init(name: "", partitions: [])))
        case .full:
            DescribeLogDirsRequest(topics: [.init(name: "orders", partitions: [1, 2, 3]), .init(name: long, partitions: [])])
        }
    }

    @Sendable static func describeLogDirsResponse(_ version: Int16, _ variant: Variant) -> DescribeLogDirsResponse {
        guard variant == .full else {
            let partition = DescribeLogDirsResponse.Partition(partitionIndex: 0, sizeBytes: 0, offsetLag: 0)
            let directory = DescribeLogDirsResponse.Directory(
                path: "", topics: three(.init(name: "", partitions: three(partition))))
            return DescribeLogDirsResponse(results: variant == .small ? three(directory) : [])
        }
        return DescribeLogDirsResponse(
            throttleMilliseconds: 1014, errorCode: version >= 3 ? .clusterAuthorizationFailed : .none,
            results: [
                .init(
                    path: "/data/1",
                    topics: [
                        .init(
                            name: "orders",
                            partitions: [
                                .init(partitionIndex: 2, sizeBytes: 1 << 40, offsetLag: 7, isFuture: true),
                                .init(partitionIndex: 3, sizeBytes: 0, offsetLag: 0),
                            ]),
                        .init(name: long, partitions: []),
                    ], totalBytes: version >= 4 ? 1 << 48 : -1, usableBytes: version >= 4 ? 1 << 47 : -1),
                .init(errorCode: .kafkaStorageError, path: "/data/2"),
            ])
    }

    @Sendable static func createPartitionsRequest(_: Int16, _ variant: Variant) -> CreatePartitionsRequest {
        guard variant == .full else {
            let topic = CreatePartitionsRequest.Topic(name: "", count: 0, assignments: three(.init(brokerIDs: [])))
            return CreatePartitionsRequest(topics: variant == .small ? three(topic) : [], timeoutMilliseconds: 0)
        }
        return CreatePartitionsRequest(
            topics: [
                .init(name: "orders", count: 12, assignments: [.init(brokerIDs: [2, 3, 4]), .init(brokerIDs: [])]),
                .init(name: long, count: 3),
            ], timeoutMilliseconds: 30005, validateOnly: true)
    }

    @Sendable static func createPartitionsResponse(_: Int16, _ variant: Variant) -> CreatePartitionsResponse {
        guard variant == .full else {
            return CreatePartitionsResponse(results: variant == .small ? three(.init(name: "")) : [])
        }
        return CreatePartitionsResponse(
            throttleMilliseconds: 1015,
            results: [.init(name: "orders", errorCode: .invalidPartitions, errorMessage: "not more"), .init(name: long)])
    }

    @Sendable static func describeClusterRequest(_ version: Int16, _ variant: Variant) -> DescribeClusterRequest {
        guard variant == .full else { return DescribeClusterRequest() }
        return DescribeClusterRequest(
            includeAuthorizedOperations: true,
            endpointType: version >= 1 ? DescribeClusterRequest.controllerEndpoints : DescribeClusterRequest.brokerEndpoints)
    }

    @Sendable static func describeClusterResponse(_ version: Int16, _ variant: Variant) -> DescribeClusterResponse {
        guard variant == .full else {
            return DescribeClusterResponse(brokers: variant == .small ? three(.init(nodeID: 0, host: "", port: 0)) : [])
        }
        return DescribeClusterResponse(
            throttleMilliseconds: 1016, errorCode: .unsupportedEndpointType, errorMessage: "no controllers",
            endpointType: version >= 1 ? DescribeClusterRequest.controllerEndpoints : DescribeClusterRequest.brokerEndpoints,
            clusterID: "cluster-α", controllerID: 3,
            brokers: [
                .init(nodeID: 1, host: "127.0.0.1", port: 9092, rack: "rack-a"), .init(nodeID: 2, host: "::1", port: 65535),
            ], authorizedOperations: 4095)
    }
}
