// ListOffsets: where a partition begins and ends, and what was written when.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func listOffsets(_ request: ListOffsetsRequest, _ header: RequestHeaderView) {
        let gather = ListOffsetsGather(request)
        let isCommitted = request.isolationLevel == 1
        var away = 0
        let shared = LoopBound(gather)
        for (topicNumber, topic) in request.topics.enumerated() {
            guard isAuthorized(.describe, .topic(topic.name)) else {
                gather.refuse(topicNumber, .topicAuthorizationFailed)
                continue
            }
            for (number, wanted) in topic.partitions.enumerated() {
                switch shard.place(shard.topic(topic.name), wanted.partitionIndex) {
                case .nowhere: gather.put(topicNumber, number, .unknown(wanted.partitionIndex))
                case .here(let partition): gather.put(topicNumber, number, shard.offset(partition, wanted, isCommitted: isCommitted))
                case .shard(let owner, _):
                    away += 1
                    let index = shard.index
                    shard.broker.post(to: owner) { there in
                        let found = there.offset(topic.name, wanted, isCommitted: isCommitted)
                        there.broker.post(to: index) { _ in
                            shared.value.put(topicNumber, number, found)
                            shared.value.slot?.finishOne()
                        }
                    }
                }
            }
        }
        guard away > 0 else { return answer(header) { gather.response.encode(into: &$0, version: header.version) } }
        let waiting = wait()
        waiting.expect(away)
        gather.slot = waiting
        let version = header.version
        let correlationID = header.correlationID
        waiting.prepare = { parts in
            parts.begin(.listOffsets, version, correlationID)
            gather.response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
    }
}

/// A response that several shards fill in; touched by the asking shard only.
private final class ListOffsetsGather {
    var response: ListOffsetsResponse
    /// Where the response waits for other shards.
    var slot: RequestSlot?

    init(_ request: ListOffsetsRequest) {
        response = ListOffsetsResponse(
            topics: request.topics.map { topic in
                .init(name: topic.name, partitions: topic.partitions.map { .unknown($0.partitionIndex) })
            })
    }

    /// Answers all of a topic's partitions with an error.
    func refuse(_ topic: Int, _ error: ErrorCode) {
        for number in response.topics[topic].partitions.indices { response.topics[topic].partitions[number].errorCode = error }
    }

    func put(_ topic: Int, _ number: Int, _ found: ListOffsetsResponse.Partition) {
        response.topics[topic].partitions[number] = found
    }
}

extension ListOffsetsResponse.Partition {
    fileprivate static func unknown(_ index: Int32) -> Self {
        .init(partitionIndex: index, errorCode: .unknownTopicOrPartition)
    }
}

extension Shard {
    fileprivate func offset(
        _ topic: String, _ wanted: ListOffsetsRequest.Partition, isCommitted: Bool
    ) -> ListOffsetsResponse.Partition {
        guard case .here(let partition) = place(self.topic(topic), wanted.partitionIndex) else {
            return .unknown(wanted.partitionIndex)
        }
        return offset(partition, wanted, isCommitted: isCommitted)
    }

    /// - Parameter isCommitted: whether what lies at or above the last stable offset is not there yet.
    fileprivate func offset(
        _ partition: Partition, _ wanted: ListOffsetsRequest.Partition, isCommitted: Bool
    ) -> ListOffsetsResponse.Partition {
        let log = partition.log
        if let outage = log.outage { return .init(partitionIndex: wanted.partitionIndex, errorCode: ErrorCode(outage)) }
        let end = isCommitted ? log.lastStableOffset : log.highWatermark
        var found = ListOffsetsResponse.Partition(
            partitionIndex: wanted.partitionIndex, errorCode: fence(wanted.currentLeaderEpoch, log.leaderEpoch),
            leaderEpoch: log.leaderEpoch)
        guard found.errorCode == .none else { return found }
        do {
            switch wanted.timestamp {
            case ListOffsetsRequest.latestTimestamp: found.offset = end
            case ListOffsetsRequest.earliestTimestamp:
                found.offset = log.logStartOffset
                found.leaderEpoch = log.leaderEpoch(at: log.logStartOffset) ?? -1
            case ListOffsetsRequest.maxTimestamp: found.found(try log.offsetOfMaxTimestamp(), below: end, in: log)
            case 0...: found.found(try log.offset(forTimestamp: wanted.timestamp), below: end, in: log)
            default: found.errorCode = .unsupportedVersion
            }
        } catch {
            counters.add(.errors)
            broker.log.limited(.readFailed, "\(log.partition) by time: \(error)")
            found.errorCode = ErrorCode(error)
        }
        return found
    }
}

extension ListOffsetsResponse.Partition {
    /// −1 in all three fields stands for no such record, and never 0.
    fileprivate mutating func found(_ record: TimestampedOffset?, below end: Offset, in log: PartitionLog) {
        let record = record.flatMap { $0.offset < end ? $0 : nil }
        offset = record?.offset ?? -1
        timestamp = record?.timestamp ?? -1
        leaderEpoch = record.flatMap { log.leaderEpoch(at: $0.offset) } ?? -1
    }
}
