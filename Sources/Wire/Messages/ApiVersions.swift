// ApiVersions (18): what a client asks first. Both sides of it must be readable by a peer that knows no version yet.

package struct ApiVersionsRequest: WireMessage {
    package static let key = APIKey.apiVersions
    package var clientSoftwareName: String
    package var clientSoftwareVersion: String

    package init(clientSoftwareName: String = "", clientSoftwareVersion: String = "") {
        self.clientSoftwareName = clientSoftwareName
        self.clientSoftwareVersion = clientSoftwareVersion
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        clientSoftwareName = fields.version >= 3 ? try fields.string() : ""
        clientSoftwareVersion = fields.version >= 3 ? try fields.string() : ""
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 3 {
            fields.string(clientSoftwareName)
            fields.string(clientSoftwareVersion)
        }
        fields.noTags()
    }

    /// Whether the client names itself as it has to; before version 3 it does not name itself.
    ///
    /// - Source: Kafka `ApiVersionsRequest.isValid` (KIP-511).
    package func isValid(version: Int16) -> Bool {
        version < 3 || Self.isName(clientSoftwareName) && Self.isName(clientSoftwareVersion)
    }

    /// Letters and digits of ASCII; between the first and the last of them hyphens and dots, too.
    private static func isName(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: false
            }
        }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}

package struct ApiVersionsResponse: WireMessage {
    package static let key = APIKey.apiVersions
    package var errorCode: ErrorCode
    package var apiKeys: [APIRange]
    /// From version 1.
    package var throttleMilliseconds: Int32
    /// From version 3, as are the following; written as tags, only where they differ from these defaults.
    package var supportedFeatures: [SupportedFeature]
    package var finalizedFeaturesEpoch: Int64
    package var finalizedFeatures: [FinalizedFeature]
    package var zkMigrationReady: Bool

    package init(
        errorCode: ErrorCode = .none, apiKeys: [APIRange], throttleMilliseconds: Int32 = 0,
        supportedFeatures: [SupportedFeature] = [], finalizedFeaturesEpoch: Int64 = -1,
        finalizedFeatures: [FinalizedFeature] = [], zkMigrationReady: Bool = false
    ) {
        self.errorCode = errorCode
        self.apiKeys = apiKeys
        self.throttleMilliseconds = throttleMilliseconds
        self.supportedFeatures = supportedFeatures
        self.finalizedFeaturesEpoch = finalizedFeaturesEpoch
        self.finalizedFeatures = finalizedFeatures
        self.zkMigrationReady = zkMigrationReady
    }

    /// What the table advertises. To a version we do not know, answer this with `unsupportedVersion`, at version 0.
    package static func advertised(errorCode: ErrorCode = .none) -> ApiVersionsResponse {
        ApiVersionsResponse(errorCode: errorCode, apiKeys: APIVersions.all.map {
            APIRange(apiKey: $0.key.rawValue, minimum: $0.minimum, maximum: $0.maximum)
        })
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        errorCode = try fields.errorCode()
        apiKeys = try fields.array()
        throttleMilliseconds = fields.version >= 1 ? try fields.int32() : 0
        var supported: [SupportedFeature] = []
        var epoch: Int64 = -1
        var finalized: [FinalizedFeature] = []
        var ready = false
        try fields.tags { (number: UInt32, fields: inout FieldReader) throws(WireError) in
            switch number {
            case 0: supported = try fields.array()
            case 1: epoch = try fields.int64()
            case 2: finalized = try fields.array()
            case 3: ready = try fields.bool()
            default: break
            }
        }
        supportedFeatures = supported
        finalizedFeaturesEpoch = epoch
        finalizedFeatures = finalized
        zkMigrationReady = ready
    }

    package func encode(into fields: inout FieldWriter) {
        fields.errorCode(errorCode)
        fields.array(apiKeys)
        if fields.version >= 1 { fields.int32(throttleMilliseconds) }
        guard fields.isFlexible else { return }
        let present = [!supportedFeatures.isEmpty, finalizedFeaturesEpoch != -1, !finalizedFeatures.isEmpty, zkMigrationReady]
        fields.tagCount(present.count { $0 })
        if present[0] { fields.tag(0) { $0.array(supportedFeatures) } }
        if present[1] { fields.tag(1) { $0.int64(finalizedFeaturesEpoch) } }
        if present[2] { fields.tag(2) { $0.array(finalizedFeatures) } }
        if present[3] { fields.tag(3) { $0.bool(zkMigrationReady) } }
    }

    /// The versions of one API, ends included.
    package struct APIRange: WireStruct {
        package static let minimumSize = 6
        package var apiKey: Int16
        package var minimum: Int16
        package var maximum: Int16

        package init(apiKey: Int16, minimum: Int16, maximum: Int16) {
            self.apiKey = apiKey
            self.minimum = minimum
            self.maximum = maximum
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            apiKey = try fields.int16()
            minimum = try fields.int16()
            maximum = try fields.int16()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int16(apiKey)
            fields.int16(minimum)
            fields.int16(maximum)
            fields.noTags()
        }
    }

    package struct SupportedFeature: WireStruct {
        package static let minimumSize = 6
        package var name: String
        package var minimum: Int16
        package var maximum: Int16

        package init(name: String, minimum: Int16, maximum: Int16) {
            self.name = name
            self.minimum = minimum
            self.maximum = maximum
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            minimum = try fields.int16()
            maximum = try fields.int16()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int16(minimum)
            fields.int16(maximum)
            fields.noTags()
        }
    }

    package struct FinalizedFeature: WireStruct {
        package static let minimumSize = 6
        package var name: String
        package var maximumLevel: Int16
        package var minimumLevel: Int16

        package init(name: String, maximumLevel: Int16, minimumLevel: Int16) {
            self.name = name
            self.maximumLevel = maximumLevel
            self.minimumLevel = minimumLevel
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            maximumLevel = try fields.int16()
            minimumLevel = try fields.int16()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int16(maximumLevel)
            fields.int16(minimumLevel)
            fields.noTags()
        }
    }
}
