// Metadata: the topics, their partitions, and where to connect.
internal import Bytes
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func metadata(_ request: MetadataRequest, _ header: RequestHeaderView) {
        let version = header.version
        if let refused = refusedIDs(in: request, version) { return answer(header) { refused.encode(into: &$0, version: version) } }
        let request = request.cleared(version)
        let missing = request.allowAutoTopicCreation && broker.inForce.createsTopics ? missingNames(request) : []
        let (wanted, forbidden) = creatable(missing)
        guard !wanted.isEmpty else {
            let response = describe(request, refused: forbidden)
            return answer(header) { response.encode(into: &$0, version: version) }
        }
        // Creating waits for the disk, so the answer waits too; it then has the topics in it.
        let broker = broker
        answerLater(header) {
            var refused = forbidden
            for name in wanted {
                do throws(StorageError) {
                    if let topic = InternalTopic.named(name) {
                        try broker.ensure(topic)
                        continue
                    }
                    _ = try broker.storage.createTopic(named: name, partitionCount: broker.inForce.defaultPartitions)
                    broker.log.info("topic \(name) created because a client asked for it")
                } catch {
                    if case .topicExists = error { continue }
                    refused[name] = ErrorCode(error)
                }
            }
            return refused
        } encode: { client, refused, writer in
            client.describe(request, refused: refused).encode(into: &writer, version: version)
        }
    }

    /// Versions 10 and 11 have a place for ids and Kafka takes none there: the whole request is refused.
    private func refusedIDs(in request: MetadataRequest, _ version: Int16) -> MetadataResponse? {
        guard version < 12, let topics = request.topics, topics.contains(where: { $0.name == nil || $0.topicID != .zero }) else { return nil }
        return MetadataResponse(
            brokers: [], clusterID: nil,
            topics: topics.map { .init(errorCode: .invalidRequest, name: $0.name ?? "", topicID: $0.topicID, partitions: []) })
    }

    private func missingNames(_ request: MetadataRequest) -> [String] {
        (request.topics ?? []).compactMap(\.name).filter { isVisible($0) && broker.storage.topic(named: $0) == nil }
    }

    /// Whether the client may know of a topic, or that there is none.
    private func isVisible(_ name: String) -> Bool { isAuthorized(.describe, .topic(name)) }

    /// Those topics that the client may create, and the errors of those that it may not.
    private func creatable(_ names: [String]) -> (wanted: [String], forbidden: [String: ErrorCode]) {
        if names.isEmpty || isAuthorized(.create, .cluster) { return (names, [:]) }
        var (wanted, forbidden): ([String], [String: ErrorCode]) = ([], [:])
        for name in names {
            if isAuthorized(.create, .topic(name)) { wanted.append(name) } else { forbidden[name] = .topicAuthorizationFailed }
        }
        return (wanted, forbidden)
    }

    /// - Parameter refused: why topics could not be made just now.
    private func describe(_ request: MetadataRequest, refused: [String: ErrorCode] = [:]) -> MetadataResponse {
        let storage = broker.storage
        let topics: [MetadataResponse.Topic]
        if let wanted = request.topics {
            topics = wanted.map { topic in
                if let name = topic.name {
                    guard isVisible(name) else { return .init(errorCode: .topicAuthorizationFailed, name: name, partitions: []) }
                    if let found = storage.topic(named: name) { return describe(found, request) }
                    let isPossible = Storage.fault(ofTopicName: name) == nil
                    return .init(errorCode: refused[name] ?? (isPossible ? .unknownTopicOrPartition : .invalidTopic), name: name, partitions: [])
                }
                if let found = storage.topic(id: topic.topicID), isVisible(found.name) { return describe(found, request) }
                return .init(errorCode: .unknownTopicID, name: nil, topicID: topic.topicID, partitions: [])
            }
        } else {
            topics = storage.topics().filter { isVisible($0.name) }.map { describe($0, request) }
        }
        let endpoint = broker.endpoint(reachedBy: self)
        return MetadataResponse(
            brokers: [.init(nodeID: storage.nodeID, host: endpoint.host, port: Int32(endpoint.port))],
            clusterID: storage.clusterID, controllerID: storage.nodeID, topics: topics,
            clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? access.operations(on: .cluster) : .min)
    }

    private func describe(_ topic: TopicDescription, _ request: MetadataRequest) -> MetadataResponse.Topic {
        let node = broker.storage.nodeID
        let offline = broker.storage.offlinePartitions(of: topic)
        return .init(
            name: topic.name, topicID: topic.id, isInternal: InternalTopic.named(topic.name) != nil,
            partitions: (0..<topic.partitionCount).map { partition in
                guard offline.contains(partition) else {
                    return .init(partitionIndex: partition, leaderID: node, leaderEpoch: 0, replicaNodes: [node], isrNodes: [node])
                }
                // As Kafka tells of a partition whose only replica is in a log directory that failed.
                return .init(
                    errorCode: .leaderNotAvailable, partitionIndex: partition, leaderID: -1, leaderEpoch: 0,
                    replicaNodes: [node], isrNodes: [node], offlineReplicas: [node])
            },
            topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? access.operations(on: .topic(topic.name)) : .min)
    }

    /// Does `work` on the control thread, which may wait for the disk, and answers in this request's turn.
    func answerLater<Outcome: Sendable>(
        _ header: RequestHeaderView, _ work: @escaping @Sendable () -> Outcome,
        encode: @escaping (ClientConnection, Outcome, inout ByteWriter) -> Void
    ) {
        guard let key = header.key else { return }
        let version = header.version
        let correlationID = header.correlationID
        let slot = wait()
        slot.expect(1)
        let bound = LoopBound(slot)
        let write = LoopBound(encode)
        broker.control.enqueue { [loop = shard.loop] in
            let outcome = work()
            loop.post {
                let slot = bound.value
                if let client = slot.client {
                    slot.parts.begin(key, version, correlationID)
                    write.value(client, outcome, &slot.parts.bytes)
                    slot.parts.end()
                }
                slot.finishOne()
            }
        }
    }
}

extension MetadataRequest {
    /// The same, with each topic once: an answer is as large as a topic has partitions. Version 0 asks for all topics by
    /// naming none.
    fileprivate func cleared(_ version: Int16) -> MetadataRequest {
        var cleared = self
        if version == 0, topics?.isEmpty == true { cleared.topics = nil }
        var seen: Set<Topic.Identity> = []
        cleared.topics = cleared.topics?.filter { seen.insert(Topic.Identity(id: $0.topicID, name: $0.name)).inserted }
        return cleared
    }
}

extension MetadataRequest.Topic {
    fileprivate struct Identity: Hashable {
        let id: TopicID
        let name: String?
    }
}
