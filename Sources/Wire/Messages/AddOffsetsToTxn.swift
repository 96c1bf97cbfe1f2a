// AddOffsetsToTxn (25): a group's offsets are about to join a producer's transaction.
package import Vocabulary

package struct AddOffsetsToTxnRequest: WireMessage {
    package static let key = APIKey.addOffsetsToTxn
    package var transactionalID: String
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    package var groupID: String

    package init(transactionalID: String, producerID: ProducerID, producerEpoch: ProducerEpoch, groupID: String) {
        self.transactionalID = transactionalID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.groupID = groupID
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalID = try fields.string()
        producerID = try fields.int64()
        producerEpoch = try fields.int16()
        groupID = try fields.string()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(transactionalID)
        fields.int64(producerID)
        fields.int16(producerEpoch)
        fields.string(groupID)
        fields.noTags()
    }
}

package struct AddOffsetsToTxnResponse: WireMessage {
    package static let key = APIKey.addOffsetsToTxn
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
