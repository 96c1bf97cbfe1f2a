// What the golden frames say, by hand: producers' transactions. A field that a version does not carry has its default.
import Vocabulary
import Wire

extension Expected {
    @Sendable static func addPartitionsToTxnRequest(_: Int16, _ variant: Variant) -> AddPartitionsToTxnRequest {
        guard variant == .full else {
            return AddPartitionsToTxnRequest(
                transactionalID: "", producerID: -1, producerEpoch: -1,
                topics: variant == .small ? three(TopicPartitions(name: "", partitions: [])) : [])
        }
        return AddPartitionsToTxnRequest(
            transactionalID: "txn-3", producerID: 1 << 47, producerEpoch: 23,
            topics: [.init(name: "orders", partitions: [1, 2, 3]), .init(name: long, partitions: [])])
    }

    @Sendable static func addPartitionsToTxnResponse(_: Int16, _ variant: Variant) -> AddPartitionsToTxnResponse {
        guard variant == .full else { return AddPartitionsToTxnResponse(topics: variant == .small ? three(smallErrors) : []) }
        return AddPartitionsToTxnResponse(
            throttleMilliseconds: 1011,
            topics: errors([.init(partitionIndex: 1, errorCode: .unknownTopicOrPartition), .init(partitionIndex: 2, errorCode: .operationNotAttempted)]))
    }

    private static let smallErrors = TopicErrors(name: "", partitions: three(.init(partitionIndex: 0)))

    private static func errors(_ partitions: [TopicErrors.Partition]) -> [TopicErrors] {
        [.init(name: "orders", partitions: partitions), .init(name: long, partitions: [])]
    }

    @Sendable static func addOffsetsToTxnRequest(_: Int16, _ variant: Variant) -> AddOffsetsToTxnRequest {
        guard variant == .full else {
            return AddOffsetsToTxnRequest(transactionalID: "", producerID: -1, producerEpoch: -1, groupID: "")
        }
        return AddOffsetsToTxnRequest(transactionalID: "txn-4", producerID: 1 << 48, producerEpoch: 24, groupID: "group-1")
    }

    @Sendable static func addOffsetsToTxnResponse(_: Int16, _ variant: Variant) -> AddOffsetsToTxnResponse {
        guard variant == .full else { return AddOffsetsToTxnResponse() }
        return AddOffsetsToTxnResponse(throttleMilliseconds: 1012, errorCode: .producerFenced)
    }

    @Sendable static func endTxnRequest(_: Int16, _ variant: Variant) -> EndTxnRequest {
        guard variant == .full else {
            return EndTxnRequest(transactionalID: "", producerID: -1, producerEpoch: -1, isCommitted: false)
        }
        return EndTxnRequest(transactionalID: "txn-5", producerID: 1 << 49, producerEpoch: 25, isCommitted: true)
    }

    @Sendable static func endTxnResponse(_: Int16, _ variant: Variant) -> EndTxnResponse {
        guard variant == .full else { return EndTxnResponse() }
        return EndTxnResponse(throttleMilliseconds: 1013, errorCode: .invalidTxnState)
    }

    @Sendable static func writeTxnMarkersRequest(_: Int16, _ variant: Variant) -> WriteTxnMarkersRequest {
        guard variant == .full else {
            let marker = WriteTxnMarkersRequest.Marker(
                producerID: 0, producerEpoch: 0, isCommit: false, topics: [], coordinatorEpoch: 0)
            return WriteTxnMarkersRequest(markers: variant == .small ? three(marker) : [])
        }
        return WriteTxnMarkersRequest(markers: [
            .init(
                producerID: 1 << 50, producerEpoch: 26, isCommit: true,
                topics: [.init(name: "orders", partitions: [4, 5]), .init(name: long, partitions: [])], coordinatorEpoch: 9)
        ])
    }

    @Sendable static func writeTxnMarkersResponse(_: Int16, _ variant: Variant) -> WriteTxnMarkersResponse {
        guard variant == .full else {
            return WriteTxnMarkersResponse(markers: variant == .small ? three(.init(producerID: 0, topics: [])) : [])
        }
        return WriteTxnMarkersResponse(markers: [
            .init(
                producerID: 1 << 50,
                topics: errors([.init(partitionIndex: 4, errorCode: .transactionCoordinatorFenced), .init(partitionIndex: 5)]))
        ])
    }

    @Sendable static func txnOffsetCommitRequest(_ version: Int16, _ variant: Variant) -> TxnOffsetCommitRequest {
        guard variant == .full else {
            let topic = TxnOffsetCommitRequest.Topic(name: "", partitions: three(.init(partitionIndex: 0, committedOffset: 0)))
            return TxnOffsetCommitRequest(
                transactionalID: "", groupID: "", producerID: -1, producerEpoch: -1, topics: variant == .small ? three(topic) : [])
        }
        var request = TxnOffsetCommitRequest(
            transactionalID: "txn-6", groupID: "group-2", producerID: 1 << 51, producerEpoch: 27,
            topics: [
                .init(name: "orders", partitions: [
                    .init(
                        partitionIndex: 6, committedOffset: 1 << 52, committedLeaderEpoch: version >= 2 ? 15 : -1,
                        metadata: "so far"),
                    .init(partitionIndex: 7, committedOffset: 0),
                ]),
                .init(name: long, partitions: []),
            ])
        guard version >= 3 else { return request }
        (request.generationID, request.memberID, request.groupInstanceID) = (14, "member-1", "instance-1")
        return request
    }

    @Sendable static func txnOffsetCommitResponse(_: Int16, _ variant: Variant) -> TxnOffsetCommitResponse {
        guard variant == .full else { return TxnOffsetCommitResponse(topics: variant == .small ? three(smallErrors) : []) }
        return TxnOffsetCommitResponse(
            throttleMilliseconds: 1014,
            topics: errors([.init(partitionIndex: 6, errorCode: .illegalGeneration), .init(partitionIndex: 7, errorCode: .fencedInstanceID)]))
    }

    @Sendable static func describeProducersRequest(_: Int16, _ variant: Variant) -> DescribeProducersRequest {
        guard variant == .full else {
            return DescribeProducersRequest(topics: variant == .small ? three(.init(name: "", partitions: [])) : [])
        }
        return DescribeProducersRequest(topics: [.init(name: "orders", partitions: [8, 9]), .init(name: long, partitions: [])])
    }

    @Sendable static func describeProducersResponse(_: Int16, _ variant: Variant) -> DescribeProducersResponse {
        guard variant == .full else {
            let producer = DescribeProducersResponse.Producer(producerID: 0, producerEpoch: 0, coordinatorEpoch: 0)
            let partition = DescribeProducersResponse.Partition(partitionIndex: 0, activeProducers: three(producer))
            return DescribeProducersResponse(
                topics: variant == .small ? three(.init(name: "", partitions: three(partition))) : [])
        }
        let producer = DescribeProducersResponse.Producer(
            producerID: 1 << 53, producerEpoch: 28, lastSequence: 29, lastTimestampMilliseconds: 1_700_000_000_005,
            coordinatorEpoch: 30, currentTransactionStartOffset: 1 << 54)
        return DescribeProducersResponse(
            throttleMilliseconds: 1015,
            topics: [
                .init(name: "orders", partitions: [
                    .init(partitionIndex: 8, activeProducers: [producer]),
                    .init(partitionIndex: 9, errorCode: .notLeaderOrFollower, errorMessage: "elsewhere"),
                ]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func describeTransactionsRequest(_: Int16, _ variant: Variant) -> DescribeTransactionsRequest {
        DescribeTransactionsRequest(transactionalIDs: variant == .full ? ["txn-7", long] : variant == .small ? three("") : [])
    }

    @Sendable static func describeTransactionsResponse(_: Int16, _ variant: Variant) -> DescribeTransactionsResponse {
        guard variant == .full else {
            return DescribeTransactionsResponse(transactions: variant == .small ? three(.init(transactionalID: "")) : [])
        }
        return DescribeTransactionsResponse(
            throttleMilliseconds: 1016,
            transactions: [
                .init(
                    transactionalID: "txn-7", state: "PrepareCommit", timeoutMilliseconds: 60002,
                    startMilliseconds: 1_700_000_000_006, producerID: 1 << 55, producerEpoch: 31,
                    topics: [.init(name: "orders", partitions: [10, 11])]),
                .init(errorCode: .transactionalIDNotFound, transactionalID: long),
            ])
    }

    @Sendable static func listTransactionsRequest(_: Int16, _ variant: Variant) -> ListTransactionsRequest {
        guard variant == .full else {
            return variant == .small
                ? ListTransactionsRequest(stateFilters: three(""), producerIDFilters: three(0)) : ListTransactionsRequest()
        }
        return ListTransactionsRequest(stateFilters: ["Ongoing", "Dead"], producerIDFilters: [1 << 56, 7])
    }

    @Sendable static func listTransactionsResponse(_: Int16, _ variant: Variant) -> ListTransactionsResponse {
        guard variant == .full else {
            guard variant == .small else { return ListTransactionsResponse() }
            return ListTransactionsResponse(
                unknownStateFilters: three(""), transactions: three(.init(transactionalID: "", producerID: 0, state: "")))
        }
        return ListTransactionsResponse(
            throttleMilliseconds: 1017, errorCode: .coordinatorLoadInProgress, unknownStateFilters: ["Sleeping"],
            transactions: [
                .init(transactionalID: "txn-8", producerID: 1 << 57, state: "Ongoing"),
                .init(transactionalID: long, producerID: 3, state: "Empty"),
            ])
    }
}
