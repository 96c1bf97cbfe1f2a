// DeleteRecords (21): a partition's records below an offset go for good.
package import Vocabulary

package struct DeleteRecordsRequest: WireMessage {
    package static let key = APIKey.deleteRecords
    /// Stands for the high watermark.
    package static let highWatermark: Offset = -1
    package var topics: [Topic]
    package var timeoutMilliseconds: Int32

    package init(topics: [Topic], timeoutMilliseconds: Int32) {
        self.topics = topics
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        topics = try fields.array()
        timeoutMilliseconds = try fields.int32()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(topics)
        fields.int32(timeoutMilliseconds)
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
        /// The first one that stays.
        package var offset: Offset

        package init(partitionIndex: Int32, offset: Offset) {
            self.partitionIndex = partitionIndex
            self.offset = offset
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            offset = try fields.int64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int64(offset)
            fields.noTags()
        }
    }
}

package struct DeleteRecordsResponse: WireMessage {
    package static let key = APIKey.deleteRecords
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
        package static let minimumSize = 14
        package var partitionIndex: Int32
        /// Where the partition begins now; −1 with an error.
        package var lowWatermark: Offset
        package var errorCode: ErrorCode

        package init(partitionIndex: Int32, lowWatermark: Offset = -1, errorCode: ErrorCode = .none) {
            self.partitionIndex = partitionIndex
            self.lowWatermark = lowWatermark
            self.errorCode = errorCode
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            lowWatermark = try fields.int64()
            errorCode = try fields.errorCode()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int64(lowWatermark)
            fields.errorCode(errorCode)
            fields.noTags()
        }
    }
}
