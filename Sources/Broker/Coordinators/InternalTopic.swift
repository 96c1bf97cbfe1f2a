// The broker's own topics: what its coordinators must not forget.
//
// They are made on demand, compacted, and marked internal in Metadata. Clients may read them, and nothing else: produce,
// create, delete and DeleteRecords answer INVALID_TOPIC_EXCEPTION, as Kafka does where it guards them at all.
internal import Coordination
internal import StorageEngine

enum InternalTopic: CaseIterable, Sendable {
    case consumerOffsets, transactionState

    var name: String {
        switch self {
        case .consumerOffsets: CoordinatorPartition.offsetsTopic
        case .transactionState: CoordinatorPartition.transactionsTopic
        }
    }

    static func named(_ name: String) -> InternalTopic? { allCases.first { $0.name == name } }

    /// Bytes of the largest batch: a group of thousands of members, with their subscriptions and assignments, is one record.
    static let largestBatchBytes = 32 << 20

    func partitionCount(_ configuration: BrokerConfiguration) -> Int32 {
        switch self {
        case .consumerOffsets: configuration.groups.offsetsPartitions
        case .transactionState: configuration.transactionsPartitions
        }
    }

    func overrides(_ configuration: BrokerConfiguration) -> [String: String] {
        let segmentBytes =
            switch self {
            case .consumerOffsets: configuration.offsetsSegmentBytes
            case .transactionState: configuration.transactionsSegmentBytes
            }
        return [
            "cleanup.policy": "compact", "compression.type": "producer", "segment.bytes": "\(max(segmentBytes, Self.largestBatchBytes))",
            "max.message.bytes": "\(Self.largestBatchBytes)", "message.timestamp.type": "CreateTime",
        ]
    }
}

extension Broker {
    /// How many partitions the topic has or, before it is made, will have: what was configured when it was made counts.
    func partitionCount(of topic: InternalTopic) -> Int32 {
        storage.topic(named: topic.name)?.partitionCount ?? topic.partitionCount(configuration)
    }

    /// Makes the topic unless it is there. Waits for the disk: on the control thread.
    func ensure(_ topic: InternalTopic) throws(StorageError) {
        guard storage.topic(named: topic.name) == nil else { return }
        do throws(StorageError) {
            let made = try storage.createTopic(
                named: topic.name, partitionCount: topic.partitionCount(configuration), overrides: topic.overrides(configuration))
            log.info("internal topic \(made.name) created with \(made.partitionCount) partitions")
        } catch {
            if case .topicExists = error { return }
            throw error
        }
    }
}
