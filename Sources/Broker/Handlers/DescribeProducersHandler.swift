// DescribeProducers: what partitions remember of their producers, and where transactions hang.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeProducers(_ request: DescribeProducersRequest, _ header: RequestHeaderView) {
        let gather = DescribeProducersGather(request)
        var away = 0
        var seen: Set<TopicPartition> = []
        let shared = LoopBound(gather)
        for (topicNumber, topic) in request.topics.enumerated() {
            let isAllowed = isAuthorized(.read, .topic(topic.name))
            for (number, index) in topic.partitions.enumerated() {
                // A partition may have a million producers: it is described once.
                guard isAllowed, seen.insert(TopicPartition(topic: topic.name, partition: index)).inserted else {
                    gather.response.topics[topicNumber].partitions[number].errorCode = isAllowed ? .invalidRequest : .topicAuthorizationFailed
                    continue
                }
                switch shard.place(shard.topic(topic.name), index) {
                case .nowhere: gather.put(topicNumber, number, .init(partitionIndex: index, errorCode: .unknownTopicOrPartition))
                case .here(let partition): gather.put(topicNumber, number, partition.log.producers(index))
                case .shard(let owner, _):
                    away += 1
                    let asking = shard.index
                    broker.post(to: owner) { there in
                        let found = there.producers(of: topic.name, index)
                        there.broker.post(to: asking) { _ in
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
            parts.begin(.describeProducers, version, correlationID)
            gather.response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
    }
}

/// A response that several shards fill in; touched by the asking shard only.
private final class DescribeProducersGather {
    var response: DescribeProducersResponse
    /// Where the response waits for other shards.
    var slot: RequestSlot?

    init(_ request: DescribeProducersRequest) {
        response = DescribeProducersResponse(
            topics: request.topics.map { topic in .init(name: topic.name, partitions: topic.partitions.map { .init(partitionIndex: $0) }) })
    }

    func put(_ topic: Int, _ number: Int, _ found: DescribeProducersResponse.Partition) {
        response.topics[topic].partitions[number] = found
    }
}

extension Shard {
    fileprivate func producers(of topic: String, _ index: Int32) -> DescribeProducersResponse.Partition {
        guard case .here(let partition) = place(self.topic(topic), index) else {
            return .init(partitionIndex: index, errorCode: .unknownTopicOrPartition)
        }
        return partition.log.producers(index)
    }
}

extension PartitionLog {
    fileprivate func producers(_ index: Int32) -> DescribeProducersResponse.Partition {
        if let outage { return .init(partitionIndex: index, errorCode: ErrorCode(outage), errorMessage: "\(outage)") }
        return .init(
            partitionIndex: index,
            activeProducers: activeProducers().map { producer in
                .init(
                    producerID: producer.producerID, producerEpoch: Int32(producer.producerEpoch),
                    lastSequence: producer.lastSequence ?? -1, lastTimestampMilliseconds: producer.lastTimestamp,
                    coordinatorEpoch: producer.coordinatorEpoch ?? -1, currentTransactionStartOffset: producer.transactionStart ?? -1)
            })
    }
}
