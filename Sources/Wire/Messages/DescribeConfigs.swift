// DescribeConfigs (32).

package struct DescribeConfigsRequest: WireMessage {
    package static let key = APIKey.describeConfigs

    package var resources: [Resource]
    package var includeSynonyms: Bool
    /// From version 3.
    package var includeDocumentation: Bool

    package init(resources: [Resource], includeSynonyms: Bool = false, includeDocumentation: Bool = false) {
        self.resources = resources
        self.includeSynonyms = includeSynonyms
        self.includeDocumentation = includeDocumentation
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        resources = try fields.array()
        includeSynonyms = try fields.bool()
        includeDocumentation = fields.version >= 3 ? try fields.bool() : false
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(resources)
        fields.bool(includeSynonyms)
        if fields.version >= 3 { fields.bool(includeDocumentation) }
        fields.noTags()
    }

    package struct Resource: WireStruct {
        package static let minimumSize = 4
        /// One of `ConfigResource`.
        package var resourceType: Int8
        /// A topic's name, or a broker's id in decimal; empty for all brokers.
        package var resourceName: String
        /// nil asks for every key.
        package var configurationKeys: [String]?

        package init(resourceType: Int8, resourceName: String, configurationKeys: [String]?) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configurationKeys = configurationKeys
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            resourceType = try fields.int8()
            resourceName = try fields.string()
            configurationKeys = try fields.nullableStringArray()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int8(resourceType)
            fields.string(resourceName)
            fields.stringArray(configurationKeys)
            fields.noTags()
        }
    }
}

package struct DescribeConfigsResponse: WireMessage {
    package static let key = APIKey.describeConfigs
    package var throttleMilliseconds: Int32
    package var results: [Result]

    package init(throttleMilliseconds: Int32 = 0, results: [Result]) {
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

    package struct Result: WireStruct {
        package static let minimumSize = 7
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var resourceType: Int8
        package var resourceName: String
        package var configs: [Config]

        package init(
            errorCode: ErrorCode = .none, errorMessage: String? = nil, resourceType: Int8, resourceName: String,
            configs: [Config]
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            resourceType = try fields.int8()
            resourceName = try fields.string()
            configs = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.int8(resourceType)
            fields.string(resourceName)
            fields.array(configs)
            fields.noTags()
        }
    }

    package struct Config: WireStruct {
        package static let minimumSize = 9
        package var name: String
        package var value: String?
        package var isReadOnly: Bool
        /// One of `ConfigSource`.
        package var source: Int8
        package var isSensitive: Bool
        package var synonyms: [Synonym]
        /// From version 3, as is the documentation. One of `ConfigType`.
        package var configType: Int8
        package var documentation: String?

        package init(
            name: String, value: String?, isReadOnly: Bool = false, source: Int8, isSensitive: Bool = false,
            synonyms: [Synonym] = [], configType: Int8 = 0, documentation: String? = nil
        ) {
            self.name = name
            self.value = value
            self.isReadOnly = isReadOnly
            self.source = source
            self.isSensitive = isSensitive
            self.synonyms = synonyms
            self.configType = configType
            self.documentation = documentation
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            value = try fields.nullableString()
            isReadOnly = try fields.bool()
            source = try fields.int8()
            isSensitive = try fields.bool()
            synonyms = try fields.array()
            configType = fields.version >= 3 ? try fields.int8() : 0
            documentation = fields.version >= 3 ? try fields.nullableString() : nil
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.nullableString(value)
            fields.bool(isReadOnly)
            fields.int8(source)
            fields.bool(isSensitive)
            fields.array(synonyms)
            if fields.version >= 3 {
                fields.int8(configType)
                fields.nullableString(documentation)
            }
            fields.noTags()
        }
    }

    /// The same setting under another name or from another place, in the order in which they are looked at.
    package struct Synonym: WireStruct {
        package static let minimumSize = 4
        package var name: String
        package var value: String?
        package var source: Int8

        package init(name: String, value: String?, source: Int8) {
            self.name = name
            self.value = value
            self.source = source
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            value = try fields.nullableString()
            source = try fields.int8()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.nullableString(value)
            fields.int8(source)
            fields.noTags()
        }
    }
}
