// AlterClientQuotas (49): sets and removes quotas of users and client ids.

package struct AlterClientQuotasRequest: WireMessage {
    package static let key = APIKey.alterClientQuotas
    package var entries: [Entry]
    package var validateOnly: Bool

    package init(entries: [Entry], validateOnly: Bool = false) {
        self.entries = entries
        self.validateOnly = validateOnly
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        entries = try fields.array()
        validateOnly = try fields.bool()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(entries)
        fields.bool(validateOnly)
        fields.noTags()
    }

    package struct Entry: WireStruct {
        package static let minimumSize = 3
        package var entity: [QuotaEntityPart]
        package var operations: [Operation]

        package init(entity: [QuotaEntityPart], operations: [Operation]) {
            self.entity = entity
            self.operations = operations
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            entity = try fields.array()
            operations = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.array(entity)
            fields.array(operations)
            fields.noTags()
        }
    }

    package struct Operation: WireStruct {
        package static let minimumSize = 11
        package var key: String
        /// Ignored where the quota is removed.
        package var value: Double
        package var removes: Bool

        package init(key: String, value: Double, removes: Bool = false) {
            self.key = key
            self.value = value
            self.removes = removes
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            key = try fields.string()
            value = try fields.float64()
            removes = try fields.bool()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(key)
            fields.float64(value)
            fields.bool(removes)
            fields.noTags()
        }
    }
}

package struct AlterClientQuotasResponse: WireMessage {
    package static let key = APIKey.alterClientQuotas
    package var throttleMilliseconds: Int32
    package var entries: [Entry]

    package init(throttleMilliseconds: Int32 = 0, entries: [Entry]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.entries = entries
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        entries = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(entries)
        fields.noTags()
    }

    package struct Entry: WireStruct {
        package static let minimumSize = 5
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var entity: [QuotaEntityPart]

        package init(errorCode: ErrorCode = .none, errorMessage: String? = nil, entity: [QuotaEntityPart]) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.entity = entity
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            entity = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.array(entity)
            fields.noTags()
        }
    }
}
