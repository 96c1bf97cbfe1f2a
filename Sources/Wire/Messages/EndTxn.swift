// EndTxn (26): a producer commits or aborts its transaction.
package import Vocabulary

package struct EndTxnRequest: WireMessage {
    package static let key = APIKey.endTxn
    package var transactionalID: String
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    package var isCommitted: Bool

    package init(transactionalID: String, producerID: ProducerID, producerEpoch: ProducerEpoch, isCommitted: Bool) {
        self.transactionalID = transactionalID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.isCommitted = isCommitted
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalID = try fields.string()
        producerID = try fields.int64()
        producerEpoch = try fields.int16()
        isCommitted = try fields.bool()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(transactionalID)
        fields.int64(producerID)
        fields.int16(producerEpoch)
        fields.bool(isCommitted)
        fields.noTags()
    }
}

package struct EndTxnResponse: WireMessage {
    package static let key = APIKey.endTxn
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.noTags()
    }
}
