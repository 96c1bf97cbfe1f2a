// TxnOffsetCommit: a group's offsets as part of a producer's transaction. They count when its marker is in their log.
internal import Bytes
internal import Coordination
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func txnOffsetCommit(_ request: TxnOffsetCommitRequest, _ header: RequestHeaderView) {
        let refused = refusals(of: request)
        let positions = request.positions { refused[$0] == nil }
        guard isAuthorized(.write, .transactionalID(request.transactionalID)), !positions.isEmpty else {
            let response = isAuthorized(.write, .transactionalID(request.transactionalID))
                ? request.response { refused[$0] ?? .none } : request.response { _ in .transactionalIDAuthorizationFailed }
            return answer(header) { response.encode(into: &$0, version: header.version) }
        }
        let stamp = ProducerStamp(producerID: request.producerID, producerEpoch: request.producerEpoch)
        let commit = Coordination.OffsetCommitRequest(
            group: request.groupID, identity: MemberIdentity(memberID: request.memberID, instanceID: request.groupInstanceID),
            generation: request.generationID < 0 ? nil : request.generationID, positions: positions, producer: stamp)
        let broker = broker
        let partition = TopicPartition(
            topic: InternalTopic.consumerOffsets.name,
            partition: CoordinatorPartition.of(request.groupID, count: broker.partitionCount(of: .consumerOffsets)))
        askGroups(header, for: .read, of: request.groupID) { error in
            request.response { refused[$0] ?? error }
        } work: { groups, reply in
            // On the loop that also sends the markers: one that ends this transaction can't overtake the offsets.
            if let refusal = broker.transactions.refusal(ofWriteBy: stamp, transactionalID: request.transactionalID, to: partition) {
                let code = StageRefusal(refusal).code
                return reply(request.response { refused[$0] ?? (code == .notEnoughReplicas ? .coordinatorLoadInProgress : code) })
            }
            groups.ask { .commit(commit, $0) } answer: {
                guard case .commit(let errors) = $0 else { preconditionFailure("\($0) answers no TxnOffsetCommit") }
                let outcome = Dictionary(zip(positions.map(\.partition), errors.map { ErrorCode($0) })) { $1 }
                reply(request.response { refused[$0] ?? outcome[$0] ?? .none })
            }
        }
    }

    private func refusals(of request: TxnOffsetCommitRequest) -> [TopicPartition: ErrorCode] {
        var refused: [TopicPartition: ErrorCode] = [:]
        for topic in request.topics {
            let isAllowed = isAuthorized(.read, .topic(topic.name))
            for each in topic.partitions {
                let partition = TopicPartition(topic: topic.name, partition: each.partitionIndex)
                if !isAllowed { refused[partition] = .topicAuthorizationFailed }
                else if !broker.has(partition) { refused[partition] = .unknownTopicOrPartition }
            }
        }
        return refused
    }
}

extension TxnOffsetCommitRequest {
    fileprivate func positions(_ isAccepted: (TopicPartition) -> Bool) -> [Coordination.OffsetCommitRequest.Position] {
        topics.flatMap { topic in
            topic.partitions.compactMap { each in
                let partition = TopicPartition(topic: topic.name, partition: each.partitionIndex)
                guard isAccepted(partition) else { return nil }
                return .init(
                    partition: partition, offset: each.committedOffset,
                    leaderEpoch: each.committedLeaderEpoch < 0 ? nil : each.committedLeaderEpoch, metadata: each.metadata ?? "")
            }
        }
    }

    fileprivate func response(_ error: (TopicPartition) -> ErrorCode) -> TxnOffsetCommitResponse {
        TxnOffsetCommitResponse(
            topics: topics.map { topic in
                TopicErrors(
                    name: topic.name,
                    partitions: topic.partitions.map { each in
                        .init(
                            partitionIndex: each.partitionIndex,
                            errorCode: error(TopicPartition(topic: topic.name, partition: each.partitionIndex)))
                    })
            })
    }
}
