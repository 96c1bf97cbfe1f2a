// SaslHandshake (17): the client says by which mechanism it will prove who it is. Never flexible.

package struct SaslHandshakeRequest: WireMessage {
    package static let key = APIKey.saslHandshake
    package var mechanism: String

    package init(mechanism: String) { self.mechanism = mechanism }

    package init(from fields: inout FieldReader) throws(WireError) { mechanism = try fields.string() }

    package func encode(into fields: inout FieldWriter) { fields.string(mechanism) }
}

package struct SaslHandshakeResponse: WireMessage {
    package static let key = APIKey.saslHandshake
    package var errorCode: ErrorCode
    /// Those that are enabled, with an error too.
    package var mechanisms: [String]

    package init(errorCode: ErrorCode = .none, mechanisms: [String]) {
        self.errorCode = errorCode
        self.mechanisms = mechanisms
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        errorCode = try fields.errorCode()
        mechanisms = try fields.nullableStringArray() ?? []
    }

    package func encode(into fields: inout FieldWriter) {
        fields.errorCode(errorCode)
        fields.stringArray(mechanisms)
    }
}
