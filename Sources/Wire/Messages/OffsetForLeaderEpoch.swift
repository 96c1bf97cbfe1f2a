// OffsetForLeaderEpoch (23): where a leader's term ends in the log, so that who read from an older one knows what to cut.
package import Vocabulary

package struct OffsetForLeaderEpochRequest: WireMessage {
    package static let key = APIKey.offsetForLeaderEpoch
    /// From version 3. -1 is a consumer, -2 somebody who does not say.
    package var replicaID: Int32
    package var topics: [Topic]

    package init(replicaID: Int32 = -2, topics: [Topic]) {
        self.replicaID = replicaID
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        replicaID = fields.version >= 3 ? try fields.int32() : -2
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 3 { fields.int32(replicaID) }
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
        package static let minimumSize = 12
        package var partitionIndex: Int32
        /// The term that the asker takes for the present one; -1 asks for no check.
        package var currentLeaderEpoch: LeaderEpoch
        /// The term whose end is wanted.
        package var leaderEpoch: LeaderEpoch

        package init(partitionIndex: Int32, currentLeaderEpoch: LeaderEpoch = -1, leaderEpoch: LeaderEpoch) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.leaderEpoch = leaderEpoch
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            currentLeaderEpoch = try fields.int32()
            leaderEpoch = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int32(currentLeaderEpoch)
            fields.int32(leaderEpoch)
            fields.noTags()
        }
    }
}

package struct OffsetForLeaderEpochResponse: WireMessage {
    package static let key = APIKey.offsetForLeaderEpoch
    package var throttleMilliseconds: Int32
    package var topics: [Topic]

    package init(throttleMilliseconds: Int32 = 0, topics: [Topic]) {
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
        package static let minimumSize = 18
        package var errorCode: ErrorCode
        package var partitionIndex: Int32
        /// The largest term of the log that is at most the one asked for; -1 where the log knows of none.
        package var leaderEpoch: LeaderEpoch
        /// Behind its last record; -1 likewise.
        package var endOffset: Offset

        package init(errorCode: ErrorCode = .none, partitionIndex: Int32, leaderEpoch: LeaderEpoch = -1, endOffset: Offset = -1) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderEpoch = leaderEpoch
            self.endOffset = endOffset
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            partitionIndex = try fields.int32()
            leaderEpoch = try fields.int32()
            endOffset = try fields.int64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.int32(partitionIndex)
            fields.int32(leaderEpoch)
            fields.int64(endOffset)
            fields.noTags()
        }
    }
}
