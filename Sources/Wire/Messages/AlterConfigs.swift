// AlterConfigs (33): all settings of a topic or a broker are replaced.

package struct AlterConfigsRequest: WireMessage {
    package static let key = APIKey.alterConfigs
    package var resources: [Resource]
    package var validateOnly: Bool

    package init(resources: [Resource], validateOnly: Bool = false) {
        self.resources = resources
        self.validateOnly = validateOnly
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        resources = try fields.array()
        validateOnly = try fields.bool()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(resources)
        fields.bool(validateOnly)
        fields.noTags()
    }

    package struct Resource: WireStruct {
        package static let minimumSize = 4
        /// One of `ConfigResource`.
        package var resourceType: Int8
        /// A topic's name, or a broker's id in decimal; empty for all brokers.
        package var resourceName: String
        package var configs: [Config]

        package init(resourceType: Int8, resourceName: String, configs: [Config]) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            resourceType = try fields.int8()
            resourceName = try fields.string()
            configs = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int8(resourceType)
            fields.string(resourceName)
            fields.array(configs)
            fields.noTags()
        }
    }

    package struct Config: WireStruct {
        package static let minimumSize = 3
        package var name: String
        /// nil is nothing that can be set: it is refused.
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

package struct AlterConfigsResponse: WireMessage {
    package static let key = APIKey.alterConfigs
    package var throttleMilliseconds: Int32
    package var responses: [Resource]

    package init(throttleMilliseconds: Int32 = 0, responses: [Resource]) {
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

    package struct Resource: WireStruct {
        package static let minimumSize = 6
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var resourceType: Int8
        package var resourceName: String

        package init(errorCode: ErrorCode = .none, errorMessage: String? = nil, resourceType: Int8, resourceName: String) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            resourceType = try fields.int8()
            resourceName = try fields.string()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.int8(resourceType)
            fields.string(resourceName)
            fields.noTags()
        }
    }
}
