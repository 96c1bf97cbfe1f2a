// DescribeTransactions (65): where transactional ids stand.
package import Vocabulary

package struct DescribeTransactionsRequest: WireMessage {
    package static let key = APIKey.describeTransactions
    package var transactionalIDs: [String]

    package init(transactionalIDs: [String]) { self.transactionalIDs = transactionalIDs }

    package init(from fields: inout FieldReader) throws(WireError) {
        transactionalIDs = try fields.stringArray()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.stringArray(transactionalIDs)
        fields.noTags()
    }
}

package struct DescribeTransactionsResponse: WireMessage {
    package static let key = APIKey.describeTransactions
    package var throttleMilliseconds: Int32
    package var transactions: [Transaction]

    package init(throttleMilliseconds: Int32 = 0, transactions: [Transaction]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.transactions = transactions
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        transactions = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(transactions)
        fields.noTags()
    }

    package struct Transaction: WireStruct {
        package static let minimumSize = 28
        package var errorCode: ErrorCode
        package var transactionalID: String
        /// Kafka's name of the state; empty with an error.
        package var state: String
        package var timeoutMilliseconds: Int32
        /// Since 1970; −1 without a transaction.
        package var startMilliseconds: Int64
        package var producerID: ProducerID
        package var producerEpoch: ProducerEpoch
        /// Those without a marker yet.
        package var topics: [TopicPartitions]

        package init(
            errorCode: ErrorCode = .none, transactionalID: String, state: String = "", timeoutMilliseconds: Int32 = 0,
            startMilliseconds: Int64 = 0, producerID: ProducerID = 0, producerEpoch: ProducerEpoch = 0, topics: [TopicPartitions] = []
        ) {
            self.errorCode = errorCode
            self.transactionalID = transactionalID
            self.state = state
            self.timeoutMilliseconds = timeoutMilliseconds
            self.startMilliseconds = startMilliseconds
            self.producerID = producerID
            self.producerEpoch = producerEpoch
            self.topics = topics
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            transactionalID = try fields.string()
            state = try fields.string()
            timeoutMilliseconds = try fields.int32()
            startMilliseconds = try fields.int64()
            producerID = try fields.int64()
            producerEpoch = try fields.int16()
            topics = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.string(transactionalID)
            fields.string(state)
            fields.int32(timeoutMilliseconds)
            fields.int64(startMilliseconds)
            fields.int64(producerID)
            fields.int16(producerEpoch)
            fields.array(topics)
            fields.noTags()
        }
    }
}
