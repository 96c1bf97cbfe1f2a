// JoinGroup (11): a member comes in, or comes again, and waits for the next generation.

package struct JoinGroupRequest: WireMessage {
    package static let key = APIKey.joinGroup
    package var groupID: String
    package var sessionTimeoutMilliseconds: Int32
    /// From version 1; −1: the session timeout counts for both.
    package var rebalanceTimeoutMilliseconds: Int32
    /// Empty for a member that has none yet.
    package var memberID: String
    /// From version 5: of a static member.
    package var instanceID: String?
    package var protocolType: String
    /// In the order of preference.
    package var protocols: [MemberProtocol]
    /// From version 8: why, for log lines.
    package var reason: String?

    package init(
        groupID: String, sessionTimeoutMilliseconds: Int32, rebalanceTimeoutMilliseconds: Int32 = -1, memberID: String,
        instanceID: String? = nil, protocolType: String, protocols: [MemberProtocol], reason: String? = nil
    ) {
        self.groupID = groupID
        self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
        self.memberID = memberID
        self.instanceID = instanceID
        self.protocolType = protocolType
        self.protocols = protocols
        self.reason = reason
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groupID = try fields.string()
        sessionTimeoutMilliseconds = try fields.int32()
        rebalanceTimeoutMilliseconds = fields.version >= 1 ? try fields.int32() : -1
        memberID = try fields.string()
        instanceID = fields.version >= 5 ? try fields.nullableString() : nil
        protocolType = try fields.string()
        protocols = try fields.array()
        reason = fields.version >= 8 ? try fields.nullableString() : nil
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.string(groupID)
        fields.int32(sessionTimeoutMilliseconds)
        if fields.version >= 1 { fields.int32(rebalanceTimeoutMilliseconds) }
        fields.string(memberID)
        if fields.version >= 5 { fields.nullableString(instanceID) }
        fields.string(protocolType)
        fields.array(protocols)
        if fields.version >= 8 { fields.nullableString(reason) }
        fields.noTags()
    }

    package struct MemberProtocol: WireStruct {
        package static let minimumSize = 3
        package var name: String
        package var metadata: [UInt8]

        package init(name: String, metadata: [UInt8]) {
            self.name = name
            self.metadata = metadata
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            metadata = try fields.blob()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.blob(metadata)
            fields.noTags()
        }
    }
}

package struct JoinGroupResponse: WireMessage {
    package static let key = APIKey.joinGroup
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    /// −1 with an error.
    package var generationID: Int32
    package var protocolType: String?
    /// Null from version 7 on where there is none, empty before.
    package var protocolName: String?
    package var leader: String
    /// From version 9: the leader keeps the assignment as it is.
    package var skipsAssignment: Bool
    package var memberID: String
    /// Everybody, for the leader; empty for the rest.
    package var members: [Member]

    package init(
        throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, generationID: Int32 = -1,
        protocolType: String? = nil, protocolName: String? = nil, leader: String = "", skipsAssignment: Bool = false,
        memberID: String, members: [Member] = []
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.generationID = generationID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.leader = leader
        self.skipsAssignment = skipsAssignment
        self.memberID = memberID
        self.members = members
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 2 ? try fields.int32() : 0
        errorCode = try fields.errorCode()
        generationID = try fields.int32()
        protocolType = fields.version >= 7 ? try fields.nullableString() : nil
        let name = try fields.version >= 7 ? fields.nullableString() : fields.string()
        protocolName = fields.version < 7 && name == "" ? nil : name
        leader = try fields.string()
        skipsAssignment = fields.version >= 9 ? try fields.bool() : false
        memberID = try fields.string()
        members = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 2 { fields.int32(throttleMilliseconds) }
        fields.errorCode(errorCode)
        fields.int32(generationID)
        if fields.version >= 7 { fields.nullableString(protocolType) }
        if fields.version >= 7 { fields.nullableString(protocolName) } else { fields.string(protocolName ?? "") }
        fields.string(leader)
        if fields.version >= 9 { fields.bool(skipsAssignment) }
        fields.string(memberID)
        fields.array(members)
        fields.noTags()
    }

    package struct Member: WireStruct {
        package static let minimumSize = 4
        package var memberID: String
        /// From version 5: of a static member.
        package var instanceID: String?
        package var metadata: [UInt8]

        package init(memberID: String, instanceID: String? = nil, metadata: [UInt8]) {
            self.memberID = memberID
            self.instanceID = instanceID
            self.metadata = metadata
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            memberID = try fields.string()
            instanceID = fields.version >= 5 ? try fields.nullableString() : nil
            metadata = try fields.blob()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(memberID)
            if fields.version >= 5 { fields.nullableString(instanceID) }
            fields.blob(metadata)
            fields.noTags()
        }
    }
}
