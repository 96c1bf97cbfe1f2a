// LeaveGroup (13): members go, so that nobody has to wait for their sessions to end.

package struct LeaveGroupRequest: WireMessage {
    package static let key = APIKey.leaveGroup
    package var groupID: String
    /// Exactly one before version 3.
    package var members: [Member]

    package init(groupID: String, members: [Member]) {
        self.groupID = groupID
        self.members = members
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groupID = try fields.string()
        members = try fields.version >= 3 ? fields.array() : [Member(memberID: fields.string())]
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(groupID)
        if fields.version >= 3 { fields.array(members) } else { fields.string(members.first?.memberID ?? "") }
        fields.noTags()
    }

    package struct Member: WireStruct {
        package static let minimumSize = 3
        /// Empty where an operator names a static member by its instance.
        package var memberID: String
        package var instanceID: String?
        /// From version 5: why, for log lines.
        package var reason: String?

        package init(memberID: String, instanceID: String? = nil, reason: String? = nil) {
            self.memberID = memberID
            self.instanceID = instanceID
            self.reason = reason
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            memberID = try fields.string()
            instanceID = try fields.nullableString()
            reason = fields.version >= 5 ? try fields.nullableString() : nil
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(memberID)
            fields.nullableString(instanceID)
            if fields.version >= 5 { fields.nullableString(reason) }
            fields.noTags()
        }
    }
}

package struct LeaveGroupResponse: WireMessage {
    package static let key = APIKey.leaveGroup
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    /// From version 3; before, the only one's error is the response's.
    package var members: [Member]

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, members: [Member] = []) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.members = members
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        errorCode = try fields.errorCode()
        members = fields.version >= 3 ? try fields.array() : []
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        fields.errorCode(errorCode)
        if fields.version >= 3 { fields.array(members) }
        fields.noTags()
    }

    package struct Member: WireStruct {
        package static let minimumSize = 5
        package var memberID: String
        package var instanceID: String?
        package var errorCode: ErrorCode

        package init(memberID: String, instanceID: String? = nil, errorCode: ErrorCode = .none) {
            self.memberID = memberID
            self.instanceID = instanceID
            self.errorCode = errorCode
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            memberID = try fields.string()
            instanceID = try fields.nullableString()
            errorCode = try fields.errorCode()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(memberID)
            fields.nullableString(instanceID)
            fields.errorCode(errorCode)
            fields.noTags()
        }
    }
}
