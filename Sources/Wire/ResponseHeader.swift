// The header of a response: v0, or v1 with tags where the version is flexible.
package import Bytes

/// Names the request that a response answers. What the body is, only the request told.
package struct ResponseHeader: Equatable, Sendable {
    package var correlationID: Int32

    package init(correlationID: Int32) {
        self.correlationID = correlationID
    }

    /// Whether the header of a response ends in tags. That of ApiVersions never does: its reader cannot
    /// know yet which versions the broker speaks.
    package static func hasTags(key: APIKey, version: Int16) -> Bool {
        key != .apiVersions && key.isFlexible(version)
    }

    package init(from reader: inout ByteReader, key: APIKey, version: Int16) throws(WireError) {
        var fields = FieldReader(reader, version: version, isFlexible: Self.hasTags(key: key, version: version))
        correlationID = try fields.int32()
        try fields.skipTags()
        reader.position = fields.position
    }

    package func encode(into writer: inout ByteWriter, key: APIKey, version: Int16) {
        writer.int32(correlationID)
        writer.noTags(isFlexible: Self.hasTags(key: key, version: version))
    }
}
