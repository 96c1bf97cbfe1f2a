// OffsetForLeaderEpoch: where a leader's term ends in the log.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func offsetForLeaderEpoch(_ request: OffsetForLeaderEpochRequest, _ header: RequestHeaderView) {
        let gather = EpochGather(request)
        var away = 0
        let shared = LoopBound(gather)
        for (topicNumber, topic) in request.topics.enumerated() {
            let isAllowed = isAuthorized(.describe, .topic(topic.name))
            for (number, wanted) in topic.partitions.enumerated() {
                guard isAllowed else {
                    gather.put(topicNumber, number, .init(errorCode: .topicAuthorizationFailed, partitionIndex: wanted.partitionIndex))
                    continue
                }
                switch shard.place(shard.topic(topic.name), wanted.partitionIndex) {
                case .nowhere: continue
                case .here(let partition): gather.put(topicNumber, number, shard.epochEnd(partition, wanted))
                case .shard(let owner, _):
                    away += 1
                    let index = shard.index
                    shard.broker.post(to: owner) { there in
                        let found = there.epochEnd(topic.name, wanted)
                        there.broker.post(to: index) { _ in
                            shared.value.put(topicNumber, number, found)
                            shared.value.slot?.finishOne()
                        }
                    }
                }
            }
        }
        let version = header.version
        guard away > 0 else { return answer(header) { gather.response.encode(into: &$0, version: version) } }
        let waiting = wait()
        waiting.expect(away)
        gather.slot = waiting
        let correlationID = header.correlationID
        waiting.prepare = { parts in
            parts.begin(.offsetForLeaderEpoch, version, correlationID)
            gather.response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
    }
}

/// A response that several shards fill in; touched by the asking shard only.
private final class EpochGather {
    var response: OffsetForLeaderEpochResponse
    /// Where the response waits for other shards.
    var slot: RequestSlot?

    /// Until it is found, a partition is unknown.
    init(_ request: OffsetForLeaderEpochRequest) {
        response = OffsetForLeaderEpochResponse(
            topics: request.topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { .init(errorCode: .unknownTopicOrPartition, partitionIndex: $0.partitionIndex) })
            })
    }

    func put(_ topic: Int, _ number: Int, _ found: OffsetForLeaderEpochResponse.Partition) {
        response.topics[topic].partitions[number] = found
    }
}

extension Shard {
    fileprivate func epochEnd(
        _ topic: String, _ wanted: OffsetForLeaderEpochRequest.Partition
    ) -> OffsetForLeaderEpochResponse.Partition {
        guard case .here(let partition) = place(self.topic(topic), wanted.partitionIndex) else {
            return .init(errorCode: .unknownTopicOrPartition, partitionIndex: wanted.partitionIndex)
        }
        return epochEnd(partition, wanted)
    }

    fileprivate func epochEnd(
        _ partition: Partition, _ wanted: OffsetForLeaderEpochRequest.Partition
    ) -> OffsetForLeaderEpochResponse.Partition {
        let log = partition.log
        if let outage = log.outage { return .init(errorCode: ErrorCode(outage), partitionIndex: wanted.partitionIndex) }
        let fenced = fence(wanted.currentLeaderEpoch, log.leaderEpoch)
        guard fenced == .none else { return .init(errorCode: fenced, partitionIndex: wanted.partitionIndex) }
        // The present term goes on at the end of the log, though it may have no record yet.
        if wanted.leaderEpoch == log.leaderEpoch {
            return .init(partitionIndex: wanted.partitionIndex, leaderEpoch: log.leaderEpoch, endOffset: log.logEndOffset)
        }
        guard let end = log.endOffset(forEpoch: wanted.leaderEpoch) else { return .init(partitionIndex: wanted.partitionIndex) }
        return .init(partitionIndex: wanted.partitionIndex, leaderEpoch: end.epoch, endOffset: end.endOffset)
    }
}
