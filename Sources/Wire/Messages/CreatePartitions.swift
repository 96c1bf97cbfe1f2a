// CreatePartitions (37): a topic gets more partitions.

package struct CreatePartitionsRequest: WireMessage {
    package static let key = APIKey.createPartitions
    package var topics: [Topic]
    package var timeoutMilliseconds: Int32
    package var validateOnly: Bool

    package init(topics: [Topic], timeoutMilliseconds: Int32 = 60_000, validateOnly: Bool = false) {
        self.topics = topics
        self.timeoutMilliseconds = timeoutMilliseconds
        self.validateOnly = validateOnly
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        topics = try fields.array()
        timeoutMilliseconds = try fields.int32()
        validateOnly = try fields.bool()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(topics)
        fields.int32(timeoutMilliseconds)
        fields.bool(validateOnly)
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 7
        package var name: String
        /// How many the topic shall have, the present ones among them.
        package var count: Int32
        /// One for each new partition; nil lets the broker choose.
        package var assignments: [Assignment]?

        package init(name: String, count: Int32, assignments: [Assignment]? = nil) {
            self.name = name
            self.count = count
            self.assignments = assignments
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            count = try fields.int32()
            assignments = try fields.nullableArray()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int32(count)
            fields.array(assignments)
            fields.noTags()
        }
    }

    package struct Assignment: WireStruct {
        package static let minimumSize = 2
        package var brokerIDs: [Int32]

        package init(brokerIDs: [Int32]) { self.brokerIDs = brokerIDs }

        package init(from fields: inout FieldReader) throws(WireError) {
            brokerIDs = try fields.int32Array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32Array(brokerIDs)
            fields.noTags()
        }
    }
}

package struct CreatePartitionsResponse: WireMessage {
    package static let key = APIKey.createPartitions
    package var throttleMilliseconds: Int32
    package var results: [Topic]

    package init(throttleMilliseconds: Int32 = 0, results: [Topic]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.results = results
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        results = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(results)
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 5
        package var name: String
        package var errorCode: ErrorCode
        package var errorMessage: String?

        package init(name: String, errorCode: ErrorCode = .none, errorMessage: String? = nil) {
            self.name = name
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.noTags()
        }
    }
}
