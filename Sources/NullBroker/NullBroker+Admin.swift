// The control plane of a null broker: any topic exists, this is its only node.
internal import Vocabulary
internal import Wire

extension NullBroker {
    func metadata(_ request: MetadataRequest) -> MetadataResponse {
        let names = request.topics?.compactMap(\.name) ?? topics.names
        return MetadataResponse(
            brokers: [.init(nodeID: 1, host: configuration.host, port: Int32(port))], clusterID: "null", controllerID: 1,
            topics: names.map { name in
                guard let partitions = topics.partitions(of: name) else {
                    return .init(errorCode: .invalidTopic, name: name, partitions: [])
                }
                return .init(
                    name: name,
                    partitions: partitions.indices.map {
                        .init(partitionIndex: Int32($0), leaderID: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1])
                    })
            })
    }

    func create(_ request: CreateTopicsRequest) -> CreateTopicsResponse {
        CreateTopicsResponse(
            topics: request.topics.map { topic in
                let (replicas, most) = (topic.replicationFactor, configuration.replicationMaximum)
                guard replicas <= most else {
                    return .init(name: topic.name, errorCode: .invalidReplicationFactor, errorMessage: "replication factor \(replicas), and \(most) at most")
                }
                let count = topic.partitionCount == -1 ? configuration.partitionCount : topic.partitionCount
                guard let made = topics.create(topic.name, count) else {
                    return .init(name: topic.name, errorCode: count < 1 ? .invalidPartitions : .topicAlreadyExists)
                }
                return .init(name: topic.name, partitionCount: Int32(made.count), replicationFactor: max(1, replicas))
            })
    }

    func delete(_ request: DeleteTopicsRequest) -> DeleteTopicsResponse {
        DeleteTopicsResponse(
            responses: request.topics.map { topic in
                let found = topic.name.map { topics.delete($0) } ?? false
                return .init(name: topic.name, errorCode: found ? .none : .unknownTopicOrPartition)
            })
    }

    func offsets(_ request: ListOffsetsRequest) -> ListOffsetsResponse {
        ListOffsetsResponse(
            topics: request.topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { asked in
                        guard let partitions = topics.partitions(of: topic.name), partitions.indices.contains(Int(asked.partitionIndex))
                        else { return .init(partitionIndex: asked.partitionIndex, errorCode: .unknownTopicOrPartition) }
                        let end = partitions[Int(asked.partitionIndex)].nextOffset
                        let offset = asked.timestamp == ListOffsetsRequest.earliestTimestamp ? 0 : end
                        return .init(partitionIndex: asked.partitionIndex, offset: offset, leaderEpoch: 0)
                    })
            })
    }
}
