package import Vocabulary
package import Wire

/// Which brokers there are and which leads what.
package struct ClusterMetadata: Sendable, Equatable {
    package struct Partition: Sendable, Equatable {
        package let index: Int32
        /// nil while there is none.
        package let leader: Int32?
        package let leaderEpoch: LeaderEpoch?
        package let replicas: [Int32]
        package let inSyncReplicas: [Int32]
    }

    package struct Topic: Sendable, Equatable {
        package let name: String
        package let errorCode: ErrorCode
        /// Whether the brokers keep their own state in it.
        package let isInternal: Bool
        /// By index.
        package let partitions: [Partition]
    }

    package let clusterID: String?
    /// nil while there is none.
    package let controller: Int32?
    package let brokers: [Int32: BrokerAddress]
    package let topics: [Topic]

    package init(_ response: MetadataResponse) {
        var brokers: [Int32: BrokerAddress] = [:]
        for broker in response.brokers {
            brokers[broker.nodeID] = BrokerAddress(host: broker.host, port: UInt16(truncatingIfNeeded: broker.port))
        }
        self.brokers = brokers
        clusterID = response.clusterID
        controller = response.controllerID >= 0 ? response.controllerID : nil
        topics = response.topics.map { topic in
            let partitions = topic.partitions.map {
                Partition(
                    index: $0.partitionIndex, leader: $0.leaderID >= 0 ? $0.leaderID : nil,
                    leaderEpoch: $0.leaderEpoch >= 0 ? $0.leaderEpoch : nil, replicas: $0.replicaNodes,
                    inSyncReplicas: $0.isrNodes)
            }
            return Topic(
                name: topic.name ?? "", errorCode: topic.errorCode, isInternal: topic.isInternal,
                partitions: partitions.sorted { $0.index < $1.index })
        }
    }

    /// nil for a topic that was not asked for.
    package func topic(_ name: String) -> Topic? { topics.first { $0.name == name } }
}
