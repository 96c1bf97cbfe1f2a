// DescribeProducers (61): what partitions remember of their producers.
package import Vocabulary

package struct DescribeProducersRequest: WireMessage {
    package static let key = APIKey.describeProducers
    package var topics: [TopicPartitions]

    package init(topics: [TopicPartitions]) { self.topics = topics }

    package init(from fields: inout FieldReader) throws(WireError) {
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(topics)
        fields.noTags()
    }
}

package struct DescribeProducersResponse: WireMessage {
    package static let key = APIKey.describeProducers
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
        package static let minimumSize = 9
        package var partitionIndex: Int32
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var activeProducers: [Producer]

        package init(partitionIndex: Int32, errorCode: ErrorCode = .none, errorMessage: String? = nil, activeProducers: [Producer] = []) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.activeProducers = activeProducers
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            activeProducers = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.array(activeProducers)
            fields.noTags()
        }
    }

    /// One producer of a partition; −1 stands for what is not known.
    package struct Producer: WireStruct {
        package static let minimumSize = 37
        package var producerID: ProducerID
        /// An int32 here, and here only.
        package var producerEpoch: Int32
        package var lastSequence: Int32
        /// Since 1970.
        package var lastTimestampMilliseconds: Int64
        package var coordinatorEpoch: Int32
        package var currentTransactionStartOffset: Offset

        package init(
            producerID: ProducerID, producerEpoch: Int32, lastSequence: Int32 = -1, lastTimestampMilliseconds: Int64 = -1,
            coordinatorEpoch: Int32, currentTransactionStartOffset: Offset = -1
        ) {
            self.producerID = producerID
            self.producerEpoch = producerEpoch
            self.lastSequence = lastSequence
            self.lastTimestampMilliseconds = lastTimestampMilliseconds
            self.coordinatorEpoch = coordinatorEpoch
            self.currentTransactionStartOffset = currentTransactionStartOffset
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            producerID = try fields.int64()
            producerEpoch = try fields.int32()
            lastSequence = try fields.int32()
            lastTimestampMilliseconds = try fields.int64()
            coordinatorEpoch = try fields.int32()
            currentTransactionStartOffset = try fields.int64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int64(producerID)
            fields.int32(producerEpoch)
            fields.int32(lastSequence)
            fields.int64(lastTimestampMilliseconds)
            fields.int32(coordinatorEpoch)
            fields.int64(currentTransactionStartOffset)
            fields.noTags()
        }
    }
}
