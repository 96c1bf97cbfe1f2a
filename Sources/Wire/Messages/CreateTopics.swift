// CreateTopics (19).
package import Vocabulary

package struct CreateTopicsRequest: WireMessage {
    package static let key = APIKey.createTopics
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
        package static let minimumSize = 10
        package var name: String
        /// -1 for the broker's default, and where `assignments` say it.
        package var partitionCount: Int32
        /// -1 likewise.
        package var replicationFactor: Int16
        package var assignments: [Assignment]
        package var configs: [Config]

        package init(
            name: String, partitionCount: Int32 = -1, replicationFactor: Int16 = -1, assignments: [Assignment] = [],
            configs: [Config] = []
        ) {
            self.name = name
            self.partitionCount = partitionCount
            self.replicationFactor = replicationFactor
            self.assignments = assignments
            self.configs = configs
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            partitionCount = try fields.int32()
            replicationFactor = try fields.int16()
            assignments = try fields.array()
            configs = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int32(partitionCount)
            fields.int16(replicationFactor)
            fields.array(assignments)
            fields.array(configs)
            fields.noTags()
        }
    }

    package struct Assignment: WireStruct {
        package static let minimumSize = 6
        package var partitionIndex: Int32
        package var brokerIDs: [Int32]

        package init(partitionIndex: Int32, brokerIDs: [Int32]) {
            self.partitionIndex = partitionIndex
            self.brokerIDs = brokerIDs
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            brokerIDs = try fields.int32Array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int32Array(brokerIDs)
            fields.noTags()
        }
    }

    package struct Config: WireStruct {
        package static let minimumSize = 3
        package var name: String
        package var value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            value = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.nullableString(value)
            fields.noTags()
        }
    }
}

package struct CreateTopicsResponse: WireMessage {
    package static let key = APIKey.createTopics
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
        package static let minimumSize = 6
        package var name: String
        /// From version 7.
        package var topicID: TopicID
        package var errorCode: ErrorCode
        package var errorMessage: String?
        /// From version 5, as are the following. Why `configs` is nil; written as a tag, only where it is an error.
        package var topicConfigErrorCode: ErrorCode
        package var partitionCount: Int32
        package var replicationFactor: Int16
        /// Before version 5 it reads as empty.
        package var configs: [Config]?

        package init(
            name: String, topicID: TopicID = .zero, errorCode: ErrorCode = .none, errorMessage: String? = nil,
            topicConfigErrorCode: ErrorCode = .none, partitionCount: Int32 = -1, replicationFactor: Int16 = -1,
            configs: [Config]? = []
        ) {
            self.name = name
            self.topicID = topicID
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.topicConfigErrorCode = topicConfigErrorCode
            self.partitionCount = partitionCount
            self.replicationFactor = replicationFactor
            self.configs = configs
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            topicID = fields.version >= 7 ? try fields.topicID() : .zero
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            partitionCount = fields.version >= 5 ? try fields.int32() : -1
            replicationFactor = fields.version >= 5 ? try fields.int16() : -1
            configs = fields.version >= 5 ? try fields.nullableArray() : []
            var configError = ErrorCode.none
            try fields.tags { (number: UInt32, fields: inout FieldReader) throws(WireError) in
                if number == 0 { configError = try fields.errorCode() }
            }
            topicConfigErrorCode = configError
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            if fields.version >= 7 { fields.topicID(topicID) }
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            guard fields.version >= 5 else { return }
            fields.int32(partitionCount)
            fields.int16(replicationFactor)
            fields.array(configs)
            guard topicConfigErrorCode != .none else { return fields.noTags() }
            fields.tagCount(1)
            fields.tag(0) { $0.errorCode(topicConfigErrorCode) }
        }
    }

    package struct Config: WireStruct {
        package static let minimumSize = 6
        package var name: String
        package var value: String?
        package var isReadOnly: Bool
        /// One of `ConfigSource`.
        package var source: Int8
        package var isSensitive: Bool

        package init(
            name: String, value: String?, isReadOnly: Bool = false, source: Int8 = -1, isSensitive: Bool = false
        ) {
            self.name = name
            self.value = value
            self.isReadOnly = isReadOnly
            self.source = source
            self.isSensitive = isSensitive
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            value = try fields.nullableString()
            isReadOnly = try fields.bool()
            source = try fields.int8()
            isSensitive = try fields.bool()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.nullableString(value)
            fields.bool(isReadOnly)
            fields.int8(source)
            fields.bool(isSensitive)
            fields.noTags()
        }
    }
}
