// Metadata (3), response: the brokers, and the leader of each partition.
package import Vocabulary

package struct MetadataResponse: WireMessage {
    package static let key = APIKey.metadata
    /// From version 3.
    package var throttleMilliseconds: Int32
    package var brokers: [Broker]
    /// From version 2.
    package var clusterID: String?
    /// From version 1.
    package var controllerID: Int32
    package var topics: [Topic]
    /// Versions 8-10. The smallest Int32 stands for "not asked for".
    package var clusterAuthorizedOperations: Int32

    package init(
        throttleMilliseconds: Int32 = 0, brokers: [Broker], clusterID: String?, controllerID: Int32 = -1,
        topics: [Topic], clusterAuthorizedOperations: Int32 = .min
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.brokers = brokers
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.topics = topics
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 3 ? try fields.int32() : 0
        brokers = try fields.array()
        clusterID = fields.version >= 2 ? try fields.nullableString() : nil
        controllerID = fields.version >= 1 ? try fields.int32() : -1
        topics = try fields.array()
        clusterAuthorizedOperations = (8...10).contains(fields.version) ? try fields.int32() : .min
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 3 { fields.int32(throttleMilliseconds) }
        fields.array(brokers)
        if fields.version >= 2 { fields.nullableString(clusterID) }
        if fields.version >= 1 { fields.int32(controllerID) }
        fields.array(topics)
        if (8...10).contains(fields.version) { fields.int32(clusterAuthorizedOperations) }
        fields.noTags()
    }

    package struct Broker: WireStruct {
        package static let minimumSize = 10
        package var nodeID: Int32
        package var host: String
        package var port: Int32
        /// From version 1.
        package var rack: String?

        package init(nodeID: Int32, host: String, port: Int32, rack: String? = nil) {
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.rack = rack
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            nodeID = try fields.int32()
            host = try fields.string()
            port = try fields.int32()
            rack = fields.version >= 1 ? try fields.nullableString() : nil
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(nodeID)
            fields.string(host)
            fields.int32(port)
            if fields.version >= 1 { fields.nullableString(rack) }
            fields.noTags()
        }
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 8
        package var errorCode: ErrorCode
        /// May be nil from version 12, for an id that names no topic.
        package var name: String?
        /// From version 10.
        package var topicID: TopicID
        /// From version 1.
        package var isInternal: Bool
        package var partitions: [Partition]
        /// From version 8.
        package var topicAuthorizedOperations: Int32

        package init(
            errorCode: ErrorCode = .none, name: String?, topicID: TopicID = .zero, isInternal: Bool = false,
            partitions: [Partition], topicAuthorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.name = name
            self.topicID = topicID
            self.isInternal = isInternal
            self.partitions = partitions
            self.topicAuthorizedOperations = topicAuthorizedOperations
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            name = fields.version >= 12 ? try fields.nullableString() : try fields.string()
            topicID = fields.version >= 10 ? try fields.topicID() : .zero
            isInternal = fields.version >= 1 ? try fields.bool() : false
            partitions = try fields.array()
            topicAuthorizedOperations = fields.version >= 8 ? try fields.int32() : .min
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            if fields.version >= 12 { fields.nullableString(name) } else { fields.string(name ?? "") }
            if fields.version >= 10 { fields.topicID(topicID) }
            if fields.version >= 1 { fields.bool(isInternal) }
            fields.array(partitions)
            if fields.version >= 8 { fields.int32(topicAuthorizedOperations) }
            fields.noTags()
        }
    }

    package struct Partition: WireStruct {
        package static let minimumSize = 18
        package var errorCode: ErrorCode
        package var partitionIndex: Int32
        package var leaderID: Int32
        /// From version 7.
        package var leaderEpoch: LeaderEpoch
        package var replicaNodes: [Int32]
        package var isrNodes: [Int32]
        /// From version 5.
        package var offlineReplicas: [Int32]

        package init(
            errorCode: ErrorCode = .none, partitionIndex: Int32, leaderID: Int32, leaderEpoch: LeaderEpoch = -1,
            replicaNodes: [Int32], isrNodes: [Int32], offlineReplicas: [Int32] = []
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderID = leaderID
            self.leaderEpoch = leaderEpoch
            self.replicaNodes = replicaNodes
            self.isrNodes = isrNodes
            self.offlineReplicas = offlineReplicas
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            partitionIndex = try fields.int32()
            leaderID = try fields.int32()
            leaderEpoch = fields.version >= 7 ? try fields.int32() : -1
            replicaNodes = try fields.int32Array()
            isrNodes = try fields.int32Array()
            offlineReplicas = fields.version >= 5 ? try fields.int32Array() : []
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.int32(partitionIndex)
            fields.int32(leaderID)
            if fields.version >= 7 { fields.int32(leaderEpoch) }
            fields.int32Array(replicaNodes)
            fields.int32Array(isrNodes)
            if fields.version >= 5 { fields.int32Array(offlineReplicas) }
            fields.noTags()
        }
    }
}
