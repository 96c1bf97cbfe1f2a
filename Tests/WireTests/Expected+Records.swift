// What the golden frames of produce and fetch say.
import Vocabulary
import Wire

extension Expected {
    @Sendable static func produceRequest(_ version: Int16, _ variant: Variant) -> ProduceRequest {
        guard variant == .full else {
            let topic = ProduceRequest.Topic(name: "", partitions: three(.init(index: 0, records: nil)))
            return ProduceRequest(acks: 1, timeoutMilliseconds: 0, topics: variant == .small ? three(topic) : [])
        }
        return ProduceRequest(
            transactionalID: version >= 3 ? "txn-1" : nil, acks: -1, timeoutMilliseconds: 30003,
            topics: [
                .init(name: "orders", partitions: [.init(index: 3, records: batch), .init(index: 4, records: [])]),
                .init(name: long, partitions: [.init(index: 5, records: nil)]),
            ])
    }

    @Sendable static func produceResponse(_ version: Int16, _ variant: Variant) -> ProduceResponse {
        let withErrors = version >= 8
        guard variant == .full else {
            let partition = ProduceResponse.Partition(
                index: 0, recordErrors: withErrors ? three(.init(batchIndex: 0, message: nil)) : [])
            let topic = ProduceResponse.Topic(name: "", partitions: three(partition))
            return ProduceResponse(topics: variant == .small ? three(topic) : [])
        }
        return ProduceResponse(
            topics: [
                .init(name: "orders", partitions: [
                    .init(
                        index: 3, baseOffset: 1 << 40, logAppendTimeMilliseconds: version >= 2 ? 1_700_000_000_001 : -1,
                        logStartOffset: version >= 5 ? 12 : -1),
                    .init(
                        index: 4, errorCode: .invalidRecord,
                        recordErrors: withErrors
                            ? [.init(batchIndex: 2, message: "bad key"), .init(batchIndex: 6, message: nil)] : [],
                        errorMessage: withErrors ? "one record is invalid" : nil),
                ]),
                .init(name: long, partitions: []),
            ], throttleMilliseconds: version >= 1 ? 1005 : 0)
    }

    @Sendable static func fetchRequest(_ version: Int16, _ variant: Variant) -> FetchRequest {
        guard variant == .full else {
            let isSmall = variant == .small
            let partition = FetchRequest.Partition(partition: 0, fetchOffset: 0, partitionMaxBytes: 0)
            return FetchRequest(
                maxWaitMilliseconds: 0, minBytes: 0,
                topics: isSmall ? three(.init(name: "", partitions: three(partition))) : [],
                forgottenTopics: isSmall && version >= 7 ? three(.init(name: "", partitions: [])) : [])
        }
        return FetchRequest(
            clusterID: version >= 12 ? "cluster-α" : nil, maxWaitMilliseconds: 500, minBytes: 1, maxBytes: 52_428_800,
            isolationLevel: 1, sessionID: version >= 7 ? 88 : 0, sessionEpoch: version >= 7 ? 9 : -1,
            topics: [
                .init(name: "orders", partitions: [
                    .init(
                        partition: 2, currentLeaderEpoch: version >= 9 ? 6 : -1, fetchOffset: 1 << 41,
                        lastFetchedEpoch: version >= 12 ? 5 : -1, logStartOffset: version >= 5 ? 31 : -1,
                        partitionMaxBytes: 1_048_576),
                    .init(partition: 3, fetchOffset: 0, partitionMaxBytes: 4096),
                ]),
                .init(name: long, partitions: []),
            ],
            forgottenTopics: version >= 7 ? [.init(name: "gone", partitions: [1, 2, 3])] : [],
            rackID: version >= 11 ? "rack-b" : "")
    }

    @Sendable static func fetchResponse(_ version: Int16, _ variant: Variant) -> FetchResponse {
        guard variant == .full else {
            let partition = FetchResponse.Partition(index: 0, highWatermark: 0, abortedTransactions: [], records: nil)
            let topic = FetchResponse.Topic(name: "", partitions: three(partition))
            return FetchResponse(topics: variant == .small ? three(topic) : [])
        }
        let hasTags = version >= 12
        return FetchResponse(
            throttleMilliseconds: 1006, errorCode: version >= 7 ? .fetchSessionIDNotFound : .none,
            sessionID: version >= 7 ? 89 : 0,
            topics: [
                .init(name: "orders", partitions: [
                    .init(
                        index: 2, errorCode: .offsetOutOfRange, highWatermark: 1 << 42, lastStableOffset: 1 << 43,
                        logStartOffset: version >= 5 ? 32 : -1,
                        divergingEpoch: hasTags ? .init(epoch: 4, endOffset: 41) : nil,
                        currentLeader: hasTags ? .init(leaderID: 1, leaderEpoch: 7) : nil,
                        snapshotID: hasTags ? .init(endOffset: 42, epoch: 8) : nil,
                        abortedTransactions: [
                            .init(producerID: 4001, firstOffset: 43), .init(producerID: 4002, firstOffset: 44),
                        ], preferredReadReplica: version >= 11 ? 2 : -1, records: batch),
                    .init(index: 3, highWatermark: 0, records: []),
                ]),
                .init(name: long, partitions: []),
            ])
    }
}
