// ListOffsets (2): the offset that belongs to a time, or to either end of the log.
package import Vocabulary

package struct ListOffsetsRequest: WireMessage {
    package static let key = APIKey.listOffsets
    /// In place of a timestamp: the high watermark (or the last stable offset).
    package static let latestTimestamp: Int64 = -1
    /// In place of a timestamp: the log start offset.
    package static let earliestTimestamp: Int64 = -2
    /// In place of a timestamp, from version 7: the record with the largest timestamp.
    package static let maxTimestamp: Int64 = -3

    package var replicaID: Int32
    /// From version 2.
    package var isolationLevel: Int8
    package var topics: [Topic]

    package init(replicaID: Int32 = -1, isolationLevel: Int8 = 0, topics: [Topic]) {
        self.replicaID = replicaID
        self.isolationLevel = isolationLevel
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        replicaID = try fields.int32()
        isolationLevel = fields.version >= 2 ? try fields.int8() : 0
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(replicaID)
        if fields.version >= 2 { fields.int8(isolationLevel) }
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
        /// From version 4. -1 asks for no check.
        package var currentLeaderEpoch: LeaderEpoch
        /// Milliseconds since 1970, or one of the three constants of the request.
        package var timestamp: Int64

        package init(partitionIndex: Int32, currentLeaderEpoch: LeaderEpoch = -1, timestamp: Int64) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.timestamp = timestamp
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            currentLeaderEpoch = fields.version >= 4 ? try fields.int32() : -1
            timestamp = try fields.int64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            if fields.version >= 4 { fields.int32(currentLeaderEpoch) }
            fields.int64(timestamp)
            fields.noTags()
        }
    }
}

package struct ListOffsetsResponse: WireMessage {
    package static let key = APIKey.listOffsets
    /// From version 2.
    package var throttleMilliseconds: Int32
    package var topics: [Topic]

    package init(throttleMilliseconds: Int32 = 0, topics: [Topic]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 2 ? try fields.int32() : 0
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 2 { fields.int32(throttleMilliseconds) }
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
        package static let minimumSize = 22
        package var partitionIndex: Int32
        package var errorCode: ErrorCode
        /// The timestamp of the record at `offset`; -1 for an end of the log.
        package var timestamp: Int64
        /// -1 where no record is that late.
        package var offset: Offset
        /// From version 4.
        package var leaderEpoch: LeaderEpoch

        package init(
            partitionIndex: Int32, errorCode: ErrorCode = .none, timestamp: Int64 = -1, offset: Offset = -1,
            leaderEpoch: LeaderEpoch = -1
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.timestamp = timestamp
            self.offset = offset
            self.leaderEpoch = leaderEpoch
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            errorCode = try fields.errorCode()
            timestamp = try fields.int64()
            offset = try fields.int64()
            leaderEpoch = fields.version >= 4 ? try fields.int32() : -1
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.errorCode(errorCode)
            fields.int64(timestamp)
            fields.int64(offset)
            if fields.version >= 4 { fields.int32(leaderEpoch) }
            fields.noTags()
        }
    }
}
