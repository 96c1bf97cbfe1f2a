// The header of a request: v1, or v2 with tags where the version is flexible.
package import Bytes

/// A request's header where it lies; copies nothing.
///
/// | field | type |
/// |---|---|
/// | api key, api version | int16, int16 |
/// | correlation id | int32 |
/// | client id | nullable string with an int16 length, also in v2 |
/// | tags (v2) | skipped |
package struct RequestHeaderView {
    /// The number on the wire, known to us or not.
    package let apiKey: Int16
    package let version: Int16
    package let correlationID: Int32
    /// Not checked to be UTF-8. Points into the frame.
    package let clientID: UnsafeRawBufferPointer?
    /// Where the body starts. Of an unknown API: where the client id ends.
    package let bodyPosition: Int

    package var key: APIKey? { APIKey(rawValue: apiKey) }

    /// - Parameter reader: over the frame without its four bytes of length; left at the body.
    package init(from reader: inout ByteReader) throws(WireError) {
        var fields = FieldReader(reader, version: 0, isFlexible: false)
        apiKey = try fields.int16()
        version = try fields.int16()
        correlationID = try fields.int32()
        clientID = try fields.nullableStringBytes()
        if let key = APIKey(rawValue: apiKey), key.isFlexible(version) {
            fields.isFlexible = true
            try fields.skipTags()
        }
        bodyPosition = fields.position
        reader.position = fields.position
    }
}

/// A request's header as values.
package struct RequestHeader: Equatable, Sendable {
    package var key: APIKey
    package var version: Int16
    package var correlationID: Int32
    package var clientID: String?

    package init(key: APIKey, version: Int16, correlationID: Int32, clientID: String?) {
        self.key = key
        self.version = version
        self.correlationID = correlationID
        self.clientID = clientID
    }

    /// - Throws: `unsupportedVersion` for an API we do not know.
    package init(from reader: inout ByteReader) throws(WireError) {
        let view = try RequestHeaderView(from: &reader)
        guard let key = view.key else { throw .unsupportedVersion(apiKey: view.apiKey, version: view.version) }
        self.key = key
        version = view.version
        correlationID = view.correlationID
        clientID = nil
        if let bytes = view.clientID {
            guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidUTF8(position: 10) }
            clientID = text
        }
    }

    package func encode(into writer: inout ByteWriter) {
        writer.int16(key.rawValue)
        writer.int16(version)
        writer.int32(correlationID)
        writer.nullableString(clientID, isFlexible: false)
        writer.noTags(isFlexible: key.isFlexible(version))
    }
}
