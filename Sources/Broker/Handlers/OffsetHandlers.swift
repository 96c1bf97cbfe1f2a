// OffsetCommit, OffsetFetch and OffsetDelete: how far groups have read.
internal import Bytes
internal import Coordination
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func offsetCommit(_ request: Wire.OffsetCommitRequest, _ header: RequestHeaderView) {
        let checked = CommitCheck(request, on: self)
        guard isAuthorized(.read, .group(request.groupID)), !checked.positions.isEmpty else {
            let response =
                isAuthorized(.read, .group(request.groupID)) ? checked.response([]) : checked.response(failing: .groupAuthorizationFailed)
            return answer(header) { response.encode(into: &$0, version: header.version) }
        }
        let commit = Coordination.OffsetCommitRequest(
            group: request.groupID, identity: MemberIdentity(memberID: request.memberID, instanceID: request.instanceID),
            generation: request.generationID < 0 ? nil : request.generationID, positions: checked.positions,
            retentionMilliseconds: request.retentionMilliseconds < 0 ? nil : request.retentionMilliseconds)
        askGroups(header, for: .read, of: commit.group) {
            checked.response(failing: $0)
        } work: { groups, reply in
            groups.ask { .commit(commit, $0) } answer: {
                guard case .commit(let errors) = $0 else { preconditionFailure("\($0) answers no OffsetCommit") }
                reply(checked.response(errors.map(ErrorCode.init)))
            }
        }
    }

    func offsetFetch(_ request: OffsetFetchRequest, _ header: RequestHeaderView) {
        let (version, access, broker) = (header.version, access, broker)
        answer(header, from: Broker.groupsHome) { shard, reply in
            reply(
                OffsetFetchResponse(
                    groups: request.groups.map { wanted in
                        func failed(_ error: ErrorCode) -> OffsetFetchResponse.Group { .init(wanted, failing: error, version) }
                        guard access.isAuthorized(.describe, .group(wanted.groupID)) else { return failed(.groupAuthorizationFailed) }
                        if let refusal = shard.groupDriver.refusal(of: wanted.groupID) { return failed(ErrorCode(refusal)) }
                        return shard.groupDriver.fetched(wanted, requireStable: request.requireStable, access, broker)
                    }))
        }
    }

    func offsetDelete(_ request: OffsetDeleteRequest, _ header: RequestHeaderView) {
        let broker = broker
        // Each partition's error so far; those without one are asked of the coordinator.
        let refused = request.topics.map { topic in
            topic.partitions.map { partition -> ErrorCode in
                guard isAuthorized(.read, .topic(topic.name)) else { return .topicAuthorizationFailed }
                return broker.has(TopicPartition(topic: topic.name, partition: partition.partitionIndex)) ? .none : .unknownTopicOrPartition
            }
        }
        let asked = zip(request.topics, refused).flatMap { topic, errors in
            zip(topic.partitions, errors).filter { $1 == .none }.map { TopicPartition(topic: topic.name, partition: $0.0.partitionIndex) }
        }
        askGroups(header, for: .delete, of: request.groupID) {
            OffsetDeleteResponse(errorCode: $0)
        } work: { groups, reply in
            groups.ask { .deleteOffsets(group: request.groupID, asked, $0) } answer: {
                guard case .deleteOffsets(let whole, let errors) = $0 else { preconditionFailure("\($0) answers no OffsetDelete") }
                if let whole { return reply(OffsetDeleteResponse(errorCode: ErrorCode(whole))) }
                var left = errors[...]
                reply(
                    OffsetDeleteResponse(
                        topics: zip(request.topics, refused).map { topic, refused in
                            .init(
                                name: topic.name,
                                partitions: zip(topic.partitions, refused).map {
                                    .init(partitionIndex: $0.partitionIndex, errorCode: $1 == .none ? ErrorCode(left.removeFirst()) : $1)
                                })
                        }))
            }
        }
    }
}

extension Broker {
    /// Whether there is such a partition now.
    func has(_ partition: TopicPartition) -> Bool {
        storage.topic(named: partition.topic).map { (0..<$0.partitionCount).contains(partition.partition) } ?? false
    }
}

/// What of a commit goes to the coordinator, and the response that its answer belongs in.
private struct CommitCheck: Sendable {
    private let topics: [(topic: Wire.OffsetCommitRequest.Topic, refused: [ErrorCode])]
    private(set) var positions: [Coordination.OffsetCommitRequest.Position] = []

    init(_ request: Wire.OffsetCommitRequest, on client: ClientConnection) {
        topics = request.topics.map { topic in
            let isAllowed = client.isAuthorized(.read, .topic(topic.name))
            let count = client.broker.storage.topic(named: topic.name)?.partitionCount ?? 0
            return (
                topic,
                topic.partitions.map { partition in
                    if !isAllowed { return .topicAuthorizationFailed }
                    return (0..<count).contains(partition.partitionIndex) ? .none : .unknownTopicOrPartition
                }
            )
        }
        for (topic, refused) in topics {
            for (partition, error) in zip(topic.partitions, refused) where error == .none {
                positions.append(
                    .init(
                        partition: TopicPartition(topic: topic.name, partition: partition.partitionIndex), offset: partition.offset,
                        leaderEpoch: partition.leaderEpoch < 0 ? nil : partition.leaderEpoch, metadata: partition.metadata ?? ""))
            }
        }
    }

    func response(failing error: ErrorCode) -> OffsetCommitResponse {
        OffsetCommitResponse(
            topics: topics.map { topic, _ in
                .init(name: topic.name, partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex, errorCode: error) })
            })
    }

    /// - Parameter errors: of `positions`.
    func response(_ errors: [ErrorCode]) -> OffsetCommitResponse {
        var left = errors[...]
        return OffsetCommitResponse(
            topics: topics.map { topic, refused in
                .init(
                    name: topic.name,
                    partitions: zip(topic.partitions, refused).map {
                        .init(partitionIndex: $0.partitionIndex, errorCode: $1 == .none ? left.removeFirst() : $1)
                    })
            })
    }
}

extension OffsetFetchResponse.Group {
    /// Nothing but an error, which before version 2 only partitions can say.
    fileprivate init(_ wanted: OffsetFetchRequest.Group, failing error: ErrorCode, _ version: Int16) {
        let topics = version >= 2 ? [] : wanted.topics ?? []
        self.init(
            groupID: wanted.groupID,
            topics: topics.map { topic in
                .init(name: topic.name, partitions: topic.partitionIndexes.map { .init(partitionIndex: $0, errorCode: error) })
            }, errorCode: error)
    }
}

extension GroupDriver {
    /// The partitions that were asked for, or everything that is committed.
    fileprivate func fetched(
        _ wanted: OffsetFetchRequest.Group, requireStable: Bool, _ access: Access, _ broker: Broker
    ) -> OffsetFetchResponse.Group {
        guard let topics = wanted.topics else {
            let all = offsets(wanted.groupID, nil, requiresStable: requireStable)
                .filter { access.isAuthorized(.describe, .topic($0.partition.topic)) }
            let byTopic = Dictionary(grouping: all, by: \.partition.topic).sorted { $0.key < $1.key }
            return .init(groupID: wanted.groupID, topics: byTopic.map { .init(name: $0.key, partitions: $0.value.map(Self.partition)) })
        }
        return .init(
            groupID: wanted.groupID,
            topics: topics.map { topic in
                guard access.isAuthorized(.describe, .topic(topic.name)) else {
                    return .init(
                        name: topic.name,
                        partitions: topic.partitionIndexes.map { .init(partitionIndex: $0, errorCode: .topicAuthorizationFailed) })
                }
                let partitions = topic.partitionIndexes.map { TopicPartition(topic: topic.name, partition: $0) }
                return .init(
                    name: topic.name,
                    partitions: offsets(wanted.groupID, partitions, requiresStable: requireStable).map(Self.partition))
            })
    }

    private static func partition(_ found: FetchedOffset) -> OffsetFetchResponse.Partition {
        guard let committed = found.committed else {
            return .init(partitionIndex: found.partition.partition, errorCode: ErrorCode(found.error))
        }
        return .init(
            partitionIndex: found.partition.partition, offset: committed.offset, leaderEpoch: committed.leaderEpoch ?? -1,
            metadata: committed.metadata, errorCode: ErrorCode(found.error))
    }
}
