// DescribeUserScramCredentials (50): which users can prove who they are by SCRAM. Nothing of it is secret.

package struct DescribeUserScramCredentialsRequest: WireMessage {
    package static let key = APIKey.describeUserScramCredentials
    /// nil, and none too: all users.
    package var users: [String]?

    package init(users: [String]?) { self.users = users }

    package init(from fields: inout FieldReader) throws(WireError) {
        users = try fields.nullableArray(of: User.self)?.map(\.name)
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(users?.map(User.init(name:)))
        fields.noTags()
    }

    private struct User: WireStruct {
        static let minimumSize = 2
        var name: String

        init(name: String) { self.name = name }

        init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            try fields.skipTags()
        }

        func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.noTags()
        }
    }
}

package struct DescribeUserScramCredentialsResponse: WireMessage {
    package static let key = APIKey.describeUserScramCredentials
    package var throttleMilliseconds: Int32
    package var errorCode: ErrorCode
    package var errorMessage: String?
    package var results: [Result]

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, errorMessage: String? = nil, results: [Result]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.results = results
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = try fields.errorCode()
        errorMessage = try fields.nullableString()
        results = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.errorCode(errorCode)
        fields.nullableString(errorMessage)
        fields.array(results)
        fields.noTags()
    }

    package struct Result: WireStruct {
        package static let minimumSize = 6
        package var user: String
        package var errorCode: ErrorCode
        package var errorMessage: String?
        package var credentials: [Credential]

        package init(user: String, errorCode: ErrorCode = .none, errorMessage: String? = nil, credentials: [Credential] = []) {
            self.user = user
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.credentials = credentials
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            user = try fields.string()
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            credentials = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(user)
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.array(credentials)
            fields.noTags()
        }
    }

    package struct Credential: WireStruct {
        package static let minimumSize = 6
        /// 1: SCRAM-SHA-256, 2: SCRAM-SHA-512.
        package var mechanism: Int8
        package var iterations: Int32

        package init(mechanism: Int8, iterations: Int32) {
            self.mechanism = mechanism
            self.iterations = iterations
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            mechanism = try fields.int8()
            iterations = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int8(mechanism)
            fields.int32(iterations)
            fields.noTags()
        }
    }
}
