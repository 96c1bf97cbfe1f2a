// DescribeAcls (29): the rules that a filter finds, by resource.

package struct DescribeAclsRequest: WireMessage {
    package static let key = APIKey.describeAcls
    package var filter: ACLFilter

    package init(filter: ACLFilter) { self.filter = filter }

    package init(from fields: inout FieldReader) throws(WireError) { filter = try ACLFilter(from: &fields) }

    package func encode(into fields: inout FieldWriter) { filter.encode(into: &fields) }
}

package struct DescribeAclsResponse: WireMessage {
    package static let key = APIKey.describeAcls
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var errorMessage: String?
    package var resources: [Resource]

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, errorMessage: String? = nil, resources: [Resource]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.resources = resources
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        errorMessage = try fields.nullableString()
        resources = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.nullableString(errorMessage)
        fields.array(resources)
        fields.noTags()
    }

    /// A resource, or the pattern of several, with its rules.
    package struct Resource: WireStruct {
        package static let minimumSize = 4
        package var resourceType: Int8
        package var resourceName: String
        package var patternType: Int8
        package var acls: [Rule]

        package init(resourceType: Int8, resourceName: String, patternType: Int8 = 3, acls: [Rule]) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.patternType = patternType
            self.acls = acls
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            resourceType = try fields.int8()
            resourceName = try fields.string()
            patternType = try fields.int8()
            acls = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int8(resourceType)
            fields.string(resourceName)
            fields.int8(patternType)
            fields.array(acls)
            fields.noTags()
        }
    }

    package struct Rule: WireStruct {
        package static let minimumSize = 4
        package var principal: String
        package var host: String
        package var operation: Int8
        package var permissionType: Int8

        package init(principal: String, host: String, operation: Int8, permissionType: Int8) {
            self.principal = principal
            self.host = host
            self.operation = operation
            self.permissionType = permissionType
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            principal = try fields.string()
            host = try fields.string()
            operation = try fields.int8()
            permissionType = try fields.int8()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(principal)
            fields.string(host)
            fields.int8(operation)
            fields.int8(permissionType)
            fields.noTags()
        }
    }
}
