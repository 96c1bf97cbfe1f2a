// AddPartitionsToTxn (24): partitions that a producer is about to write to join its transaction.
package import Vocabulary

package struct AddPartitionsToTxnRequest: WireMessage {
    package static let key = APIKey.addPartitionsToTxn
    package var transactionalID: String
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    package var topics: [TopicPartitions]

    package init(transactionalID: String, producerID: ProducerID, producerEpoch: ProducerEpoch, topics: [TopicPartitions]) {
        self.transactionalID = transactionalID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalID = try fields.string()
        producerID = try fields.int64()
        producerEpoch = try fields.int16()
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(transactionalID)
        fields.int64(producerID)
        fields.int16(producerEpoch)
        fields.array(topics)
        fields.noTags()
    }
}

package struct AddPartitionsToTxnResponse: WireMessage {
    package static let key = APIKey.addPartitionsToTxn
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
