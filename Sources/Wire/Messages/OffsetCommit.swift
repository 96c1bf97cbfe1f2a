// OffsetCommit (8): how far a group has read.
package import Vocabulary

package struct OffsetCommitRequest: WireMessage {
    package static let key = APIKey.offsetCommit
    package var groupID: String
    /// −1, with an empty member id: a consumer that only keeps its offsets here.
    package var generationID: Int32
    package var memberID: String
    /// From version 7: of a static member.
    package var instanceID: String?
    /// Versions 2 to 4; −1: the broker's.
    package var retentionMilliseconds: Int64
    package var topics: [Topic]

    package init(
        groupID: String, generationID: Int32 = -1, memberID: String = "", instanceID: String? = nil,
        retentionMilliseconds: Int64 = -1, topics: [Topic]
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.instanceID = instanceID
        self.retentionMilliseconds = retentionMilliseconds
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groupID = try fields.string()
        generationID = try fields.int32()
        memberID = try fields.string()
        instanceID = fields.version >= 7 ? try fields.nullableString() : nil
        retentionMilliseconds = (2...4).contains(fields.version) ? try fields.int64() : -1
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(groupID)
        fields.int32(generationID)
        fields.string(memberID)
        if fields.version >= 7 { fields.nullableString(instanceID) }
        if (2...4).contains(fields.version) { fields.int64(retentionMilliseconds) }
        fields.array(topics)
        fields.noTags()
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
        package static let minimumSize = 14
        package var partitionIndex: Int32
        /// The next one to read.
        package var offset: Offset
        /// From version 6: of the last record read; −1: unknown.
        package var leaderEpoch: LeaderEpoch
        package var metadata: String?

        package init(partitionIndex: Int32, offset: Offset, leaderEpoch: LeaderEpoch = -1, metadata: String? = nil) {
            self.partitionIndex = partitionIndex
            self.offset = offset
            self.leaderEpoch = leaderEpoch
            self.metadata = metadata
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            offset = try fields.int64()
            leaderEpoch = fields.version >= 6 ? try fields.int32() : -1
            metadata = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int64(offset)
            if fields.version >= 6 { fields.int32(leaderEpoch) }
            fields.nullableString(metadata)
            fields.noTags()
        }
    }
}

package struct OffsetCommitResponse: WireMessage {
    package static let key = APIKey.offsetCommit
    package var throttleMilliseconds: Int32
    package var topics: [Topic]

    package init(throttleMilliseconds: Int32 = 0, topics: [Topic]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 3 ? try fields.int32() : 0
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 3 { fields.int32(throttleMilliseconds) }
        fields.array(topics)
        fields.noTags()
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
        package static let minimumSize = 6
        package var partitionIndex: Int32
        package var errorCode: ErrorCode

        package init(partitionIndex: Int32, errorCode: ErrorCode = .none) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            errorCode = try fields.errorCode()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.errorCode(errorCode)
            fields.noTags()
        }
    }
}
