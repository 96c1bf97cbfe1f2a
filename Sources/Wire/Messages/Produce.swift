// Produce (0) as values. The hot path uses ProduceRequestView and the writers; tools, tests and refusals use these.
package import Vocabulary

package struct ProduceRequest: WireMessage {
    package static let key = APIKey.produce
    /// From version 3.
    package var transactionalID: String?
    /// 0 asks for no answer, 1 for the leader's, -1 for that of all in-sync replicas.
    package var acks: Int16
    package var timeoutMilliseconds: Int32
    package var topics: [Topic]

    package init(transactionalID: String? = nil, acks: Int16, timeoutMilliseconds: Int32, topics: [Topic]) {
        self.transactionalID = transactionalID
        self.acks = acks
        self.timeoutMilliseconds = timeoutMilliseconds
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalID = fields.version >= 3 ? try fields.nullableString() : nil
        acks = try fields.int16()
        timeoutMilliseconds = try fields.int32()
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 3 { fields.nullableString(transactionalID) }
        fields.int16(acks)
        fields.int32(timeoutMilliseconds)
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
        package var index: Int32
        /// One record batch; nil where the client sent null.
        package var records: [UInt8]?

        package init(index: Int32, records: [UInt8]?) {
            self.index = index
            self.records = records
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            index = try fields.int32()
            records = try fields.records()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(index)
            fields.records(records)
            fields.noTags()
        }
    }
}

package struct ProduceResponse: WireMessage {
    package static let key = APIKey.produce
    package var topics: [Topic]
    /// From version 1.
    package var throttleMilliseconds: Int32

    package init(topics: [Topic], throttleMilliseconds: Int32 = 0) {
        self.topics = topics
        self.throttleMilliseconds = throttleMilliseconds
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        topics = try fields.array()
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(topics)
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
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
        package var index: Int32
        package var errorCode: ErrorCode
        /// The offset of the batch's first record; -1 with an error.
        package var baseOffset: Offset
        /// From version 2. -1 where the topic keeps the records' own time.
        package var logAppendTimeMilliseconds: Int64
        /// From version 5.
        package var logStartOffset: Offset
        /// From version 8, as is the message: the records that made the batch be refused.
        package var recordErrors: [RecordError]
        package var errorMessage: String?

        package init(
            index: Int32, errorCode: ErrorCode = .none, baseOffset: Offset = -1,
            logAppendTimeMilliseconds: Int64 = -1, logStartOffset: Offset = -1, recordErrors: [RecordError] = [],
            errorMessage: String? = nil
        ) {
            self.index = index
            self.errorCode = errorCode
            self.baseOffset = baseOffset
            self.logAppendTimeMilliseconds = logAppendTimeMilliseconds
            self.logStartOffset = logStartOffset
            self.recordErrors = recordErrors
            self.errorMessage = errorMessage
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            index = try fields.int32()
            errorCode = try fields.errorCode()
            baseOffset = try fields.int64()
            logAppendTimeMilliseconds = fields.version >= 2 ? try fields.int64() : -1
            logStartOffset = fields.version >= 5 ? try fields.int64() : -1
            recordErrors = fields.version >= 8 ? try fields.array() : []
            errorMessage = fields.version >= 8 ? try fields.nullableString() : nil
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(index)
            fields.errorCode(errorCode)
            fields.int64(baseOffset)
            if fields.version >= 2 { fields.int64(logAppendTimeMilliseconds) }
            if fields.version >= 5 { fields.int64(logStartOffset) }
            if fields.version >= 8 {
                fields.array(recordErrors)
                fields.nullableString(errorMessage)
            }
            fields.noTags()
        }
    }

    package struct RecordError: WireStruct {
        package static let minimumSize = 6
        /// The record's place in its batch, from 0.
        package var batchIndex: Int32
        package var message: String?

        package init(batchIndex: Int32, message: String?) {
            self.batchIndex = batchIndex
            self.message = message
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            batchIndex = try fields.int32()
            message = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(batchIndex)
            fields.nullableString(message)
            fields.noTags()
        }
    }
}
