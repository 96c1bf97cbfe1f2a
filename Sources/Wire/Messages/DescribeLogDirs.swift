// DescribeLogDirs (35): which data directories there are, and how much of whom is in them.

package struct DescribeLogDirsRequest: WireMessage {
    package static let key = APIKey.describeLogDirs
    /// nil asks for every partition.
    package var topics: [Topic]?

    package init(topics: [Topic]?) { self.topics = topics }

    package init(from fields: inout FieldReader) throws(WireError) {
        topics = try fields.nullableArray()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(topics)
        fields.noTags()
    }

    package struct Topic: WireStruct {
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

package struct DescribeLogDirsResponse: WireMessage {
    package static let key = APIKey.describeLogDirs
    package var throttleMilliseconds: Int32
    /// From version 3.
    package var errorCode: ErrorCode
    package var results: [Directory]

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, results: [Directory]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.results = results
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = fields.version >= 3 ? try fields.errorCode() : .none
        results = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        if fields.version >= 3 { fields.errorCode(errorCode) }
        fields.array(results)
        fields.noTags()
    }

    package struct Directory: WireStruct {
        package static let minimumSize = 5
        package var errorCode: ErrorCode
        package var path: String
        package var topics: [Topic]
        /// From version 4, as is the other. Bytes of the volume that the directory is on; -1 where they are not known.
        package var totalBytes: Int64
        /// Bytes of it that are free for us.
        package var usableBytes: Int64

        package init(
            errorCode: ErrorCode = .none, path: String, topics: [Topic] = [], totalBytes: Int64 = -1, usableBytes: Int64 = -1
        ) {
            self.errorCode = errorCode
            self.path = path
            self.topics = topics
            self.totalBytes = totalBytes
            self.usableBytes = usableBytes
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            path = try fields.string()
            topics = try fields.array()
            totalBytes = fields.version >= 4 ? try fields.int64() : -1
            usableBytes = fields.version >= 4 ? try fields.int64() : -1
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.string(path)
            fields.array(topics)
            if fields.version >= 4 {
                fields.int64(totalBytes)
                fields.int64(usableBytes)
            }
            fields.noTags()
        }
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
        package static let minimumSize = 21
        package var partitionIndex: Int32
        /// Bytes of its segments.
        package var sizeBytes: Int64
        /// Records that are not below the high watermark yet.
        package var offsetLag: Int64
        /// A copy that is on its way to another directory, of which there are none here.
        package var isFuture: Bool

        package init(partitionIndex: Int32, sizeBytes: Int64, offsetLag: Int64, isFuture: Bool = false) {
            self.partitionIndex = partitionIndex
            self.sizeBytes = sizeBytes
            self.offsetLag = offsetLag
            self.isFuture = isFuture
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            sizeBytes = try fields.int64()
            offsetLag = try fields.int64()
            isFuture = try fields.bool()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int64(sizeBytes)
            fields.int64(offsetLag)
            fields.bool(isFuture)
            fields.noTags()
        }
    }
}
