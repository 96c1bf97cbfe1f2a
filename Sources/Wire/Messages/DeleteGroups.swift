// DeleteGroups (42): groups without members go, with their offsets.

package struct DeleteGroupsRequest: WireMessage {
    package static let key = APIKey.deleteGroups
    package var groups: [String]

    package init(groups: [String]) {
        self.groups = groups
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groups = try fields.stringArray()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.stringArray(groups)
        fields.noTags()
    }
}

package struct DeleteGroupsResponse: WireMessage {
    package static let key = APIKey.deleteGroups
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
        package static let minimumSize = 4
        package var groupID: String
        package var errorCode: ErrorCode

        package init(groupID: String, errorCode: ErrorCode = .none) {
            self.groupID = groupID
            self.errorCode = errorCode
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            groupID = try fields.string()
            errorCode = try fields.errorCode()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(groupID)
            fields.errorCode(errorCode)
            fields.noTags()
        }
    }
}
