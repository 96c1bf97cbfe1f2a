// What the golden frames of the topic and config APIs say.
import Vocabulary
import Wire

extension Expected {
    @Sendable static func metadataRequest(_ version: Int16, _ variant: Variant) -> MetadataRequest {
        switch variant {
        case .empty: return MetadataRequest(topics: version >= 1 ? nil : [])
        case .small: return MetadataRequest(topics: three(.init(name: version >= 10 ? nil : "")))
        case .full:
            return MetadataRequest(
                topics: [.init(topicID: version >= 10 ? id : .zero, name: "orders"), .init(name: long)],
                allowAutoTopicCreation: version < 4,
                includeClusterAuthorizedOperations: (8...10).contains(version),
                includeTopicAuthorizedOperations: version >= 8)
        }
    }

    @Sendable static func metadataResponse(_ version: Int16, _ variant: Variant) -> MetadataResponse {
        switch variant {
        case .empty: return MetadataResponse(brokers: [], clusterID: nil, topics: [])
        case .small:
            let partition = MetadataResponse.Partition(
                partitionIndex: 0, leaderID: 0, leaderEpoch: version >= 7 ? 0 : -1, replicaNodes: [], isrNodes: [])
            let topic = MetadataResponse.Topic(name: version >= 12 ? nil : "", partitions: three(partition))
            return MetadataResponse(brokers: [], clusterID: nil, topics: [topic])
        case .full:
            return MetadataResponse(
                throttleMilliseconds: version >= 3 ? 1002 : 0,
                brokers: [
                    .init(nodeID: 1, host: "127.0.0.1", port: 9092, rack: version >= 1 ? "rack-a" : nil),
                    .init(nodeID: 2, host: "::1", port: 65535),
                ],
                clusterID: version >= 2 ? "cluster-α" : nil, controllerID: version >= 1 ? 3 : -1,
                topics: metadataTopics(version),
                clusterAuthorizedOperations: (8...10).contains(version) ? 4095 : .min)
        }
    }

    private static func metadataTopics(_ version: Int16) -> [MetadataResponse.Topic] {
        [
            .init(
                name: "orders", topicID: version >= 10 ? id : .zero, isInternal: version >= 1,
                partitions: [
                    .init(
                        errorCode: .replicaNotAvailable, partitionIndex: 4, leaderID: 1,
                        leaderEpoch: version >= 7 ? 6 : -1, replicaNodes: [1, 2], isrNodes: [2],
                        offlineReplicas: version >= 5 ? [7, 8, 9] : []),
                    .init(
                        errorCode: .leaderNotAvailable, partitionIndex: 5, leaderID: -1, replicaNodes: [], isrNodes: []),
                ],
                topicAuthorizedOperations: version >= 8 ? 248 : .min),
            .init(errorCode: .unknownTopicOrPartition, name: long, partitions: []),
        ]
    }

    @Sendable static func createTopicsRequest(_: Int16, _ variant: Variant) -> CreateTopicsRequest {
        switch variant {
        case .empty: return CreateTopicsRequest(topics: [])
        case .small:
            let topic = CreateTopicsRequest.Topic(
                name: "", assignments: three(.init(partitionIndex: 0, brokerIDs: [])),
                configs: three(.init(name: "", value: nil)))
            return CreateTopicsRequest(topics: three(topic))
        case .full:
            return CreateTopicsRequest(
                topics: [
                    .init(
                        name: "orders", partitionCount: 12, replicationFactor: 3,
                        assignments: [.init(partitionIndex: 1, brokerIDs: [2, 3, 4])],
                        configs: [
                            .init(name: "cleanup.policy", value: "compact"), .init(name: "retention.ms", value: nil),
                        ])
                ], timeoutMilliseconds: 30001, validateOnly: true)
        }
    }

    @Sendable static func createTopicsResponse(_ version: Int16, _ variant: Variant) -> CreateTopicsResponse {
        switch variant {
        case .empty: return CreateTopicsResponse(topics: [])
        case .small:
            let topic = CreateTopicsResponse.Topic(name: "", configs: version >= 5 ? nil : [])
            var last = topic
            last.configs = version >= 5 ? three(.init(name: "", value: nil)) : []
            return CreateTopicsResponse(topics: [topic, topic, last])
        case .full:
            var topic = CreateTopicsResponse.Topic(
                name: "orders", topicID: version >= 7 ? id : .zero, errorCode: .topicAlreadyExists,
                errorMessage: "already there")
            if version >= 5 {
                topic.topicConfigErrorCode = .topicAuthorizationFailed
                topic.partitionCount = 12
                topic.replicationFactor = 3
                topic.configs = [
                    .init(
                        name: "segment.bytes", value: "1073741824", isReadOnly: true, source: ConfigSource.defaultValue,
                        isSensitive: true)
                ]
            }
            return CreateTopicsResponse(throttleMilliseconds: 1003, topics: [topic])
        }
    }

    @Sendable static func deleteTopicsRequest(_ version: Int16, _ variant: Variant) -> DeleteTopicsRequest {
        switch variant {
        case .empty: return DeleteTopicsRequest(topics: [], timeoutMilliseconds: 0)
        case .small:
            return DeleteTopicsRequest(topics: three(.init(name: version >= 6 ? nil : "")), timeoutMilliseconds: 0)
        case .full:
            return DeleteTopicsRequest(
                topics: [.init(name: "orders"), version >= 6 ? .init(name: nil, topicID: id) : .init(name: long)],
                timeoutMilliseconds: 30002)
        }
    }

    @Sendable static func deleteTopicsResponse(_ version: Int16, _ variant: Variant) -> DeleteTopicsResponse {
        switch variant {
        case .empty: return DeleteTopicsResponse(responses: [])
        case .small: return DeleteTopicsResponse(responses: three(.init(name: version >= 6 ? nil : "")))
        case .full:
            return DeleteTopicsResponse(
                throttleMilliseconds: 1004,
                responses: [
                    .init(
                        name: "orders", topicID: version >= 6 ? id : .zero, errorCode: .unknownTopicOrPartition,
                        errorMessage: version >= 5 ? "no such topic" : nil),
                    .init(name: long),
                ])
        }
    }

    @Sendable static func deleteRecordsRequest(_: Int16, _ variant: Variant) -> DeleteRecordsRequest {
        switch variant {
        case .empty: return DeleteRecordsRequest(topics: [], timeoutMilliseconds: 0)
        case .small:
            let topic = DeleteRecordsRequest.Topic(name: "", partitions: three(.init(partitionIndex: 0, offset: 0)))
            return DeleteRecordsRequest(topics: three(topic), timeoutMilliseconds: 0)
        case .full:
            return DeleteRecordsRequest(
                topics: [
                    .init(name: "orders", partitions: [.init(partitionIndex: 3, offset: 1 << 40), .init(partitionIndex: 4, offset: -1)]),
                    .init(name: long, partitions: []),
                ], timeoutMilliseconds: 30004)
        }
    }

    @Sendable static func deleteRecordsResponse(_: Int16, _ variant: Variant) -> DeleteRecordsResponse {
        switch variant {
        case .empty: return DeleteRecordsResponse(topics: [])
        case .small:
            return DeleteRecordsResponse(topics: three(.init(name: "", partitions: three(.init(partitionIndex: 0, lowWatermark: 0)))))
        case .full:
            return DeleteRecordsResponse(
                throttleMilliseconds: 1010,
                topics: [
                    .init(
                        name: "orders",
                        partitions: [
                            .init(partitionIndex: 3, lowWatermark: 1 << 41),
                            .init(partitionIndex: 4, errorCode: .offsetOutOfRange),
                        ]),
                    .init(name: long, partitions: []),
                ])
        }
    }

    @Sendable static func describeConfigsRequest(_ version: Int16, _ variant: Variant) -> DescribeConfigsRequest {
        guard variant == .full else {
            let resource = DescribeConfigsRequest.Resource(resourceType: 2, resourceName: "", configurationKeys: [])
            return DescribeConfigsRequest(resources: variant == .small ? three(resource) : [])
        }
        return DescribeConfigsRequest(
            resources: [
                .init(
                    resourceType: ConfigResource.topic, resourceName: "orders",
                    configurationKeys: ["cleanup.policy", long]),
                .init(resourceType: ConfigResource.broker, resourceName: "1", configurationKeys: nil),
            ], includeSynonyms: true, includeDocumentation: version >= 3)
    }

    @Sendable static func describeConfigsResponse(_ version: Int16, _ variant: Variant) -> DescribeConfigsResponse {
        guard variant == .full else {
            let config = DescribeConfigsResponse.Config(
                name: "", value: nil, source: 0, synonyms: three(.init(name: "", value: nil, source: 0)))
            let result = DescribeConfigsResponse.Result(resourceType: 2, resourceName: "", configs: three(config))
            return DescribeConfigsResponse(results: variant == .small ? three(result) : [])
        }
        return DescribeConfigsResponse(
            throttleMilliseconds: 1009,
            results: [
                .init(
                    resourceType: 2, resourceName: "orders",
                    configs: [
                        .init(
                            name: "retention.ms", value: "604800000", isReadOnly: true,
                            source: ConfigSource.defaultValue, isSensitive: true,
                            synonyms: [
                                .init(name: "log.retention.ms", value: "1", source: ConfigSource.staticBroker),
                                .init(name: "log.retention.hours", value: nil, source: ConfigSource.defaultValue),
                            ], configType: version >= 3 ? ConfigType.int64 : 0,
                            documentation: version >= 3 ? "how long" : nil),
                        .init(
                            name: "secret", value: nil, source: ConfigSource.dynamicTopic,
                            configType: version >= 3 ? ConfigType.password : 0),
                    ]),
                .init(
                    errorCode: .topicAuthorizationFailed, errorMessage: "not allowed", resourceType: 4,
                    resourceName: "1", configs: []),
            ])
    }
}
