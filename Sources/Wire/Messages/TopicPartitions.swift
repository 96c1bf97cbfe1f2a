// Two structs that the transaction APIs share: partitions by topic, and an error for each.

/// A topic and some of its partitions.
package struct TopicPartitions: WireStruct {
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

/// What became of a request for each of a topic's partitions.
package struct TopicErrors: WireStruct {
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
