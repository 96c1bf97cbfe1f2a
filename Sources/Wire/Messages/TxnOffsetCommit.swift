// TxnOffsetCommit (28): a producer commits a group's offsets as part of its transaction.
package import Vocabulary

package struct TxnOffsetCommitRequest: WireMessage {
    package static let key = APIKey.txnOffsetCommit
    package var transactionalID: String
    package var groupID: String
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    /// From version 3, as are the next two; −1 for a producer that does not speak for a member.
    package var generationID: Int32
    package var memberID: String
    package var groupInstanceID: String?
    package var topics: [Topic]

    package init(
        transactionalID: String, groupID: String, producerID: ProducerID, producerEpoch: ProducerEpoch, generationID: Int32 = -1,
        memberID: String = "", groupInstanceID: String? = nil, topics: [Topic]
    ) {
        self.transactionalID = transactionalID
        self.groupID = groupID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalID = try fields.string()
        groupID = try fields.string()
        producerID = try fields.int64()
        producerEpoch = try fields.int16()
        generationID = fields.version >= 3 ? try fields.int32() : -1
        memberID = fields.version >= 3 ? try fields.string() : ""
        groupInstanceID = fields.version >= 3 ? try fields.nullableString() : nil
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(transactionalID)
        fields.string(groupID)
        fields.int64(producerID)
        fields.int16(producerEpoch)
        if fields.version >= 3 {
            fields.int32(generationID)
            fields.string(memberID)
            fields.nullableString(groupInstanceID)
        }
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
        package var committedOffset: Offset
        /// From version 2; −1 when the client does not say.
        package var committedLeaderEpoch: LeaderEpoch
        package var metadata: String?

        package init(partitionIndex: Int32, committedOffset: Offset, committedLeaderEpoch: LeaderEpoch = -1, metadata: String? = nil) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.metadata = metadata
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            committedOffset = try fields.int64()
            committedLeaderEpoch = fields.version >= 2 ? try fields.int32() : -1
            metadata = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int64(committedOffset)
            if fields.version >= 2 { fields.int32(committedLeaderEpoch) }
            fields.nullableString(metadata)
            fields.noTags()
        }
    }
}

package struct TxnOffsetCommitResponse: WireMessage {
    package static let key = APIKey.txnOffsetCommit
    package var throttleMilliseconds: Int32
    package var topics: [TopicErrors]

    package init(throttleMilliseconds: Int32 = 0, topics: [TopicErrors]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(topics)
        fields.noTags()
    }
}
