// DeleteRecords: partitions begin later, and the answer waits until the disk knows.
internal import Bytes
internal import Host
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func deleteRecords(_ request: DeleteRecordsRequest, _ header: RequestHeaderView) {
        let count = request.topics.reduce(0) { $0 + $1.partitions.count }
        let gather = DeleteRecordsGather(request)
        let version = header.version
        guard count > 0 else { return answer(header) { gather.response.encode(into: &$0, version: version) } }
        let waiting = wait()
        waiting.expect(count)
        gather.slot = waiting
        let correlationID = header.correlationID
        waiting.prepare = { parts in
            parts.begin(.deleteRecords, version, correlationID)
            gather.response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
        let shared = LoopBound(gather)
        let (broker, asking) = (broker, shard.index)
        for (topicNumber, topic) in request.topics.enumerated() {
            let isAllowed = isAuthorized(.delete, .topic(topic.name))
            for (number, wanted) in topic.partitions.enumerated() {
                // In a tick of its own, and from whatever thread: an answer may come before this loop ends.
                let reply: @Sendable (DeleteRecordsResponse.Partition) -> Void = { outcome in
                    broker.post(to: asking) { _ in shared.value.put(topicNumber, number, outcome) }
                }
                if InternalTopic.named(topic.name) != nil {
                    reply(.init(partitionIndex: wanted.partitionIndex, errorCode: .invalidTopic))
                    continue
                }
                guard isAllowed else {
                    reply(.init(partitionIndex: wanted.partitionIndex, errorCode: .topicAuthorizationFailed))
                    continue
                }
                switch shard.place(shard.topic(topic.name), wanted.partitionIndex) {
                case .nowhere: reply(.init(partitionIndex: wanted.partitionIndex, errorCode: .unknownTopicOrPartition))
                case .here: shard.deleteRecords(topic.name, wanted, reply)
                case .shard(let owner, _): broker.post(to: owner) { $0.deleteRecords(topic.name, wanted, reply) }
                }
            }
        }
    }
}

/// A response that fills as partitions are done; touched by the asking shard only.
private final class DeleteRecordsGather {
    var response: DeleteRecordsResponse
    var slot: RequestSlot?

    init(_ request: DeleteRecordsRequest) {
        response = DeleteRecordsResponse(
            topics: request.topics.map { topic in
                .init(name: topic.name, partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex) })
            })
    }

    func put(_ topic: Int, _ number: Int, _ outcome: DeleteRecordsResponse.Partition) {
        response.topics[topic].partitions[number] = outcome
        slot?.finishOne()
    }
}

extension Shard {
    /// On the partition's shard. `reply` is called once, on any thread.
    fileprivate func deleteRecords(
        _ topic: String, _ wanted: DeleteRecordsRequest.Partition,
        _ reply: @escaping @Sendable (DeleteRecordsResponse.Partition) -> Void
    ) {
        let index = wanted.partitionIndex
        guard case .here(let partition) = place(self.topic(topic), index) else {
            return reply(.init(partitionIndex: index, errorCode: .unknownTopicOrPartition))
        }
        let target = wanted.offset == DeleteRecordsRequest.highWatermark ? nil : wanted.offset
        let start = max(target ?? partition.log.highWatermark, partition.log.logStartOffset)
        do {
            _ = try partition.log.deleteRecords(before: target) { [broker] error in
                if let error { broker.log.limited(.writeFailed, "log start of \(topic)-\(index): \(error)") }
                reply(
                    error == nil
                        ? .init(partitionIndex: index, lowWatermark: start)
                        : .init(partitionIndex: index, errorCode: .kafkaStorageError))
            }
        } catch {
            counters.add(.errors)
            reply(.init(partitionIndex: index, errorCode: ErrorCode(error)))
        }
    }
}
