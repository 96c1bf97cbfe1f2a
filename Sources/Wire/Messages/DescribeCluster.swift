// DescribeCluster (60): which brokers there are. Flexible from its first version on.

package struct DescribeClusterRequest: WireMessage {
    package static let key = APIKey.describeCluster
    package static let brokerEndpoints: Int8 = 1
    package static let controllerEndpoints: Int8 = 2

    package var includeAuthorizedOperations: Bool
    /// From version 1.
    package var endpointType: Int8

    package init(includeAuthorizedOperations: Bool = false, endpointType: Int8 = brokerEndpoints) {
        self.includeAuthorizedOperations = includeAuthorizedOperations
        self.endpointType = endpointType
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        includeAuthorizedOperations = try fields.bool()
        endpointType = fields.version >= 1 ? try fields.int8() : Self.brokerEndpoints
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.bool(includeAuthorizedOperations)
        if fields.version >= 1 { fields.int8(endpointType) }
        fields.noTags()
    }
}

package struct DescribeClusterResponse: WireMessage {
    package static let key = APIKey.describeCluster
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var errorMessage: String?
    /// From version 1.
    package var endpointType: Int8
    package var clusterID: String
    package var controllerID: Int32
    package var brokers: [Broker]
    /// A bit for each operation; `Int32.min` where nobody asked.
    package var authorizedOperations: Int32

    package init(
        throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, errorMessage: String? = nil,
        endpointType: Int8 = DescribeClusterRequest.brokerEndpoints, clusterID: String = "", controllerID: Int32 = -1,
        brokers: [Broker] = [], authorizedOperations: Int32 = .min
    ) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.endpointType = endpointType
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.brokers = brokers
        self.authorizedOperations = authorizedOperations
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        errorMessage = try fields.nullableString()
        endpointType = fields.version >= 1 ? try fields.int8() : DescribeClusterRequest.brokerEndpoints
        clusterID = try fields.string()
        controllerID = try fields.int32()
        brokers = try fields.array()
        authorizedOperations = try fields.int32()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.nullableString(errorMessage)
        if fields.version >= 1 { fields.int8(endpointType) }
        fields.string(clusterID)
        fields.int32(controllerID)
        fields.array(brokers)
        fields.int32(authorizedOperations)
        fields.noTags()
    }

    package struct Broker: WireStruct {
        package static let minimumSize = 11
        package var nodeID: Int32
        package var host: String
        package var port: Int32
        package var rack: String?

        package init(nodeID: Int32, host: String, port: Int32, rack: String? = nil) {
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.rack = rack
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            nodeID = try fields.int32()
            host = try fields.string()
            port = try fields.int32()
            rack = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(nodeID)
            fields.string(host)
            fields.int32(port)
            fields.nullableString(rack)
            fields.noTags()
        }
    }
}
