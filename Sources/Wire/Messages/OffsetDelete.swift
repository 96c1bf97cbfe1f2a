// OffsetDelete (47): single offsets of a group go. Never flexible.

package struct OffsetDeleteRequest: WireMessage {
    package static let key = APIKey.offsetDelete
    package var groupID: String
    package var topics: [Topic]

    package init(groupID: String, topics: [Topic]) {
        self.groupID = groupID
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groupID = try fields.string()
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(groupID)
        fields.array(topics)
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 6
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
        package static let minimumSize = 4
        package var partitionIndex: Int32

        package init(partitionIndex: Int32) {
            self.partitionIndex = partitionIndex
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.noTags()
        }
    }
}

package struct OffsetDeleteResponse: WireMessage {
    package static let key = APIKey.offsetDelete
    package var errorCode: ErrorCode
    package var throttleMilliseconds: Int32
    package var topics: [Topic]

    package init(errorCode: ErrorCode = .none, throttleMilliseconds: Int32 = 0, topics: [Topic] = []) {
        self.errorCode = errorCode
        self.throttleMilliseconds = throttleMilliseconds
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        errorCode = try fields.errorCode()
        throttleMilliseconds = try fields.int32()
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.errorCode(errorCode)
        fields.int32(throttleMilliseconds)
        fields.array(topics)
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 6
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
