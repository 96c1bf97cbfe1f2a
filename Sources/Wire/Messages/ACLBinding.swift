// What the three messages about access rules share: a rule, and a filter that finds rules. Numbers are not judged here.

/// One rule: who, from where, may or may not do what to which resources.
package struct ACLBinding: WireStruct, Hashable, Sendable {
    package static let minimumSize = 7
    package var resourceType: Int8
    package var resourceName: String
    package var patternType: Int8
    package var principal: String
    package var host: String
    package var operation: Int8
    package var permissionType: Int8

    package init(
        resourceType: Int8, resourceName: String, patternType: Int8 = 3, principal: String, host: String, operation: Int8,
        permissionType: Int8
    ) {
        self.resourceType = resourceType
        self.resourceName = resourceName
        self.patternType = patternType
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permissionType = permissionType
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        resourceType = try fields.int8()
        resourceName = try fields.string()
        patternType = try fields.int8()
        principal = try fields.string()
        host = try fields.string()
        operation = try fields.int8()
        permissionType = try fields.int8()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int8(resourceType)
        fields.string(resourceName)
        fields.int8(patternType)
        fields.string(principal)
        fields.string(host)
        fields.int8(operation)
        fields.int8(permissionType)
        fields.noTags()
    }
}

/// Which rules are meant: nil and the numbers for "any" match everything.
package struct ACLFilter: WireStruct, Sendable {
    package static let minimumSize = 7
    package var resourceType: Int8
    package var resourceName: String?
    package var patternType: Int8
    package var principal: String?
    package var host: String?
    package var operation: Int8
    package var permissionType: Int8

    package init(
        resourceType: Int8, resourceName: String? = nil, patternType: Int8 = 3, principal: String? = nil, host: String? = nil,
        operation: Int8, permissionType: Int8
    ) {
        self.resourceType = resourceType
        self.resourceName = resourceName
        self.patternType = patternType
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permissionType = permissionType
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        resourceType = try fields.int8()
        resourceName = try fields.nullableString()
        patternType = try fields.int8()
        principal = try fields.nullableString()
        host = try fields.nullableString()
        operation = try fields.int8()
        permissionType = try fields.int8()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int8(resourceType)
        fields.nullableString(resourceName)
        fields.int8(patternType)
        fields.nullableString(principal)
        fields.nullableString(host)
        fields.int8(operation)
        fields.int8(permissionType)
        fields.noTags()
    }
}
