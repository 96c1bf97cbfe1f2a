// DescribeGroups (15): groups with their members.

package struct DescribeGroupsRequest: WireMessage {
    package static let key = APIKey.describeGroups
    package var groups: [String]
    package var includeAuthorizedOperations: Bool

    package init(groups: [String], includeAuthorizedOperations: Bool = false) {
        self.groups = groups
        self.includeAuthorizedOperations = includeAuthorizedOperations
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groups = try fields.stringArray()
        includeAuthorizedOperations = fields.version >= 3 ? try fields.bool() : false
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.stringArray(groups)
        if fields.version >= 3 { fields.bool(includeAuthorizedOperations) }
        fields.noTags()
    }
}

package struct DescribeGroupsResponse: WireMessage {
    package static let key = APIKey.describeGroups
    package var throttleMilliseconds: Int32
    package var groups: [Group]

    package init(throttleMilliseconds: Int32 = 0, groups: [Group]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.groups = groups
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        groups = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        fields.array(groups)
        fields.noTags()
    }

    package struct Group: WireStruct {
        package static let minimumSize = 12
        package var errorCode: ErrorCode
        package var groupID: String
        package var state: String
        package var protocolType: String
        /// The chosen protocol's name.
        package var protocolData: String
        package var members: [Member]
        /// From version 3: a bit for each operation; the smallest number when not asked for.
        package var authorizedOperations: Int32

        package init(
            errorCode: ErrorCode = .none, groupID: String, state: String = "", protocolType: String = "",
            protocolData: String = "", members: [Member] = [], authorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.groupID = groupID
            self.state = state
            self.protocolType = protocolType
            self.protocolData = protocolData
            self.members = members
            self.authorizedOperations = authorizedOperations
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            errorCode = try fields.errorCode()
            groupID = try fields.string()
            state = try fields.string()
            protocolType = try fields.string()
            protocolData = try fields.string()
            members = try fields.array()
            authorizedOperations = fields.version >= 3 ? try fields.int32() : .min
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            fields.string(groupID)
            fields.string(state)
            fields.string(protocolType)
            fields.string(protocolData)
            fields.array(members)
            if fields.version >= 3 { fields.int32(authorizedOperations) }
            fields.noTags()
        }
    }

    package struct Member: WireStruct {
        package static let minimumSize = 7
        package var memberID: String
        /// From version 4.
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        package var metadata: [UInt8]
        package var assignment: [UInt8]

        package init(
            memberID: String, instanceID: String? = nil, clientID: String, clientHost: String, metadata: [UInt8] = [],
            assignment: [UInt8] = []
        ) {
            self.memberID = memberID
            self.instanceID = instanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.metadata = metadata
            self.assignment = assignment
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            memberID = try fields.string()
            instanceID = fields.version >= 4 ? try fields.nullableString() : nil
            clientID = try fields.string()
            clientHost = try fields.string()
            metadata = try fields.blob()
            assignment = try fields.blob()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(memberID)
            if fields.version >= 4 { fields.nullableString(instanceID) }
            fields.string(clientID)
            fields.string(clientHost)
            fields.blob(metadata)
            fields.blob(assignment)
            fields.noTags()
        }
    }
}
