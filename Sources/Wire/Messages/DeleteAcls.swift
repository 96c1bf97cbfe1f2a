// DeleteAcls (31): the rules that filters find go, and the answer says which they were.

package struct DeleteAclsRequest: WireMessage {
    package static let key = APIKey.deleteAcls
    package var filters: [ACLFilter]

    package init(filters: [ACLFilter]) { self.filters = filters }

    package init(from fields: inout FieldReader) throws(WireError) {
        filters = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(filters)
        fields.noTags()
    }
}

package struct DeleteAclsResponse: WireMessage {
    package static let key = APIKey.deleteAcls
    package var throttleMilliseconds: Int32
    /// In the order of the request.
    package var filterResults: [FilterResult]

    package init(throttleMilliseconds: Int32 = 0, filterResults: [FilterResult]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.filterResults = filterResults
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        filterResults = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(filterResults)
        fields.noTags()
    }

    package struct FilterResult: WireStruct {
        package static let minimumSize = 4
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var matchingAcls: [Match]

        package init(errorCode: ErrorCode = .none, errorMessage: String? = nil, matchingAcls: [Match] = []) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.matchingAcls = matchingAcls
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            matchingAcls = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.array(matchingAcls)
            fields.noTags()
        }
    }

    package struct Match: WireStruct {
        package static let minimumSize = 10
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var binding: ACLBinding

        package init(errorCode: ErrorCode = .none, errorMessage: String? = nil, binding: ACLBinding) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.binding = binding
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            binding = try ACLBinding(from: &fields)
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            binding.encode(into: &fields)
        }
    }
}
