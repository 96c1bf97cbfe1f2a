// SyncGroup (14): the leader brings the assignment, everybody gets a share of it.

package struct SyncGroupRequest: WireMessage {
    package static let key = APIKey.syncGroup
    package var groupID: String
    package var generationID: Int32
    package var memberID: String
    /// From version 3: of a static member.
    package var instanceID: String?
    /// From version 5, as is the name: what the member believes was chosen.
    package var protocolType: String?
    package var protocolName: String?
    /// The leader's; empty from everybody else.
    package var assignments: [Assignment]

    package init(
        groupID: String, generationID: Int32, memberID: String, instanceID: String? = nil, protocolType: String? = nil,
        protocolName: String? = nil, assignments: [Assignment] = []
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.instanceID = instanceID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groupID = try fields.string()
        generationID = try fields.int32()
        memberID = try fields.string()
        instanceID = fields.version >= 3 ? try fields.nullableString() : nil
        protocolType = fields.version >= 5 ? try fields.nullableString() : nil
        protocolName = fields.version >= 5 ? try fields.nullableString() : nil
        assignments = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(groupID)
        fields.int32(generationID)
        fields.string(memberID)
        if fields.version >= 3 { fields.nullableString(instanceID) }
        if fields.version >= 5 {
            fields.nullableString(protocolType)
            fields.nullableString(protocolName)
        }
        fields.array(assignments)
        fields.noTags()
    }

    package struct Assignment: WireStruct {
        package static let minimumSize = 3
        package var memberID: String
        package var assignment: [UInt8]

        package init(memberID: String, assignment: [UInt8]) {
            self.memberID = memberID
            self.assignment = assignment
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            memberID = try fields.string()
            assignment = try fields.blob()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(memberID)
            fields.blob(assignment)
            fields.noTags()
        }
    }
}

package struct SyncGroupResponse: WireMessage {
    package static let key = APIKey.syncGroup
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var protocolType: String?
    package var protocolName: String?
    package var assignment: [UInt8]

    package init(
        throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, protocolType: String? = nil,
        protocolName: String? = nil, assignment: [UInt8] = []
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        errorCode = try fields.errorCode()
        protocolType = fields.version >= 5 ? try fields.nullableString() : nil
        protocolName = fields.version >= 5 ? try fields.nullableString() : nil
        assignment = try fields.blob()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        fields.errorCode(errorCode)
        if fields.version >= 5 {
            fields.nullableString(protocolType)
            fields.nullableString(protocolName)
        }
        fields.blob(assignment)
        fields.noTags()
    }
}
