// CreateAcls (30): new access rules.

package struct CreateAclsRequest: WireMessage {
    package static let key = APIKey.createAcls
    package var creations: [ACLBinding]

    package init(creations: [ACLBinding]) { self.creations = creations }

    package init(from fields: inout FieldReader) throws(WireError) {
        creations = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(creations)
        fields.noTags()
    }
}

package struct CreateAclsResponse: WireMessage {
    package static let key = APIKey.createAcls
    package var throttleMilliseconds: Int32
    /// In the order of the request.
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
        package static let minimumSize = 3
        package var errorCode: ErrorCode
        package var errorMessage: String?

        package init(errorCode: ErrorCode = .none, errorMessage: String? = nil) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.noTags()
        }
    }
}
