// SaslAuthenticate (36): one step of the exchange that proves who the client is. Its bytes are secret: they are never logged.

package struct SaslAuthenticateRequest: WireMessage {
    package static let key = APIKey.saslAuthenticate
    /// What the mechanism says, opaque to the protocol.
    package var authBytes: [UInt8]

    package init(authBytes: [UInt8]) { self.authBytes = authBytes }

    package init(from fields: inout FieldReader) throws(WireError) {
        authBytes = try fields.blob()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.records(authBytes)
        fields.noTags()
    }
}

package struct SaslAuthenticateResponse: WireMessage {
    package static let key = APIKey.saslAuthenticate
    package var errorCode: ErrorCode
    package var errorMessage: String?
    package var authBytes: [UInt8]
    /// From version 1. After so long the client has to authenticate again; 0: never.
    package var sessionLifetimeMilliseconds: Int64

    package init(
        errorCode: ErrorCode = .none, errorMessage: String? = nil, authBytes: [UInt8] = [], sessionLifetimeMilliseconds: Int64 = 0
    ) {
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.authBytes = authBytes
        self.sessionLifetimeMilliseconds = sessionLifetimeMilliseconds
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        errorCode = try fields.errorCode()
        errorMessage = try fields.nullableString()
        authBytes = try fields.blob()
        sessionLifetimeMilliseconds = fields.version >= 1 ? try fields.int64() : 0
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.errorCode(errorCode)
        fields.nullableString(errorMessage)
        fields.records(authBytes)
        if fields.version >= 1 { fields.int64(sessionLifetimeMilliseconds) }
        fields.noTags()
    }
}
