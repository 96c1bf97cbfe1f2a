// InitProducerId (22): the identity that makes a producer's sequences count.
package import Vocabulary

package struct InitProducerIDRequest: WireMessage {
    package static let key = APIKey.initProducerID
    /// nil for a producer that is idempotent only.
    package var transactionalID: String?
    package var transactionTimeoutMilliseconds: Int32
    /// From version 3, as is the epoch: the identity that the producer already holds; -1 for none.
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch

    package init(
        transactionalID: String?, transactionTimeoutMilliseconds: Int32, producerID: ProducerID = -1,
        producerEpoch: ProducerEpoch = -1
    ) {
        self.transactionalID = transactionalID
        self.transactionTimeoutMilliseconds = transactionTimeoutMilliseconds
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalID = try fields.nullableString()
        transactionTimeoutMilliseconds = try fields.int32()
        producerID = fields.version >= 3 ? try fields.int64() : -1
        producerEpoch = fields.version >= 3 ? try fields.int16() : -1
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.nullableString(transactionalID)
        fields.int32(transactionTimeoutMilliseconds)
        if fields.version >= 3 {
            fields.int64(producerID)
            fields.int16(producerEpoch)
        }
        fields.noTags()
    }
}

package struct InitProducerIDResponse: WireMessage {
    package static let key = APIKey.initProducerID
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    /// -1 with an error, as is the epoch.
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch

    package init(
        throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, producerID: ProducerID = -1,
        producerEpoch: ProducerEpoch = -1
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        producerID = try fields.int64()
        producerEpoch = try fields.int16()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.int64(producerID)
        fields.int16(producerEpoch)
        fields.noTags()
    }
}
