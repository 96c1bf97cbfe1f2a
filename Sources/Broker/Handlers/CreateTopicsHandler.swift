// CreateTopics: each topic of a request is made, or refused with its reason.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func createTopics(_ request: CreateTopicsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let (broker, access) = (broker, access)
        answerLater(header) {
            var counts: [String: Int] = [:]
            for topic in request.topics { counts[topic.name, default: 0] += 1 }
            let mayCreateAll = access.isAuthorized(.create, .cluster)
            return request.topics.map { topic in
                guard mayCreateAll || access.isAuthorized(.create, .topic(topic.name)) else {
                    return refusal(topic.name, .topicAuthorizationFailed, "\(access.principal) may not create topic \(topic.name)")
                }
                guard counts[topic.name] == 1 else {
                    return refusal(topic.name, .invalidRequest, "topic \(topic.name) stands in the request more than once")
                }
                var created = create(topic, in: broker, validateOnly: request.validateOnly)
                if created.errorCode == .none, !access.isAuthorized(.describeConfigs, .topic(topic.name)) { created.hideConfigs() }
                return created
            }
        } encode: { _, topics, writer in
            CreateTopicsResponse(topics: topics).encode(into: &writer, version: version)
        }
    }
}

extension CreateTopicsResponse.Topic {
    /// The client may make a topic and not look at it.
    fileprivate mutating func hideConfigs() {
        topicConfigErrorCode = .topicAuthorizationFailed
        partitionCount = -1
        replicationFactor = -1
        configs = nil
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
    var partitions = topic.partitionCount == -1 ? broker.inForce.defaultPartitions : topic.partitionCount
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
        guard overrides.updateValue(value, forKey: config.name) == nil else {
            return refusal(topic.name, .invalidConfig, "\(config.name) stands in the request more than once")
        }
    }
    do {
        let configuration: LogConfiguration
        var id = TopicID.zero
        if validateOnly {
            configuration = try broker.storage.validateTopic(named: topic.name, partitionCount: partitions, overrides: overrides)
        } else {
            let made = try broker.storage.createTopic(named: topic.name, partitionCount: partitions, overrides: overrides)
            (configuration, id) = (made.configuration, made.id)
            broker.log.info("topic \(made.name) created with \(partitions) partitions")
        }
        let view = ConfigView(settings: broker.settings, storage: broker.storage)
        let configs = view.configs(of: configuration, overrides: overrides).map { config in
            CreateTopicsResponse.Config(
                name: config.name, value: config.value, isReadOnly: config.isReadOnly, source: config.source,
                isSensitive: config.isSensitive)
        }
        return .init(name: topic.name, topicID: id, partitionCount: partitions, replicationFactor: 1, configs: configs)
    } catch {
        return refusal(topic.name, ErrorCode(error), "\(error)")
    }
}
