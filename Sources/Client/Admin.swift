// The calls that prepare and end a run. They block the calling thread; no data goes this way.
internal import Host
package import Vocabulary
internal import Wire

/// Control-plane calls to one broker, on a connection of their own.
package final class Admin {
    let connection: BlockingConnection
    package static let timeoutMilliseconds: Int32 = 30_000

    /// Connects and negotiates versions.
    package init(_ broker: BrokerAddress, _ options: ConnectionOptions = ConnectionOptions()) throws(ClientError) {
        connection = try BlockingConnection(broker, options)
    }

    package var broker: BrokerAddress { connection.broker }

    /// Versions agreed with this broker.
    package var negotiation: APINegotiation { connection.negotiation }

    /// - Parameter topics: nil asks for all.
    package func metadata(_ topics: [String]? = nil, mayCreate: Bool = false) throws(ClientError) -> ClusterMetadata {
        let request = MetadataRequest(topics: topics?.map { .init(name: $0) }, allowAutoTopicCreation: mayCreate)
        let response: MetadataResponse = try connection.call(request)
        return ClusterMetadata(response)
    }

    /// Creates a topic and waits until every partition has a leader.
    package func createTopic(
        _ name: String, partitions: Int32, replication: Int16 = 1, configs: [(name: String, value: String)] = []
    ) throws(ClientError) {
        let topic = CreateTopicsRequest.Topic(
            name: name, partitionCount: partitions, replicationFactor: replication,
            configs: configs.map { .init(name: $0.name, value: $0.value) })
        let response: CreateTopicsResponse = try connection.call(
            CreateTopicsRequest(topics: [topic], timeoutMilliseconds: Self.timeoutMilliseconds))
        guard let answer = response.topics.first(where: { $0.name == name }) else {
            throw .malformed(broker, "CreateTopics answered without topic \(name)")
        }
        guard answer.errorCode == .none else {
            throw .refused(
                answer.errorCode, answer.errorMessage, "create topic \(name)", needs: NeededAccess(.create, on: .topic(name)),
                NeededAccess(.create, on: .cluster))
        }
        try waitForLeaders(of: name, partitions: partitions)
    }

    package func deleteTopic(_ name: String) throws(ClientError) {
        let response: DeleteTopicsResponse = try connection.call(
            DeleteTopicsRequest(topics: [.init(name: name)], timeoutMilliseconds: Self.timeoutMilliseconds))
        let answer = response.responses.first
        let code = answer?.errorCode ?? .unknownServerError
        guard code == .none else {
            throw .refused(code, answer?.errorMessage, "delete topic \(name)", needs: NeededAccess(.delete, on: .topic(name)))
        }
    }

    /// The first offset that can still be read.
    package func earliestOffset(of partition: TopicPartition) throws(ClientError) -> Offset {
        try offset(of: partition, at: .earliest)
    }

    /// The high watermark: the offset that the next acknowledged record gets.
    package func latestOffset(of partition: TopicPartition) throws(ClientError) -> Offset {
        try offset(of: partition, at: .latest)
    }

    private func offset(of partition: TopicPartition, at place: OffsetPlace) throws(ClientError) -> Offset {
        guard let offset = try offsets(of: partition.topic, [partition.partition], at: place)[partition.partition] else {
            throw .malformed(broker, "ListOffsets answered without \(partition)")
        }
        return offset
    }

    func fetch(_ request: FetchRequest) throws(ClientError) -> FetchResponse { try connection.call(request) }

    /// A producer id of our own, never given out before.
    ///
    /// - Parameter transactionalID: at its coordinator: the id that belongs to it, with the next epoch; nil: of an idempotent producer.
    package func initProducerID(
        _ transactionalID: String? = nil, timeoutMilliseconds: Int32 = timeoutMilliseconds
    ) throws(ClientError) -> (id: ProducerID, epoch: ProducerEpoch) {
        let response: InitProducerIDResponse = try connection.call(
            InitProducerIDRequest(transactionalID: transactionalID, transactionTimeoutMilliseconds: timeoutMilliseconds))
        guard response.errorCode == .none else {
            throw .refused(
                response.errorCode, "get a producer id",
                needs: transactionalID.map { NeededAccess(.write, on: .transactionalID($0)) } ?? NeededAccess(.idempotentWrite, on: .cluster))
        }
        return (response.producerID, response.producerEpoch)
    }

    /// Until this broker knows of a leader for every partition.
    ///
    /// - Parameter partitions: how many there must be; nil: as many as it tells.
    package func waitForLeaders(of name: String, partitions: Int32? = nil) throws(ClientError) {
        let deadline = MonotonicClock.now() + 10_000_000_000
        while true {
            let topic = try metadata([name]).topic(name)
            if let topic, topic.errorCode == .none, partitions.map({ Int($0) == topic.partitions.count }) ?? !topic.partitions.isEmpty,
                topic.partitions.allSatisfy({ $0.leader != nil })
            {
                return
            }
            guard MonotonicClock.now() < deadline else { throw .timedOut(broker, waitingFor: "leaders of topic \(name)") }
            MonotonicClock.sleep(nanoseconds: 5_000_000)
        }
    }
}
