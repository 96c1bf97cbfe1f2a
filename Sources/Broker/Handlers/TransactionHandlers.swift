// AddPartitionsToTxn, AddOffsetsToTxn and EndTxn: a producer's word about its transaction, which the coordinator answers.
internal import Bytes
internal import Coordination
internal import Records
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func addPartitionsToTxn(_ request: AddPartitionsToTxnRequest, _ header: RequestHeaderView) {
        let answer = expectAnswer(header, of: AddPartitionsToTxnResponse.self)
        let refused = refusals(of: request)
        guard refused.isEmpty else {
            shard.counters.add(.errors)
            return answer(request.response { refused[$0] ?? .operationNotAttempted })
        }
        let producer = TransactionalProducer(
            transactionalID: request.transactionalID,
            stamp: ProducerStamp(producerID: request.producerID, producerEpoch: request.producerEpoch), apiVersion: header.version)
        let partitions = request.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic: topic.name, partition: $0) }
        }
        broker.transactions.ask(request.transactionalID) { .addPartitions(producer, partitions, $0) } _: { outcome in
            answer(request.response { _ in outcome.errorCode })
        }
    }

    /// One partition that may not be added keeps out all: a transaction is whole or not at all.
    private func refusals(of request: AddPartitionsToTxnRequest) -> [TopicPartition: ErrorCode] {
        let mayTransact = isAuthorized(.write, .transactionalID(request.transactionalID))
        var refused: [TopicPartition: ErrorCode] = [:]
        for topic in request.topics {
            let mayWrite = InternalTopic.named(topic.name) == nil && isAuthorized(.write, .topic(topic.name))
            let count = broker.storage.topic(named: topic.name)?.partitionCount ?? 0
            for index in topic.partitions {
                let partition = TopicPartition(topic: topic.name, partition: index)
                if !mayTransact { refused[partition] = .transactionalIDAuthorizationFailed }
                else if !mayWrite { refused[partition] = .topicAuthorizationFailed }
                else if !(0..<count).contains(index) { refused[partition] = .unknownTopicOrPartition }
            }
        }
        return refused
    }

    func addOffsetsToTxn(_ request: AddOffsetsToTxnRequest, _ header: RequestHeaderView) {
        let answer = expectAnswer(header, of: AddOffsetsToTxnResponse.self)
        guard isAuthorized(.write, .transactionalID(request.transactionalID)) else {
            return answer(AddOffsetsToTxnResponse(errorCode: .transactionalIDAuthorizationFailed))
        }
        guard isAuthorized(.read, .group(request.groupID)) else {
            return answer(AddOffsetsToTxnResponse(errorCode: .groupAuthorizationFailed))
        }
        let producer = TransactionalProducer(
            transactionalID: request.transactionalID,
            stamp: ProducerStamp(producerID: request.producerID, producerEpoch: request.producerEpoch), apiVersion: header.version)
        let broker = broker
        let ask: @Sendable () -> Void = {
            broker.transactions.ask(request.transactionalID) { .addOffsets(producer, group: request.groupID, $0) } _: { outcome in
                answer(AddOffsetsToTxnResponse(errorCode: outcome.errorCode))
            }
        }
        if broker.storage.topic(named: InternalTopic.consumerOffsets.name) != nil { return ask() }
        // A marker for a topic that is only being made would find nothing to end, and the offsets would come behind it.
        broker.control.enqueue {
            do throws(StorageError) {
                try broker.ensure(.consumerOffsets)
                ask()
            } catch {
                broker.log.limited(.writeFailed, "internal topic \(InternalTopic.consumerOffsets.name) can't be made: \(error)")
                answer(AddOffsetsToTxnResponse(errorCode: .coordinatorNotAvailable))
            }
        }
    }

    func endTxn(_ request: EndTxnRequest, _ header: RequestHeaderView) {
        let answer = expectAnswer(header, of: EndTxnResponse.self)
        guard isAuthorized(.write, .transactionalID(request.transactionalID)) else {
            return answer(EndTxnResponse(errorCode: .transactionalIDAuthorizationFailed))
        }
        let producer = TransactionalProducer(
            transactionalID: request.transactionalID,
            stamp: ProducerStamp(producerID: request.producerID, producerEpoch: request.producerEpoch), apiVersion: header.version)
        broker.transactions.ask(request.transactionalID) {
            .endTransaction(producer, request.isCommitted ? .commit : .abort, $0)
        } _: { outcome in
            answer(EndTxnResponse(errorCode: outcome.errorCode))
        }
    }
}

extension AddPartitionsToTxnRequest {
    fileprivate func response(_ error: (TopicPartition) -> ErrorCode) -> AddPartitionsToTxnResponse {
        AddPartitionsToTxnResponse(
            topics: topics.map { topic in
                TopicErrors(
                    name: topic.name,
                    partitions: topic.partitions.map { index in
                        .init(partitionIndex: index, errorCode: error(TopicPartition(topic: topic.name, partition: index)))
                    })
            })
    }
}
