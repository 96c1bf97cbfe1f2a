// DescribeClientQuotas (48): the quotas of users and client ids that match a filter.

package struct DescribeClientQuotasRequest: WireMessage {
    package static let key = APIKey.describeClientQuotas
    package var components: [Component]
    /// Only entities that have the filter's types and no other.
    package var isStrict: Bool

    package init(components: [Component], isStrict: Bool = false) {
        self.components = components
        self.isStrict = isStrict
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        components = try fields.array()
        isStrict = try fields.bool()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(components)
        fields.bool(isStrict)
        fields.noTags()
    }

    /// What one entity type has to be.
    package struct Component: WireStruct {
        package static let minimumSize = 4
        /// The name in `match`.
        package static let exact: Int8 = 0
        /// The default entity.
        package static let isDefault: Int8 = 1
        /// Whatever it is, the default included.
        package static let any: Int8 = 2

        package var entityType: String
        /// One of the three constants.
        package var matchType: Int8
        package var match: String?

        package init(entityType: String, matchType: Int8, match: String? = nil) {
            self.entityType = entityType
            self.matchType = matchType
            self.match = match
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            entityType = try fields.string()
            matchType = try fields.int8()
            match = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(entityType)
            fields.int8(matchType)
            fields.nullableString(match)
            fields.noTags()
        }
    }
}

package struct DescribeClientQuotasResponse: WireMessage {
    package static let key = APIKey.describeClientQuotas
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var errorMessage: String?
    /// nil with an error.
    package var entries: [Entry]?

    package init(
        throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, errorMessage: String? = nil, entries: [Entry]?
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.entries = entries
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        errorMessage = try fields.nullableString()
        entries = try fields.nullableArray()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.nullableString(errorMessage)
        fields.array(entries)
        fields.noTags()
    }

    package struct Entry: WireStruct {
        package static let minimumSize = 3
        package var entity: [QuotaEntityPart]
        package var values: [Value]

        package init(entity: [QuotaEntityPart], values: [Value]) {
            self.entity = entity
            self.values = values
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            entity = try fields.array()
            values = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.array(entity)
            fields.array(values)
            fields.noTags()
        }
    }

    package struct Value: WireStruct {
        package static let minimumSize = 10
        package var key: String
        package var value: Double

        package init(key: String, value: Double) {
            self.key = key
            self.value = value
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            key = try fields.string()
            value = try fields.float64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(key)
            fields.float64(value)
            fields.noTags()
        }
    }
}

/// A part of whom a quota is for: a user, a client id, or the default of either.
package struct QuotaEntityPart: WireStruct, Hashable {
    package static let minimumSize = 3
    package static let user = "user"
    package static let clientID = "client-id"

    package var type: String
    /// nil: the default of the type.
    package var name: String?

    package init(type: String, name: String?) {
        self.type = type
        self.name = name
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        type = try fields.string()
        name = try fields.nullableString()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(type)
        fields.nullableString(name)
        fields.noTags()
    }
}
