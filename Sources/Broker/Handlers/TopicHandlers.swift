// CreateTopics and DeleteTopics.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func createTopics(_ request: CreateTopicsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let (broker, access) = (broker, access)
        answerLater(header) {
            let names = request.topics.map(\.name)
            let mayCreateAll = access.isAuthorized(.create, .cluster)
            return request.topics.map { topic in
                guard mayCreateAll || access.isAuthorized(.create, .topic(topic.name)) else {
                    return refusal(topic.name, .topicAuthorizationFailed, "\(access.principal) may not create topic \(topic.name)")
                }
                let isTwice = names.filter { $0 == topic.name }.count > 1
                return isTwice
                    ? refusal(topic.name, .invalidRequest, "topic \(topic.name) stands in the request more than once")
                    : create(topic, in: broker, validateOnly: request.validateOnly)
            }
        } encode: { _, topics, writer in
            CreateTopicsResponse(topics: topics).encode(into: &writer, version: version)
        }
    }

    func deleteTopics(_ request: DeleteTopicsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let (broker, access) = (broker, access)
        answerLater(header) {
            request.topics.map { delete($0, in: broker, for: access) }
        } encode: { _, responses, writer in
            DeleteTopicsResponse(responses: responses).encode(into: &writer, version: version)
        }
    }
}

private func refusal(_ name: String, _ error: ErrorCode, _ message: String) -> CreateTopicsResponse.Topic {
    .init(name: name, errorCode: error, errorMessage: message)
}

private func create(_ topic: CreateTopicsRequest.Topic, in broker: Broker, validateOnly: Bool) -> CreateTopicsResponse.Topic {
    guard InternalTopic.named(topic.name) == nil else {
        return refusal(topic.name, .invalidTopic, "topic \(topic.name) is the broker's own, which makes it when it is needed")
    }
    guard topic.replicationFactor == 1 || topic.replicationFactor == -1 else {
        return refusal(topic.name, .invalidReplicationFactor, "replication factor \(topic.replicationFactor); there is one broker")
    }
    var partitions = topic.partitionCount == -1 ? broker.configuration.defaultPartitions : topic.partitionCount
    if !topic.assignments.isEmpty {
        guard topic.partitionCount == -1, topic.replicationFactor == -1 else {
            return refusal(topic.name, .invalidRequest, "counts and assignments exclude each other")
        }
        let indexes = topic.assignments.map(\.partitionIndex).sorted()
        guard indexes == Array(0..<Int32(indexes.count)), topic.assignments.allSatisfy({ $0.brokerIDs == [broker.storage.nodeID] }) else {
            return refusal(
                topic.name, .invalidReplicationAssignment,
                "partitions 0 to \(indexes.count - 1) on broker \(broker.storage.nodeID) alone are possible")
        }
        partitions = Int32(indexes.count)
    }
    var overrides: [String: String] = [:]
    for config in topic.configs {
        guard let value = config.value else {
            return refusal(topic.name, .invalidConfig, "\(config.name) has no value")
        }
        overrides[config.name] = value
    }
    do {
        let configuration: LogConfiguration
        let id: TopicID
        if validateOnly {
            configuration = try broker.storage.validateTopic(named: topic.name, partitionCount: partitions, overrides: overrides)
            id = .zero
        } else {
            let made = try broker.storage.createTopic(named: topic.name, partitionCount: partitions, overrides: overrides)
            configuration = try broker.storage.configuration(of: made)
            id = made.id
            broker.log.info("topic \(made.name) created with \(partitions) partitions")
        }
        let configs = configuration.entries().map { entry in
            CreateTopicsResponse.Config(
                name: entry.key, value: entry.value, source: overrides[entry.key] == nil ? ConfigSource.defaultValue : ConfigSource.dynamicTopic)
        }
        return .init(name: topic.name, topicID: id, partitionCount: partitions, replicationFactor: 1, configs: configs)
    } catch {
        return refusal(topic.name, ErrorCode(error), "\(error)")
    }
}

private func delete(_ topic: DeleteTopicsRequest.Topic, in broker: Broker, for access: Access) -> DeleteTopicsResponse.Topic {
    if let name = topic.name, !access.isAuthorized(.delete, .topic(name)) {
        return .init(name: name, topicID: topic.topicID, errorCode: .topicAuthorizationFailed)
    }
    let found = topic.name.map { broker.storage.topic(named: $0) } ?? broker.storage.topic(id: topic.topicID)
    guard let found else {
        return .init(
            name: topic.name, topicID: topic.topicID,
            errorCode: topic.name == nil ? .unknownTopicID : .unknownTopicOrPartition, errorMessage: "there is no such topic")
    }
    guard InternalTopic.named(found.name) == nil else {
        return .init(
            name: found.name, topicID: found.id, errorCode: .invalidTopic,
            errorMessage: "topic \(found.name) is the broker's own, and keeps what its clients rely on")
    }
    guard access.isAuthorized(.delete, .topic(found.name)) else {
        let isKnown = access.isAuthorized(.describe, .topic(found.name))
        return .init(name: isKnown ? found.name : nil, topicID: found.id, errorCode: .topicAuthorizationFailed)
    }
    do {
        try broker.storage.deleteTopic(named: found.name)
        broker.forgetOffsets(of: found)
        broker.log.info("topic \(found.name) deleted")
        return .init(name: found.name, topicID: found.id)
    } catch {
        return .init(name: found.name, topicID: found.id, errorCode: ErrorCode(error), errorMessage: "\(error)")
    }
}
