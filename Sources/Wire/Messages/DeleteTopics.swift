// DeleteTopics (20).
package import Vocabulary

package struct DeleteTopicsRequest: WireMessage {
    package static let key = APIKey.deleteTopics
    /// By name, or from version 6 by name or id.
    package var topics: [Topic]
    package var timeoutMilliseconds: Int32

    package init(topics: [Topic], timeoutMilliseconds: Int32) {
        self.topics = topics
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        if fields.version >= 6 {
            topics = try fields.array()
        } else {
            let count = try fields.arrayCount(minimumSize: 1)
            topics = []
            topics.reserveCapacity(count)
            for _ in 0..<count { topics.append(Topic(name: try fields.string())) }
        }
        timeoutMilliseconds = try fields.int32()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 6 {
            fields.array(topics)
        } else {
            fields.stringArray(topics.map { $0.name ?? "" })
        }
        fields.int32(timeoutMilliseconds)
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 18
        /// May be nil from version 6, where the id says which topic.
        package var name: String?
        /// From version 6.
        package var topicID: TopicID

        package init(name: String?, topicID: TopicID = .zero) {
            self.name = name
            self.topicID = topicID
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.nullableString()
            topicID = try fields.topicID()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.nullableString(name)
            fields.topicID(topicID)
            fields.noTags()
        }
    }
}

package struct DeleteTopicsResponse: WireMessage {
    package static let key = APIKey.deleteTopics
    package var throttleMilliseconds: Int32
    package var responses: [Topic]

    package init(throttleMilliseconds: Int32 = 0, responses: [Topic]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.responses = responses
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        responses = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(responses)
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 4
        /// May be nil from version 6.
        package var name: String?
        /// From version 6.
        package var topicID: TopicID
        package var errorCode: ErrorCode
        /// From version 5.
        package var errorMessage: String?

        package init(
            name: String?, topicID: TopicID = .zero, errorCode: ErrorCode = .none, errorMessage: String? = nil
        ) {
            self.name = name
            self.topicID = topicID
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = fields.version >= 6 ? try fields.nullableString() : try fields.string()
            topicID = fields.version >= 6 ? try fields.topicID() : .zero
            errorCode = try fields.errorCode()
            errorMessage = fields.version >= 5 ? try fields.nullableString() : nil
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            if fields.version >= 6 {
                fields.nullableString(name)
                fields.topicID(topicID)
            } else {
                fields.string(name ?? "")
            }
            fields.errorCode(errorCode)
            if fields.version >= 5 { fields.nullableString(errorMessage) }
            fields.noTags()
        }
    }
}
