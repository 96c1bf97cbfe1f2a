// WriteTxnMarkers (27): a transaction coordinator ends transactions in partitions of another broker.
package import Vocabulary

package struct WriteTxnMarkersRequest: WireMessage {
    package static let key = APIKey.writeTxnMarkers
    package var markers: [Marker]

    package init(markers: [Marker]) { self.markers = markers }

    package init(from fields: inout FieldReader) throws(WireError) {
        markers = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(markers)
        fields.noTags()
    }

    package struct Marker: WireStruct {
        package static let minimumSize = 17
        package var producerID: ProducerID
        package var producerEpoch: ProducerEpoch
        package var isCommit: Bool
        package var topics: [TopicPartitions]
        package var coordinatorEpoch: Int32

        package init(
            producerID: ProducerID, producerEpoch: ProducerEpoch, isCommit: Bool, topics: [TopicPartitions], coordinatorEpoch: Int32
        ) {
            self.producerID = producerID
            self.producerEpoch = producerEpoch
            self.isCommit = isCommit
            self.topics = topics
            self.coordinatorEpoch = coordinatorEpoch
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            producerID = try fields.int64()
            producerEpoch = try fields.int16()
            isCommit = try fields.bool()
            topics = try fields.array()
            coordinatorEpoch = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int64(producerID)
            fields.int16(producerEpoch)
            fields.bool(isCommit)
            fields.array(topics)
            fields.int32(coordinatorEpoch)
            fields.noTags()
        }
    }
}

package struct WriteTxnMarkersResponse: WireMessage {
    package static let key = APIKey.writeTxnMarkers
    /// In the order of the request.
    package var markers: [Marker]

    package init(markers: [Marker]) { self.markers = markers }

    package init(from fields: inout FieldReader) throws(WireError) {
        markers = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(markers)
        fields.noTags()
    }

    package struct Marker: WireStruct {
        package static let minimumSize = 10
        package var producerID: ProducerID
        package var topics: [TopicErrors]

        package init(producerID: ProducerID, topics: [TopicErrors]) {
            self.producerID = producerID
            self.topics = topics
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            producerID = try fields.int64()
            topics = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int64(producerID)
            fields.array(topics)
            fields.noTags()
        }
    }
}
