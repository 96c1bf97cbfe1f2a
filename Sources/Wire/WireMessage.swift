// What every message and every struct inside one can do.
package import Bytes

/// A group of fields that is read and written as one.
package protocol WireStruct: Equatable, Sendable {
    /// The fewest bytes it takes on the wire at any version: what bounds the count of an array of it.
    static var minimumSize: Int { get }
    init(from fields: inout FieldReader) throws(WireError)
    func encode(into fields: inout FieldWriter)
}

/// A request or a response body.
package protocol WireMessage: WireStruct {
    static var key: APIKey { get }
}

extension WireMessage {
    /// Bodies are never elements of an array.
    package static var minimumSize: Int { 0 }

    /// Reads a body at `version`, leaving `reader` behind it.
    ///
    /// - Throws: `unsupportedVersion` outside the versions of the table, else what is wrong with the bytes.
    package init(from reader: inout ByteReader, version: Int16) throws(WireError) {
        guard APIVersions.of(Self.key).isCoded(version) else {
            throw .unsupportedVersion(apiKey: Self.key.rawValue, version: version)
        }
        var fields = FieldReader(reader, version: version, isFlexible: Self.key.isFlexible(version))
        try self.init(from: &fields)
        reader.position = fields.position
    }

    /// Appends the body at `version`. A field that the version does not carry is left out.
    package func encode(into writer: inout ByteWriter, version: Int16) {
        precondition(APIVersions.of(Self.key).isCoded(version), "\(Self.key.name) has no version \(version)")
        var fields = FieldWriter(writer, version: version, isFlexible: Self.key.isFlexible(version))
        encode(into: &fields)
        writer = fields.finish()
    }
}
