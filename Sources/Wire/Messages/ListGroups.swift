// ListGroups (16): all groups by name.

package struct ListGroupsRequest: WireMessage {
    package static let key = APIKey.listGroups
    /// From version 4: only groups in one of these states; empty: all.
    package var states: [String]

    package init(states: [String] = []) {
        self.states = states
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        states = fields.version >= 4 ? try fields.stringArray() : []
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 4 { fields.stringArray(states) }
        fields.noTags()
    }
}

package struct ListGroupsResponse: WireMessage {
    package static let key = APIKey.listGroups
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var groups: [Group]

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, groups: [Group]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.groups = groups
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        errorCode = try fields.errorCode()
        groups = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        fields.errorCode(errorCode)
        fields.array(groups)
        fields.noTags()
    }

    package struct Group: WireStruct {
        package static let minimumSize = 3
        package var groupID: String
        package var protocolType: String
        /// From version 4.
        package var state: String

        package init(groupID: String, protocolType: String, state: String = "") {
            self.groupID = groupID
            self.protocolType = protocolType
            self.state = state
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            groupID = try fields.string()
            protocolType = try fields.string()
            state = fields.version >= 4 ? try fields.string() : ""
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(groupID)
            fields.string(protocolType)
            if fields.version >= 4 { fields.string(state) }
            fields.noTags()
        }
    }
}
