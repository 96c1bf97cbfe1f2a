// DescribeTransactions and ListTransactions: what the coordinator knows, for operators.
internal import Bytes
internal import Coordination
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeTransactions(_ request: DescribeTransactionsRequest, _ header: RequestHeaderView) {
        // An id named a thousand times is described once: its partitions may be many.
        var seen: Set<String> = []
        let transactions = request.transactionalIDs.filter { seen.insert($0).inserted }.map(describe)
        answer(header) { DescribeTransactionsResponse(transactions: transactions).encode(into: &$0, version: header.version) }
    }

    private func describe(_ transactionalID: String) -> DescribeTransactionsResponse.Transaction {
        guard isAuthorized(.describe, .transactionalID(transactionalID)) else {
            return .init(errorCode: .transactionalIDAuthorizationFailed, transactionalID: transactionalID)
        }
        switch broker.transactions.describe(transactionalID) {
        case .failure(let error): return .init(errorCode: ErrorCode(error), transactionalID: transactionalID)
        case .success(let found):
            return .init(
                transactionalID: transactionalID, state: found.state.name, timeoutMilliseconds: found.timeoutMilliseconds,
                startMilliseconds: found.startedMilliseconds ?? -1, producerID: found.producerID,
                producerEpoch: found.producerEpoch ?? -1,
                topics: TopicPartitions.grouping(found.partitions).filter { isAuthorized(.describe, .topic($0.name)) })
        }
    }

    func listTransactions(_ request: ListTransactionsRequest, _ header: RequestHeaderView) {
        let states = Set(request.stateFilters.compactMap { name in TransactionState.allCases.first { $0.name == name } })
        var response = ListTransactionsResponse(
            unknownStateFilters: request.stateFilters.filter { name in !TransactionState.allCases.contains { $0.name == name } })
        // States that nobody is ever in leave nothing, and not everything.
        if states.isEmpty, !request.stateFilters.isEmpty {
            return answer(header) { response.encode(into: &$0, version: header.version) }
        }
        if let found = broker.transactions.list(states: states, producerIDs: Set(request.producerIDFilters)) {
            response.transactions = found.filter { isAuthorized(.describe, .transactionalID($0.transactionalID)) }.map {
                .init(transactionalID: $0.transactionalID, producerID: $0.producerID, state: $0.state.name)
            }
        } else {
            response.errorCode = .coordinatorLoadInProgress
        }
        answer(header) { response.encode(into: &$0, version: header.version) }
    }
}

extension TopicPartitions {
    /// - Parameter partitions: sorted by topic.
    fileprivate static func grouping(_ partitions: [TopicPartition]) -> [TopicPartitions] {
        var topics: [TopicPartitions] = []
        for partition in partitions {
            if topics.last?.name != partition.topic { topics.append(TopicPartitions(name: partition.topic, partitions: [])) }
            topics[topics.count - 1].partitions.append(partition.partition)
        }
        return topics
    }
}
