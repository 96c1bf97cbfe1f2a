// Heartbeat (12): a member lives, and learns whether its generation does.

package struct HeartbeatRequest: WireMessage {
    package static let key = APIKey.heartbeat
    package var groupID: String
    package var generationID: Int32
    package var memberID: String
    /// From version 3: of a static member.
    package var instanceID: String?

    package init(groupID: String, generationID: Int32, memberID: String, instanceID: String? = nil) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.instanceID = instanceID
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groupID = try fields.string()
        generationID = try fields.int32()
        memberID = try fields.string()
        instanceID = fields.version >= 3 ? try fields.nullableString() : nil
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(groupID)
        fields.int32(generationID)
        fields.string(memberID)
        if fields.version >= 3 { fields.nullableString(instanceID) }
        fields.noTags()
    }
}

package struct HeartbeatResponse: WireMessage {
    package static let key = APIKey.heartbeat
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        errorCode = try fields.errorCode()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        fields.errorCode(errorCode)
        fields.noTags()
    }
}
