// ListTransactions (66): the transactional ids of a coordinator.
package import Vocabulary

package struct ListTransactionsRequest: WireMessage {
    package static let key = APIKey.listTransactions
    /// Kafka's names of states; empty: any.
    package var stateFilters: [String]
    /// Empty: any.
    package var producerIDFilters: [ProducerID]

    package init(stateFilters: [String] = [], producerIDFilters: [ProducerID] = []) {
        self.stateFilters = stateFilters
        self.producerIDFilters = producerIDFilters
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        stateFilters = try fields.stringArray()
        producerIDFilters = try fields.int64Array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.stringArray(stateFilters)
        fields.int64Array(producerIDFilters)
        fields.noTags()
    }
}

package struct ListTransactionsResponse: WireMessage {
    package static let key = APIKey.listTransactions
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var unknownStateFilters: [String]
    package var transactions: [Transaction]

    package init(
        throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, unknownStateFilters: [String] = [], transactions: [Transaction] = []
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.unknownStateFilters = unknownStateFilters
        self.transactions = transactions
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        unknownStateFilters = try fields.stringArray()
        transactions = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.stringArray(unknownStateFilters)
        fields.array(transactions)
        fields.noTags()
    }

    package struct Transaction: WireStruct {
        package static let minimumSize = 11
        package var transactionalID: String
        package var producerID: ProducerID
        package var state: String

        package init(transactionalID: String, producerID: ProducerID, state: String) {
            self.transactionalID = transactionalID
            self.producerID = producerID
            self.state = state
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            transactionalID = try fields.string()
            producerID = try fields.int64()
            state = try fields.string()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(transactionalID)
            fields.int64(producerID)
            fields.string(state)
            fields.noTags()
        }
    }
}
