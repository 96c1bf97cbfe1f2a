// Fetch (1), request, as values. A broker reads FetchRequestView instead.
package import Vocabulary

package struct FetchRequest: WireMessage {
    package static let key = APIKey.fetch
    /// From version 12, as a tag, only where it is not nil.
    package var clusterID: String?
    /// -1 for a consumer.
    package var replicaID: Int32
    package var maxWaitMilliseconds: Int32
    package var minBytes: Int32
    package var maxBytes: Int32
    /// 0 reads everything below the high watermark, 1 only what is committed.
    package var isolationLevel: Int8
    /// From version 7. 0 and -1 ask for no session.
    package var sessionID: Int32
    package var sessionEpoch: Int32
    package var topics: [Topic]
    /// From version 7.
    package var forgottenTopics: [ForgottenTopic]
    /// From version 11.
    package var rackID: String

    package init(
        clusterID: String? = nil, replicaID: Int32 = -1, maxWaitMilliseconds: Int32, minBytes: Int32,
        maxBytes: Int32 = .max, isolationLevel: Int8 = 0, sessionID: Int32 = 0, sessionEpoch: Int32 = -1,
        topics: [Topic], forgottenTopics: [ForgottenTopic] = [], rackID: String = ""
    ) {
        self.clusterID = clusterID
        self.replicaID = replicaID
        self.maxWaitMilliseconds = maxWaitMilliseconds
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.isolationLevel = isolationLevel
        self.sessionID = sessionID
        self.sessionEpoch = sessionEpoch
        self.topics = topics
        self.forgottenTopics = forgottenTopics
        self.rackID = rackID
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        replicaID = try fields.int32()
        maxWaitMilliseconds = try fields.int32()
        minBytes = try fields.int32()
        maxBytes = try fields.int32()
        isolationLevel = try fields.int8()
        sessionID = fields.version >= 7 ? try fields.int32() : 0
        sessionEpoch = fields.version >= 7 ? try fields.int32() : -1
        topics = try fields.array()
        forgottenTopics = fields.version >= 7 ? try fields.array() : []
        rackID = fields.version >= 11 ? try fields.string() : ""
        var cluster: String?
        try fields.tags { (number: UInt32, fields: inout FieldReader) throws(WireError) in
            if number == 0 { cluster = try fields.nullableString() }
        }
        clusterID = cluster
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(replicaID)
        fields.int32(maxWaitMilliseconds)
        fields.int32(minBytes)
        fields.int32(maxBytes)
        fields.int8(isolationLevel)
        if fields.version >= 7 {
            fields.int32(sessionID)
            fields.int32(sessionEpoch)
        }
        fields.array(topics)
        if fields.version >= 7 { fields.array(forgottenTopics) }
        if fields.version >= 11 { fields.string(rackID) }
        guard fields.isFlexible, let clusterID else { return fields.noTags() }
        fields.tagCount(1)
        fields.tag(0) { $0.nullableString(clusterID) }
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 3
        package var name: String
        package var partitions: [Partition]

        package init(name: String, partitions: [Partition]) {
            self.name = name
            self.partitions = partitions
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            partitions = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.array(partitions)
            fields.noTags()
        }
    }

    package struct Partition: WireStruct {
        package static let minimumSize = 16
        package var partition: Int32
        /// From version 9. -1 asks for no check.
        package var currentLeaderEpoch: LeaderEpoch
        package var fetchOffset: Offset
        /// From version 12.
        package var lastFetchedEpoch: LeaderEpoch
        /// From version 5; only a follower says it.
        package var logStartOffset: Offset
        package var partitionMaxBytes: Int32

        package init(
            partition: Int32, currentLeaderEpoch: LeaderEpoch = -1, fetchOffset: Offset,
            lastFetchedEpoch: LeaderEpoch = -1, logStartOffset: Offset = -1, partitionMaxBytes: Int32
        ) {
            self.partition = partition
            self.currentLeaderEpoch = currentLeaderEpoch
            self.fetchOffset = fetchOffset
            self.lastFetchedEpoch = lastFetchedEpoch
            self.logStartOffset = logStartOffset
            self.partitionMaxBytes = partitionMaxBytes
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partition = try fields.int32()
            currentLeaderEpoch = fields.version >= 9 ? try fields.int32() : -1
            fetchOffset = try fields.int64()
            lastFetchedEpoch = fields.version >= 12 ? try fields.int32() : -1
            logStartOffset = fields.version >= 5 ? try fields.int64() : -1
            partitionMaxBytes = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partition)
            if fields.version >= 9 { fields.int32(currentLeaderEpoch) }
            fields.int64(fetchOffset)
            if fields.version >= 12 { fields.int32(lastFetchedEpoch) }
            if fields.version >= 5 { fields.int64(logStartOffset) }
            fields.int32(partitionMaxBytes)
            fields.noTags()
        }
    }

    /// Partitions that leave a session.
    package struct ForgottenTopic: WireStruct {
        package static let minimumSize = 3
        package var name: String
        package var partitions: [Int32]

        package init(name: String, partitions: [Int32]) {
            self.name = name
            self.partitions = partitions
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            partitions = try fields.int32Array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int32Array(partitions)
            fields.noTags()
        }
    }
}
