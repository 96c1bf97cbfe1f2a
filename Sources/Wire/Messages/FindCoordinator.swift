// FindCoordinator (10): which broker coordinates a group or a transactional id.

package struct FindCoordinatorRequest: WireMessage {
    package static let key = APIKey.findCoordinator
    package static let groupKeyType: Int8 = 0
    package static let transactionKeyType: Int8 = 1
    /// Exactly one before version 4.
    package var keys: [String]
    /// From version 1; before, keys are groups.
    package var keyType: Int8

    package init(keys: [String], keyType: Int8 = groupKeyType) {
        self.keys = keys
        self.keyType = keyType
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        let single = fields.version <= 3 ? try fields.string() : nil
        keyType = fields.version >= 1 ? try fields.int8() : Self.groupKeyType
        if let single { keys = [single] } else { keys = try fields.stringArray() }
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version <= 3 { fields.string(keys.first ?? "") }
        if fields.version >= 1 { fields.int8(keyType) }
        if fields.version >= 4 { fields.stringArray(keys) }
        fields.noTags()
    }
}

package struct FindCoordinatorResponse: WireMessage {
    package static let key = APIKey.findCoordinator
    package var throttleMilliseconds: Int32
    /// Exactly one before version 4.
    package var coordinators: [Coordinator]

    package init(throttleMilliseconds: Int32 = 0, coordinators: [Coordinator]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.coordinators = coordinators
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        coordinators = try fields.version >= 4 ? fields.array() : [Coordinator(single: &fields)]
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        if fields.version >= 4 {
            fields.array(coordinators)
        } else {
            precondition(coordinators.count == 1, "version \(fields.version) has one coordinator, not \(coordinators.count)")
            coordinators[0].encodeSingle(into: &fields)
        }
        fields.noTags()
    }

    /// A broker; −1, an empty host and port −1 with an error.
    package struct Coordinator: WireStruct {
        package static let minimumSize = 14
        /// From version 4: what was asked for.
        package var key: String
        package var nodeID: Int32
        package var host: String
        package var port: Int32
        package var errorCode: ErrorCode
        /// From version 1.
        package var errorMessage: String?

        package init(
            key: String = "", nodeID: Int32 = -1, host: String = "", port: Int32 = -1, errorCode: ErrorCode = .none,
            errorMessage: String? = nil
        ) {
            self.key = key
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            key = try fields.string()
            nodeID = try fields.int32()
            host = try fields.string()
            port = try fields.int32()
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            try fields.skipTags()
        }

        /// The fields as they stand in the response itself before version 4.
        fileprivate init(single fields: inout FieldReader) throws(WireError) {
            key = ""
            errorCode = try fields.errorCode()
            errorMessage = fields.version >= 1 ? try fields.nullableString() : nil
            nodeID = try fields.int32()
            host = try fields.string()
            port = try fields.int32()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(key)
            fields.int32(nodeID)
            fields.string(host)
            fields.int32(port)
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.noTags()
        }

        fileprivate func encodeSingle(into fields: inout FieldWriter) {
            fields.errorCode(errorCode)
            if fields.version >= 1 { fields.nullableString(errorMessage) }
            fields.int32(nodeID)
            fields.string(host)
            fields.int32(port)
        }
    }
}
